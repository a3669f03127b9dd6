"""PyTorch's answer while a hand moves: a square, a slider or a brush in; what the networks say of it out."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from convlab.errors import N_, UserError
from convlab.pictures.board import Board
from convlab.probing import perturbations
from convlab.probing.probe import softened
from convlab.ui.components.probe_lab import pixels_told
from convlab.ui.components.shared import pack, parts
from convlab.ui.probe.controls import ProbeControls
from convlab.ui.probe.lab import identity
from convlab.ui.probe.subject import SCENES, Subject

SQUARE = {"secret", "window", "padding", "temperature"}
CHANGED = {"change", "amount"}
PAINTED = {"painted"}


class Question(BaseModel):
    """What a hand moves.

    Attributes:
        secret: of ``SCENES``.
        controls: only ``SQUARE``, and ``CHANGED`` or ``PAINTED``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: Annotated[str, Field(max_length=32)]
    controls: ProbeControls


def answer(message: bytes) -> bytes:
    """What the networks say of the square, or of what was made of it, as ``pack`` packs it.

    The header has the question's ``secret``, the ``identity`` of the square as the lab gets it, and ``said``:
    logits and probabilities of each network. The blobs are ``seen`` and, of the square as it is, ``values``.
    A message is the uint32 length of the JSON text, the text (a ``Question``). Raises UserError for anything
    else, and for what no session has open any more.
    """
    try:
        question = Question.model_validate_json(parts(message)[0])
        asked = question.controls
        more = asked.model_fields_set - SQUARE
        if more not in (set(), CHANGED, PAINTED):
            raise ValueError(more)
    except ValueError as error:  # a ValidationError too
        raise UserError(N_("The page's request cannot be read: please reload the page.")) from error
    found = SCENES.found(question.secret)
    if found is None:
        raise UserError(N_("What this page has open has changed meanwhile: please reload the page."))
    subject = found.thing.asked(asked)
    if not more:
        blobs = pixels_told(subject, subject.seen, subject.values)
        logits, seen = subject.logits, {name: blobs[name] for name in ("seen", "values")}
    else:
        picture = painted(asked, subject) if more == PAINTED else changed(asked, subject)
        logits = tuple(model.probe.logits(picture[None])[0] for model in subject.models)
        seen = {"seen": picture if more == PAINTED else (picture * 255).round().byte()}
    header = {
        "secret": question.secret,
        "identity": identity(asked, subject),
        "said": [
            {"logits": row.tolist(), "probabilities": softened(row, asked.temperature).tolist()}
            for row in logits
        ],
    }
    return pack(header, **seen)


def changed(controls: ProbeControls, subject: Subject) -> Tensor:
    """The square with the change that is set, float32 [3, 32, 32]; UserError as ``perturb``."""
    return perturbations.pictures(subject.probe, subject.seen, controls.change, [controls.amount])[0]


def painted(controls: ProbeControls, subject: Subject) -> Tensor:
    """The square with what was painted on it, uint8 [3, 32, 32]."""
    board = Board.decode(controls.painted) if controls.painted else Board.nearest(subject.seen)
    return board.painted_on(subject.seen)
