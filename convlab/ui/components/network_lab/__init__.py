"""The network lab: all feature maps of a network in one picture, one open layer, one unit taken apart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from convlab.networks.recipes import Recipe
from convlab.ui import scales
from convlab.ui.components.network_lab import editing
from convlab.ui.components.network_lab.editing import EditingShown, KernelsShown
from convlab.ui.components.shared import Data, declare, hear, numbers, pack, player_labels, revision, rgba
from convlab.ui.words import _

_mount = declare(
    "network_lab",
    *("numerals", "post", "stage", "scale", "player", "revisions", "curves", "placed"),
    *("editor", "messenger", "undoing"),
)
NO_EVENTS: Mapping[str, Callable[[], None]] = {}


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
        dead: channels where nothing fired; constant: those with the same value, not 0, everywhere.
        values: float32, without the batch axis; None where they are too many to go along.
        ruled: whether a rule places the fields of all units; else field and reach are those of the open one.
        small: then its first maps as thumbnails, as they are where there is a ``small``.
        dropped: channels that dropout set to 0 in this pass.
        names: what the entries of a vector are called; "" for one without a name, or () for all.
        kind: PyTorch's class.
        groups: in how many groups the channels that it reads are joined; 0 where each stays apart.
        recipe: how its units are made, where the browser can take them apart by itself.
        after: of what sums, position of the layer that turns its values one by one: its activation.
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
    values: Tensor | None
    names: Sequence[str] = ()
    kind: str = ""
    groups: int = 0
    dropped: Sequence[int] = ()
    recipe: Recipe | None = None
    small: "Thumbnail | None" = None
    ruled: bool = True
    constant: Sequence[int] = ()
    after: int | None = None

    def header(self) -> dict[str, Any]:
        """All but the values."""
        told = _without(self, "values", "small", "recipe") | {"recipe": _recipe_told(self.recipe)}
        return told | {"small": None if self.small is None else self.small.header()}


@dataclass(frozen=True)
class Thumbnail:
    """A layer's first maps small: uint8 [n, h, w], places on a colour scale, which may be signed."""

    places: Tensor
    signed: bool

    def header(self) -> dict[str, Any]:
        """All but the places."""
        maps, rows, cols = self.places.shape
        return {"maps": maps, "rows": rows, "cols": cols, "signed": self.signed}


@dataclass(frozen=True)
class PassShown:
    """A forward pass: ``identity`` changes with the learner's kernels too.

    ``route``: where the browser asks for another unit of it, "" for nowhere; under its ``secret``.
    """

    identity: str = ""
    route: str = ""
    secret: str = ""


NO_PASS = PassShown()


@dataclass(frozen=True)
class LadderShown:
    """The open map of a convolution unfolded: what each map that it reads adds to it.

    Attributes:
        layer, channel: of the map that is unfolded; source: the layer that it reads; by position in the list.
        first: of the maps of the source that are read.
        maps: those with a kernel of their own here, in the order in which they are shown.
        mode: what the padding holds.
        others: how many more there are, whose sum is the last of the partial maps.
        kernels: [maps, kh, kw]; partial: [maps and others, H, W], float32.
    """

    layer: int
    channel: int
    source: int
    first: int
    maps: list[int]
    mode: str
    others: int
    bias: float
    kernels: Tensor
    partial: Tensor


@dataclass(frozen=True)
class PlaceShown:
    """The unit that is open: position of its layer in the list, channel, row and column."""

    layer: int
    channel: int
    row: int
    col: int


@dataclass(frozen=True)
class UnitShown:
    """A unit taken apart: terms (name, value, note), the steps to its value, a remark.

    ``adds``: what comes along the lines to it, (position of the layer, map or entry there, value) each;
    ``ladder``: its map unfolded, of a convolution.
    """

    title: str
    terms: list[tuple[str, float, str]]
    steps: list[str]
    remark: str = ""
    adds: Sequence[tuple[int, int, float]] = ()
    ladder: LadderShown | None = None


@dataclass(frozen=True)
class ClassShown:
    """One output of the network: its entry, what it is called, its probability and its logit.

    ``p``: None for a score, which is compared with nothing.
    """

    channel: int
    name: str
    p: float | None
    logit: float


@dataclass(frozen=True)
class VerdictShown:
    """What the network says of the picture: ``words`` on what it is, its classes, of many the likeliest.

    ``others``: how many more there are, and their probability together. ``score``: of a network that ends in
    one, the position of the layer whose largest value it is, and the template of ``words``.
    """

    words: str
    rows: Sequence[ClassShown] = ()
    others: tuple[int, float] | None = None
    score: Mapping[str, Any] | None = None


def network_lab(
    key: str,
    identity: str,
    picture: Tensor,
    layers: list[LayerShown],
    place: PlaceShown,
    unit: UnitShown | None,
    verdict: VerdictShown,
    ranges: str,
    on_place: Callable[[], None],
    edits: EditingShown | None = None,
    on: Mapping[str, Callable[[], None]] = NO_EVENTS,
    values: PassShown = NO_PASS,
) -> None:
    """Show the lab; another unit or layer is in ``chosen(key)`` when ``on_place`` is called.

    Args:
        identity: changes when picture, network or weights do, but for kernels that the learner has changed.
        picture: uint8 [1 or 3, H, W], before normalisation.
        layers: the input first, then every layer in the order in which they run.
        place, unit: the open unit; the same taken apart.
        verdict: what stands at the network's end.
        ranges: colour scale of each "map" or each "layer".
        edits: the kernels of the open map, and those that were changed.
        on: what takes each event of the browser about them, see ``editing.sent``: "edit", "step", "paste".
        values: the forward pass that they come from.
    """
    header: dict[str, Any] = {
        "labels": _labels(),
        "identity": f"{identity}/{ranges}",
        "values": vars(values),
        "scale": ranges,
        "place": {**vars(place), "revision": revision(key)},
        "classes": {**vars(verdict), "rows": [vars(row) for row in verdict.rows]},
        "editing": None if edits is None else editing.header(edits),
        "layers": [layer.header() for layer in layers],
        **_unit_told(unit),
    }
    blobs: dict[str, Data] = {
        "picture": rgba(picture),
        "diverging": scales.table(scales.DIVERGING),
        "grey": scales.table(scales.GREY),
        "weights": scales.table(scales.WEIGHTS),
        "pixels": picture,
        **({} if edits is None else editing.blobs(edits)),
        **{f"layer_{n}": layer.values for n, layer in enumerate(layers) if layer.values is not None},
        **{f"small_{n}": layer.small.places for n, layer in enumerate(layers) if layer.small is not None},
        **_made({n: layer.recipe for n, layer in enumerate(layers) if layer.recipe}),
        **unit_blobs(unit),
    }
    heard = {f"on_{event}_change": take for event, take in on.items()}
    _mount(key=key, data=pack(header, **blobs), on_place_change=on_place, **heard)


def opened(
    place: PlaceShown,
    unit: UnitShown | None,
    kernels: KernelsShown,
    recipes: Mapping[int, Recipe],
    values: Mapping[int, Tensor],
) -> bytes:
    """What of the lab's message depends on the open unit, for a route; layers by position in the list."""
    header = {
        "place": vars(place),
        "kernels": editing.header(kernels),
        "recipes": {n: _recipe_told(recipe) for n, recipe in recipes.items()},
        **_unit_told(unit),
    }
    layers = {f"layer_{n}": output for n, output in values.items()}
    return pack(header, **editing.blobs(kernels), **layers, **_made(recipes), **unit_blobs(unit))


def _unit_told(unit: UnitShown | None) -> dict[str, Any]:
    ladder = unit.ladder if unit else None
    return {
        "detail": None if unit is None else _without(unit, "ladder"),
        "ladder": None if ladder is None else _ladder_told(ladder),
    }


def _recipe_told(recipe: Recipe | None) -> dict[str, Any] | None:
    given = {"tensors": list(recipe.tensors)} if recipe else {}
    return {"how": recipe.how, "numbers": recipe.numbers, **given} if recipe else None


def _made(recipes: Mapping[int, Recipe]) -> dict[str, Tensor]:
    return {f"made_{n}_{name}": one for n, recipe in recipes.items() for name, one in recipe.tensors.items()}


def _ladder_told(ladder: LadderShown) -> dict[str, Any]:
    return {**_without(ladder, "kernels", "partial"), "kernel": list(ladder.kernels.shape[1:])}


def _without(shown: object, *names: str) -> dict[str, Any]:
    return {name: value for name, value in vars(shown).items() if name not in names}


def unit_blobs(unit: UnitShown | None) -> dict[str, Data]:
    """The tensors of its map unfolded by their names in a message."""
    ladder = unit.ladder if unit else None
    return {"kernels": ladder.kernels, "partial": ladder.partial} if ladder else {}


def chosen(key: str) -> PlaceShown | None:
    """The place that the browser sent, or None where it is not what the lab sends."""
    found = numbers(key, "place", ("layer", "channel", "row", "col", "revision"))
    if found is None or min(found) < 0:
        return None
    hear(key, found[4])
    return PlaceShown(*found[:4])


def _labels() -> dict[str, Any]:
    return {
        **player_labels(),
        **_network_labels(),
        **_unit_labels(),
        "editing": editing.labels(),
        **_sum_labels(),
        "trail": _("Where you are"),
        "walk": _("The picture runs through the network"),
        "position": _("How far it has come"),
        "times": _("{speed}×"),
        "step_back": _("Previous layer"),
        "step": _("Next layer"),
        "keys": _(
            "Arrow keys move over the units; Enter takes one apart; Page Up and Page Down change the layer."
        ),
        "scale_signed": _("Blue is negative, white is zero, red is positive."),
        "scale_grey": _("Black is zero, white is the top of the scale."),
        "scale_own": _("The range is this map's own."),
        "scale_fixed": _("The range is the whole layer's."),
    }


def _network_labels() -> dict[str, str]:
    """Of the network as one picture."""
    return {
        "overview": _("All layers, input to output, left to right"),
        "network": _("Network"),
        "photograph": _("Picture"),
        "verdict": _("Verdict"),
        "logit": _("logit {value}"),
        "many": _("Each with its probability and its logit."),
        "others": _("{count} others {p} together"),
        "fold": _("×{count} more like this"),
        "fold_layers": _("{count} more layers"),
        "lines": _(
            "Lines: what the open unit reads, thick where much comes along; red adds, blue takes away."
        ),
    }


def _unit_labels() -> dict[str, str]:
    """Of one unit."""
    return {
        "unit": _("The open unit"),
        "picture": _("Receptive field"),
        "map": _("This map"),
        "maps": _("Maps of this layer"),
        "channel": _("map {n}"),
        "unit_at": _("unit ({row}, {column})"),
        "unit_flat": _("entry {n}"),
        "unit_named": _("entry {n}, {name}"),
        "field_words": _("It can see {rows} × {columns} pixels, {real_rows} × {real_columns} of them real."),
        "field_inside": _("It can see {rows} × {columns} pixels."),
        "field_hatched": _("Hatched: padding."),
        "field_all": _("It can see the whole picture."),
        "field_measured": _(
            "By autograd: the open unit sees {rows} × {columns} pixels; no rule says it of all."
        ),
        "dead": _("Dead map: nothing is above 0, so this filter did not fire on this picture."),
        "constant": _("The same value everywhere: nothing of the picture is left in this map."),
        "dropped": _("Dropped in this pass of train(): dropout set it to 0."),
        "enters": _("The picture as it enters the network, normalised: {pixel} of 255 is {value} here."),
        "enters_raw": _("The picture as it enters the network: {pixel} of 255 is {value} here."),
    }


def _sum_labels() -> dict[str, str]:
    """How a unit came about, in the words of Python's own explanation."""
    return {
        "unit_title": _("{layer}, unit {unit}"),
        "rungs": _("What each map that is read adds to this one"),
        "rung_input": _("input map"),
        "rung_kernel": _("× kernel"),
        "rung_partial": _("= partial map"),
        "rung_sum": _("running sum"),
        "tap": _("map {n}: {value} × weight {weight} = {product}"),
        "tap_ghost": _("map {n}: padding, {value} × weight {weight} = {product}"),
        "bias": _("bias"),
        "from_map": _("from map {n}"),
        "so_far": _("sum so far {total}"),
        "sum_over": _("sum over {count} maps"),
        "sum": _("sum"),
        "total_bias": _("{total} {sign} bias {bias}"),
        "entry": _("entry {n}"),
        "more_terms": _("{count} others"),
        "largest": _("the largest"),
        "largest_is": _("largest = {value}"),
        "survives": _("{count} values enter, one survives."),
        "quotient": _("sum {total} / {count}"),
        "input": _("input"),
        "mean": _("mean"),
        "variance": _("variance"),
        "scale": _("scale"),
        "shift": _("shift"),
        "running": _("running"),
        "of_batch": _("of this batch"),
        "unit_kept": _("kept"),
        "unit_dropped": _("dropped"),
        "choose_value": _("Its value is {value}. Click it, or press Enter on it, to see what it is made of."),
    }
