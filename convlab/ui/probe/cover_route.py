"""PyTorch's answer while a hand moves a square that covers the picture: its corner in, logits out."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from convlab.errors import N_, UserError
from convlab.pictures.crop import SIZE_PX
from convlab.probing.attribution import covered
from convlab.ui.components.shared import pack, parts
from convlab.ui.probe.controls import ProbeControls
from convlab.ui.probe.subject import SCENES

SQUARE = {"window", "padding"}
_Place = Annotated[int, Field(ge=0, lt=SIZE_PX)]


class Question(BaseModel):
    """Which square covers what the networks see.

    Attributes:
        secret: of ``SCENES``.
        controls: only ``SQUARE``: what the networks see.
        corner: (row, column) of the covering square's first pixel.
        size: of its sides.
        targets: the class of each network that is asked about.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: Annotated[str, Field(max_length=32)]
    controls: ProbeControls
    corner: tuple[_Place, _Place]
    size: Annotated[int, Field(ge=1, le=SIZE_PX)]
    targets: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(max_length=2)]


def answer(message: bytes) -> bytes:
    """Logits with and without the square, as ``pack`` packs it, without blobs.

    The header has the question's ``secret`` and ``corner``; ``whole`` and ``kept``: the logit of each network's
    class without the square and with it. A message is the uint32 length of the JSON text, the text (a
    ``Question``). Raises UserError for anything else, and for what no session has open any more.
    """
    try:
        question = Question.model_validate_json(parts(message)[0])
        if more := question.controls.model_fields_set - SQUARE:
            raise ValueError(more)
    except ValueError as error:  # a ValidationError too
        raise UserError(N_("The page's request cannot be read: please reload the page.")) from error
    found = SCENES.found(question.secret)
    if found is None or len(found.thing.models) != len(question.targets):
        raise UserError(N_("What this page has open has changed meanwhile: please reload the page."))
    subject = found.thing.asked(question.controls)
    whole, kept = [], []
    for model, logits, target in zip(subject.models, subject.logits, question.targets, strict=True):
        model.probe.check_class(target)
        whole.append(float(logits[target]))
        kept.append(float(covered(model.probe, subject.seen, [question.corner], question.size)[0, target]))
    return pack({"secret": question.secret, "corner": list(question.corner), "whole": whole, "kept": kept})
