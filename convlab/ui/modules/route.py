"""PyTorch's answer to the controls of a part of Modules: what each of its components is to show."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from convlab.errors import N_, UserError
from convlab.ui import words
from convlab.ui.components.shared import ahead, pack, parts
from convlab.ui.modules.controls import ModulesControls
from convlab.ui.modules.parts import PARTS
from convlab.ui.urls import serialise


class Question(BaseModel):
    """The page's controls as they are in the browser, and the language to answer in.

    Attributes:
        earlier: the controls that the page compares the answer with.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    controls: ModulesControls
    language: Annotated[str, Field(max_length=20)]
    earlier: Annotated[list[ModulesControls], Field(max_length=2)] = []


def answer(message: bytes) -> bytes:
    """The components' messages, as ``pack`` packs them: a blob for each of ``keys``, the components' own.

    The header has ``told`` too, the controls as the link has them. A message is the uint32 length of the JSON
    text, the text (a ``Question``). Raises UserError for anything else, and for controls that the page would
    refuse or that only the page can answer.
    """
    try:
        question = Question.model_validate_json(parts(message)[0])
        show = PARTS[question.controls.part].answers(question.controls)
        if show is None or question.language not in words.languages():
            raise ValueError(question.language)
    except (ValidationError, ValueError) as error:
        raise UserError(N_("The page's request cannot be read: please reload the page.")) from error
    with words.speaking(question.language), ahead.gathered() as messages:
        show(question.controls, question.earlier)
    return pack({"keys": list(messages), "told": serialise(question.controls)}, **messages)
