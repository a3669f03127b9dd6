"""The Programs page's controls: what its link holds."""

from typing import Annotated, Literal

from pydantic import Field

from convlab.programs.catalogue import PROGRAMS
from convlab.ui.urls import Controls, PageState, one_of

Guess = Literal[
    "", "RuntimeError", "ValueError", "IndexError", "AttributeError", "TypeError", "wrong", "right"
]  # "", or an ``Ending``


class ProgramsControls(Controls):
    """Which program is open, and how far one has come with it.

    Attributes:
        guess: what it will come to; "" where nobody has said.
        line: where the mistake is, from 1; 0 where nobody has said.
        repair: of those on offer, in their order on the screen, from 1; 0 for none.
    """

    program: Annotated[str, one_of(PROGRAMS)] = "one_picture"
    guess: Guess = ""
    line: Annotated[int, Field(ge=0, le=99)] = 0
    repair: Annotated[int, Field(ge=0, le=9)] = 0


State = PageState[ProgramsControls]
