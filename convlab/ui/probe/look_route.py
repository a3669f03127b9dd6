"""PyTorch's answer while a hand moves the square: its place in, what the networks say of it out."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from convlab.errors import N_, UserError
from convlab.probing.probe import softened
from convlab.ui.components.probe_lab import pixels_told
from convlab.ui.components.shared import pack, parts
from convlab.ui.probe.controls import ProbeControls
from convlab.ui.probe.lab import identity
from convlab.ui.probe.subject import SCENES

SQUARE = {"window", "padding", "temperature"}


class Question(BaseModel):
    """Where the square is.

    Attributes:
        secret: of ``SCENES``.
        controls: only ``SQUARE``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: Annotated[str, Field(max_length=32)]
    controls: ProbeControls


def answer(message: bytes) -> bytes:
    """What the networks say of the square, as ``pack`` packs it.

    The header has the question's ``secret``, the ``identity`` of the square as the lab gets it, and ``said``:
    logits and probabilities of each network. The blobs are ``seen`` and ``values``. A message is the uint32
    length of the JSON text, the text (a ``Question``). Raises UserError for anything else, and for what no
    session has open any more.
    """
    try:
        question = Question.model_validate_json(parts(message)[0])
        asked = question.controls
        if more := asked.model_fields_set - SQUARE:
            raise ValueError(more)
    except ValueError as error:  # a ValidationError too
        raise UserError(N_("The page's request cannot be read: please reload the page.")) from error
    found = SCENES.found(question.secret)
    if found is None:
        raise UserError(N_("What this page has open has changed meanwhile: please reload the page."))
    subject = found.thing.asked(asked)
    blobs = pixels_told(subject, subject.seen, subject.values)
    header = {
        "secret": question.secret,
        "identity": identity(asked, subject),
        "said": [
            {"logits": row.tolist(), "probabilities": softened(row, asked.temperature).tolist()}
            for row in subject.logits
        ],
    }
    return pack(header, **{name: blobs[name] for name in ("seen", "values")})
