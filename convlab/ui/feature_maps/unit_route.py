"""PyTorch's answer when another unit is opened: the pass that a page has open and a place in, parts out."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from convlab.errors import N_, UserError
from convlab.ui import words
from convlab.ui.components.network_lab import PlaceShown, opened
from convlab.ui.components.shared import parts
from convlab.ui.feature_maps import edits, large
from convlab.ui.feature_maps.forward import PASSES, ForwardPass
from convlab.ui.feature_maps.lab import unit_of, whole_unit
from convlab.ui.feature_maps.unfolded import made

_Count = Annotated[int, Field(ge=0, lt=10_000_000)]


class Question(BaseModel):
    """A place in an open pass, as the lab counts.

    Attributes:
        secret: of ``PASSES.secret_of``.
        known: layers whose values the browser has.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: Annotated[str, Field(max_length=32)]
    layer: _Count
    channel: _Count
    row: _Count
    col: _Count
    known: Annotated[list[_Count], Field(max_length=4_000)]


def answer(message: bytes) -> bytes:
    """What the page's own message would tell of the unit, as ``network_lab.opened`` packs it.

    A message is the uint32 length of the JSON text, the text (a ``Question``). Raises UserError for anything
    else, for a pass that is not open any more, and for a place that is none in it.
    """
    try:
        question = Question.model_validate_json(parts(message)[0])
    except ValueError as error:  # a ValidationError too
        raise UserError(N_("The page's request cannot be read: please reload the page.")) from error
    found = PASSES.found(question.secret)
    if found is None:
        raise UserError(N_("What this page has open has changed meanwhile: please reload the page."))
    place = PlaceShown(question.layer, question.channel, question.row, question.col)
    _check(found.thing, place)
    with words.speaking(found.language):
        return _told(found.thing, place, set(question.known))


def _check(forward: ForwardPass, place: PlaceShown) -> None:
    """A unit whose field a rule knows: one that is measured changes what the page shows of its layer."""
    names = forward.names
    shape = forward.output(names[place.layer]).shape if place.layer < len(names) else ()
    counts = shape if len(shape) == 3 else (*shape[:1], 1, 1)
    inside = len(counts) == 3 and all(
        at < count for at, count in zip((place.channel, place.row, place.col), counts, strict=True)
    )
    if not inside or (place.layer and names[place.layer] not in forward.fields):
        raise UserError(N_("The page's request cannot be read: please reload the page."))


def _told(forward: ForwardPass, place: PlaceShown, known: set[int]) -> bytes:
    name, unit = unit_of(place, forward)
    sent = large.whole(forward, name) if large.is_large(forward) else set[str]()
    at = forward.names.index
    return opened(
        place,
        whole_unit(forward, name, unit),
        edits.kernels_shown(forward, name, unit),
        {at(one): recipe for one, recipe in made(forward, name, sent | {name}).items()},
        {at(one): forward.output(one) for one in sent if at(one) not in known},
    )
