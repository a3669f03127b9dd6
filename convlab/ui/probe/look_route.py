"""PyTorch's answer while a hand moves a square, or covers a part of it: what the networks say."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from convlab.errors import N_, UserError
from convlab.pictures.crop import SIZE_PX
from convlab.probing.attribution import SQUARE_PX, covered
from convlab.probing.probe import softened
from convlab.ui.components.probe_lab import pixels_told
from convlab.ui.components.shared import pack, parts
from convlab.ui.probe.controls import ProbeControls
from convlab.ui.probe.lab import identity
from convlab.ui.probe.subject import SCENES

SQUARE = {"window", "padding", "temperature"}
_Place = Annotated[int, Field(ge=0, le=SIZE_PX - SQUARE_PX)]


class Question(BaseModel):
    """Where the square is, and what covers a part of it.

    Attributes:
        secret: of ``SCENES``.
        controls: only ``SQUARE``.
        cover: (row, column) of the first pixel that a square of occlusion's size covers; None: there is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: Annotated[str, Field(max_length=32)]
    controls: ProbeControls
    cover: tuple[_Place, _Place] | None = None


def answer(message: bytes) -> bytes:
    """What the networks say of the square, as ``pack`` packs it.

    The header has the question's ``secret`` and ``cover``, the ``identity`` of the square as the lab gets it,
    and ``said``: logits and probabilities of each network, of what is not covered. The blobs are ``seen`` and
    ``values``, of all of it. A message is the uint32 length of the JSON text, the text (a ``Question``).
    Raises UserError for anything else, and for what no session has open any more.
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
    logits = subject.logits
    if question.cover is not None:
        bare = [covered(model.probe, subject.seen, [question.cover], SQUARE_PX) for model in subject.models]
        logits = tuple(rows[0] for rows in bare)
    blobs = pixels_told(subject, subject.seen, subject.values)
    header = {
        "secret": question.secret,
        "cover": question.cover,
        "identity": identity(asked, subject),
        "said": [
            {"logits": row.tolist(), "probabilities": softened(row, asked.temperature).tolist()}
            for row in logits
        ],
    }
    return pack(header, **{name: blobs[name] for name in ("seen", "values")})
