"""PyTorch's answer while a hand moves a square, a slider, a brush or a weight: what the networks say."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from convlab.errors import N_, UserError
from convlab.pictures.crop import SIZE_PX
from convlab.probing.attribution import covered
from convlab.ui.components.probe_lab import pixels_told
from convlab.ui.components.shared import pack, parts
from convlab.ui.components.shared.looking import VerdictShown
from convlab.ui.probe.controls import ProbeControls
from convlab.ui.probe.lab import identity, judged, verdicts
from convlab.ui.probe.made import changed, judged_cut, painted, repainted, shown
from convlab.ui.probe.subject import SCENES, Subject
from convlab.ui.probe.surgery import operated

SQUARE = {"window", "padding", "temperature"}
CHANGED, PAINTED = {"change", "amount"}, {"painted"}
CUT = {"layer", "out_channel", "in_channel", "kernel"}
_Place = Annotated[int, Field(ge=0, lt=SIZE_PX)]
_Side = Annotated[int, Field(ge=1, le=SIZE_PX)]


class Question(BaseModel):
    """Where the square is, and what is done with it.

    Attributes:
        secret: of ``SCENES``.
        controls: only ``SQUARE``, and ``CHANGED``, ``PAINTED`` or ``CUT``.
        cover: (row, column) of the first pixel that a square covers, and its side; None: there is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: Annotated[str, Field(max_length=32)]
    controls: ProbeControls
    cover: tuple[_Place, _Place, _Side] | None = None


def answer(message: bytes) -> bytes:
    """What the networks say of the square, as ``pack`` packs it.

    The header has the question's ``secret`` and ``cover``, the ``identity`` of the square as the lab gets it,
    ``said``: logits and probabilities of each network, of what was made of it, or of the first one with a
    kernel changed; and ``changed``: the pixels that were. The blobs are ``seen``, what was made of it but for
    a cover, and ``values``, of the square as it is. A message is the uint32 length of the JSON text, the text
    (a ``Question``). Raises UserError for anything else, and for what no session has open any more.
    """
    try:
        question = Question.model_validate_json(parts(message)[0])
        asked = question.controls
        more = asked.model_fields_set - SQUARE
        if more not in (set(), CHANGED, PAINTED, CUT) or (more and question.cover is not None):
            raise ValueError(more)
        if question.cover is not None and max(question.cover[:2]) + question.cover[2] > SIZE_PX:
            raise ValueError(question.cover)
    except ValueError as error:  # a ValidationError too
        raise UserError(N_("The page's request cannot be read: please reload the page.")) from error
    found = SCENES.found(question.secret)
    if found is None:
        raise UserError(N_("What this page has open has changed meanwhile: please reload the page."))
    subject = found.thing.asked(asked)
    said, seen = _judged(question, subject)
    blobs = pixels_told(subject, seen, subject.values)
    header = {
        "secret": question.secret,
        "cover": question.cover,
        "identity": identity(asked, subject),
        "changed": repainted(subject, seen),
        "said": [{"logits": one.logits, "probabilities": one.probabilities} for one in said],
    }
    return pack(header, **{name: blobs[name] for name in ("seen", "values")})


def _judged(question: Question, subject: Subject) -> tuple[list[VerdictShown], Tensor]:
    """The verdicts on what was made of the square, and what of that is shown, uint8 [3, 32, 32]."""
    controls, temperature = question.controls, question.controls.temperature
    if question.cover is not None:
        row, column, side = question.cover
        bare = [covered(model.probe, subject.seen, [(row, column)], side)[0] for model in subject.models]
        return judged(subject.models, bare, temperature), subject.seen
    if "kernel" in controls.model_fields_set:
        return judged_cut(subject, operated(controls, subject), temperature), subject.seen
    picture = subject.seen
    if "amount" in controls.model_fields_set:
        picture = changed(subject, controls.change, controls.amount)
    elif controls.painted:
        picture = painted(subject, controls.painted)
    return verdicts(subject, temperature, picture), shown(picture)
