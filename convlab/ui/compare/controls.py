"""The Compare page's controls: what its link holds."""

from typing import Annotated, Literal

from pydantic import Field

from convlab.comparison.presets import PRESETS
from convlab.ui.urls import Controls, DataKey, PageState, RunId, one_of

Experiment = Literal["pairs", "curves", "cost", "runs", "files", "notice", "maths"]
MOST_SEEDS = 20


class CompareControls(Controls):
    """What is to be compared, and which comparison is open.

    Attributes:
        seeds, epochs, data: 0 and "" for the preset's own.
        sweep: the comparison that is shown; "" for none.
        book: whether the book's numbers are drawn behind runs that it did not print.
        of_design: place among the designs, from 0, of the one whose runs are listed.
    """

    preset: Annotated[str, one_of(PRESETS)] = "in_class"
    seeds: Annotated[int, Field(ge=0, le=MOST_SEEDS)] = 0
    epochs: Annotated[int, Field(ge=0, le=1000)] = 0
    data: DataKey = ""
    sweep: RunId = ""
    book: bool = False
    of_design: Annotated[int, Field(ge=0, le=99)] = 0
    experiment: Experiment = "pairs"


State = PageState[CompareControls]
