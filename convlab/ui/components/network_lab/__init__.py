"""The network lab: all feature maps of a network in one picture, one open layer, one unit taken apart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from convlab.ui import scales
from convlab.ui.components.shared import Data, declare, hear, numbers, pack, player_labels, revision, rgba
from convlab.ui.words import _

_mount = declare("network_lab", "stage", "scale", "player", "revisions")


@dataclass(frozen=True)
class LayerShown:
    """A layer as the lab shows it: names and words, where its windows and receptive fields lie, its values.

    Attributes:
        title, words: its name; the same with kind and shape for a screen reader.
        captions: short lines under its maps.
        shape: (C, H, W), or (entries,).
        sources: positions in the list of the layers that it reads.
        window: kernel, stride, padding and dilation, (vertical, horizontal) each, or how many bins that may
            differ in size; None where it reads all.
        field: size, jump and start of its receptive field, (vertical, horizontal) each.
        reach: for each row of units, and each column, the real pixels that it can see (first, stop).
        grid: (C, H, W) of the units that a flattened vector lists; None for what is no such vector.
        dead: channels where nothing fired.
        values: float32, without the batch axis.
    """

    title: str
    words: str
    captions: list[str]
    shape: tuple[int, ...]
    sources: list[int]
    window: Mapping[str, tuple[float, float]] | None
    field: dict[str, tuple[int, int]]
    reach: tuple[tuple[tuple[int, int], ...], ...]
    grid: tuple[int, ...] | None
    dead: list[int]
    values: Tensor


@dataclass(frozen=True)
class PlaceShown:
    """The unit that is open: position of its layer in the list, channel, row and column."""

    layer: int
    channel: int
    row: int
    col: int


@dataclass(frozen=True)
class UnitShown:
    """A unit taken apart: terms (name, value, note), the steps to its value, a remark."""

    title: str
    terms: list[tuple[str, float, str]]
    steps: list[str]
    remark: str = ""


def network_lab(
    key: str,
    identity: str,
    picture: Tensor,
    layers: list[LayerShown],
    place: PlaceShown,
    unit: UnitShown | None,
    verdict: str,
    ranges: str,
    on_place: Callable[[], None],
) -> None:
    """Show the lab; another unit or layer is in ``chosen(key)`` when ``on_place`` is called.

    Args:
        identity: changes when picture, network or weights do.
        picture: uint8 [1 or 3, H, W], before normalisation.
        layers: the input first, then every layer in the order in which they run.
        place, unit: the open unit; the same taken apart.
        ranges: colour scale of each "map" or each "layer".
    """
    header: dict[str, Any] = {
        "labels": _labels(),
        "identity": f"{identity}/{ranges}",
        "scale": ranges,
        "place": {**vars(place), "revision": revision(key)},
        "verdict": verdict,
        "detail": None if unit is None else vars(unit),
        "layers": [{name: at for name, at in vars(layer).items() if name != "values"} for layer in layers],
    }
    blobs: dict[str, Data] = {
        "picture": rgba(picture),
        "diverging": scales.table(scales.DIVERGING),
        "grey": scales.table(scales.GREY),
        **{f"layer_{n}": layer.values for n, layer in enumerate(layers)},
    }
    _mount(key=key, data=pack(header, **blobs), on_place_change=on_place)


def chosen(key: str) -> PlaceShown | None:
    """The place that the browser sent, or None where it is not what the lab sends."""
    found = numbers(key, "place", ("layer", "channel", "row", "col", "revision"))
    if found is None or min(found) < 0:
        return None
    hear(key, found[4])
    return PlaceShown(*found[:4])


def _labels() -> dict[str, str]:
    return {
        **player_labels(),
        "overview": _("All layers, input to output, left to right"),
        "trail": _("Where you are"),
        "walk": _("Walk through the layers"),
        "step_back": _("Previous layer"),
        "step": _("Next layer"),
        "picture": _("Picture and receptive field"),
        "source": _("Layer before and window"),
        "map": _("This map"),
        "keys": _(
            "Arrow keys move over the units; Enter takes one apart; Page Up and Page Down change the layer."
        ),
        "channels": _("Maps of this layer"),
        "channel": _("map {n}"),
        "network": _("Network"),
        "unit_at": _("unit ({row}, {column})"),
        "unit_flat": _("entry {n}"),
        "window_words": _("The unit reads a window of {rows} × {columns} here."),
        "window_all": _("The unit reads everything here."),
        "field_words": _("It can see {rows} × {columns} pixels, {real_rows} × {real_columns} of them real."),
        "field_all": _("It can see the whole picture."),
        "dead": _("Dead map: nothing is above 0, so this filter did not fire on this picture."),
        "choose_unit": _("Click a unit, or press Enter on it, to see what it is made of."),
        "scale_signed": _("Blue is negative, white is zero, red is positive."),
        "scale_grey": _("Black is zero, white is the top of the scale."),
        "scale_own": _("The range is this map's own."),
        "scale_fixed": _("The range is the whole layer's."),
    }
