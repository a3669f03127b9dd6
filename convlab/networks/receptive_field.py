"""Which part of the picture a unit sees: by formula through the graph, exactly by autograd, and in effect.

Per axis a unit at position i sees the pixels start + i*jump to start + i*jump + size - 1. A window of k taps
with stride s, dilation d and padding p before turns (size, jump, start) into (size + (k-1)*d*jump, jump*s,
start - p*jump). Chapter 8.2.3; Araujo et al. 2019, https://distill.pub/2019/computing-receptive-fields
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from convlab.errors import N_, UserError
from convlab.networks import layer_kinds
from convlab.networks.graph import INPUT, Layer, Network
from convlab.networks.layer_kinds import ITSELF, Pattern, Step

Pair = tuple[int, int]
Unit = tuple[int, ...]
Span = tuple[int, int]  # first pixel and the one behind the last; an empty span holds no pixel
NOTHING: Span = (0, 0)


@dataclass(frozen=True)
class Field:
    """What the units of a layer see, in pixels of the picture, (vertical, horizontal) each.

    The size of a unit's window, which may reach onto padding; the jump from a unit's to the next, 0 where all
    see the same; the start, the edge (top, left) of the first unit's, below 0 on padding.
    """

    size: Pair = (1, 1)
    jump: Pair = (1, 1)
    start: Pair = (0, 0)

    @property
    def centre(self) -> tuple[float, float]:
        """Middle (vertical, horizontal) of the first unit's window, 0.0 is the middle of the first pixel."""
        return (self.start[0] + (self.size[0] - 1) / 2, self.start[1] + (self.size[1] - 1) / 2)

    def along(self, axis: int) -> Step:
        """Size, jump and start along an axis."""
        return self.size[axis], self.jump[axis], self.start[axis]


def _field(vertical: Step, horizontal: Step) -> Field:
    size, jump, start = zip(vertical, horizontal, strict=True)
    return Field(size, jump, start)


@dataclass(frozen=True)
class Row:
    """One layer of the receptive-field table.

    Attributes:
        layer: its name, kind, shape and parameters.
        field: over all paths to the input: the hull of their windows.
        paths: the fields of the single paths, smallest first; more than one behind a skip connection.
        before: field of each input of the layer, for the arithmetic.
        reach: for each row of units, and each column, the real pixels that it can see.
        grid: (C, H, W) of the units that a flattened vector lists; None for other layers.
    """

    layer: Layer
    field: Field
    paths: tuple[Field, ...]
    before: tuple[Field, ...]
    reach: tuple[tuple[Span, ...], tuple[Span, ...]]
    grid: tuple[int, ...] | None = None

    @property
    def sizes(self) -> tuple[Pair, ...]:
        """The spread: distinct sizes over the paths, smallest first."""
        return tuple(dict.fromkeys(path.size for path in self.paths))

    @property
    def differs(self) -> bool:
        """Whether the units see windows that no formula places: the field is the hull of all of them."""
        return any(not self.field.jump[axis] and len(set(spans)) > 1 for axis, spans in enumerate(self.reach))


@dataclass(frozen=True)
class View:
    """What one unit sees.

    Attributes:
        rows, cols: window by the formula, first position and the one behind the last; may leave the picture.
            Where the field has no jump: the real pixels.
        real_rows, real_cols: the real pixels in it.
        ghosts: positions of the window outside the picture (left, right, top, bottom).
    """

    rows: Span
    cols: Span
    real_rows: Span
    real_cols: Span
    ghosts: tuple[int, int, int, int]


def table(network: Network) -> tuple[Row, ...]:
    """Receptive field of every layer, in the order in which they run, but for those in ``without_rule``.

    A merge (skip connection, concatenation) takes the hull of its branches and keeps each path. An entry of
    a flattened vector sees what the unit did that it was; a Linear unit sees all that these see together.
    Where windows differ (bins of unequal size) the field is the hull of all: see ``window_of``.
    """
    return tuple(_rows(network)[0].values())


def anything(network: Network, layer: str) -> Row:
    """A row for a layer without a rule: each unit may see the whole picture."""
    height, width = network.input_shape[1:]
    field = Field((height, width), (0, 0), (0, 0))
    return Row(network.layer(layer), field, (field,), (), (((0, height),), ((0, width),)))


def without_rule(network: Network) -> dict[str, UserError]:
    """Layers without a row, as they or one before them have no rule, and the sentence that says which."""
    return _rows(network)[1]


def _rows(network: Network) -> tuple[dict[str, Row], dict[str, UserError]]:
    shape = network.input_shape
    down, across = (tuple((i, i + 1) for i in range(size)) for size in shape[-2:])
    rows = {INPUT: Row(Layer(INPUT, "Input", (), shape), Field(), (Field(),), (), (down, across))}
    reasons: dict[str, UserError] = {}
    for layer in network.layers:
        before = [reasons[name] for name in layer.inputs if name in reasons]
        try:
            if before:
                raise before[0]
            rows[layer.name] = _row(layer, [rows[name] for name in layer.inputs])
        except UserError as error:
            reasons[layer.name] = error
    del rows[INPUT]
    return rows, reasons


def passed(rows: Mapping[str, Row], layer: str) -> list[Pair]:
    """How large the fields are on the way to a layer, and its own: one of each size, as they grow.

    Of several branches the way goes along that whose units see most; it ends where there is no row.
    """
    found: list[Pair] = []
    row = rows.get(layer)
    while row is not None:
        found.append(row.field.size)
        before = [rows[name] for name in row.layer.inputs if name in rows]
        row = max(before, key=lambda one: math.prod(one.field.size), default=None)
    return list(dict.fromkeys(reversed(found)))


def formulas(row: Row, axis: int) -> tuple[str, str, str]:
    """The arithmetic of (size, jump, start), with numbers: "4 + (3-1)*1*2 = 8", "2*1 = 2", "-1 - 1*2 = -3".

    Axis 0 is vertical. Empty strings for a layer that only passes its input's field on, or sees everything,
    and where windows differ (see ``Row.differs``).
    """
    window, after = row.layer.window, row.field
    sizes = ", ".join(str(before.size[axis]) for before in row.before)
    if len(row.before) > 1 and after.size[axis] == max(before.size[axis] for before in row.before):
        return f"max({sizes}) = {after.size[axis]}", "", ""
    if window is None or row.differs:
        return "", "", ""
    before = row.before[0]
    size, jump, start = before.size[axis], before.jump[axis], before.start[axis]
    k, stride, dilation = window.kernel_size[axis], window.stride[axis], window.dilation[axis]
    return (
        f"{size} + ({k}-1)*{dilation}*{jump} = {after.size[axis]}",
        f"{jump}*{stride} = {after.jump[axis]}",
        f"{start} - {window.padding[axis][0]}*{jump} = {after.start[axis]}",
    )


def row(network: Network, layer: str) -> Row:
    """The table's row of one layer. Raises UserError for an unknown name, and where it has no row."""
    network.layer(layer)
    rows, reasons = _rows(network)
    if layer in reasons:
        raise reasons[layer]
    return rows[layer]


def window_of(row: Row, unit: Unit, picture: Pair) -> View:
    """Window of one unit, (channel, row, col) or (index,), and what of it are real pixels of (H, W).

    Raises UserError for no such unit.
    """
    check_unit(row.layer, unit)
    channel_row_col = unravel(unit[0], row.grid) if row.grid and len(unit) == 1 else unit
    positions = channel_row_col[-2:] if len(channel_row_col) >= 3 else (0, 0)
    real = [spans[positions[axis] if len(spans) > 1 else 0] for axis, spans in enumerate(row.reach)]
    windows, ghosts = [], []
    for axis in (0, 1):
        size, jump, start = row.field.along(axis)
        first = start + positions[axis] * jump
        windows.append((first, first + size) if jump else real[axis])
        first, stop = windows[axis]
        ghosts.append((max(0, min(stop, 0) - first), max(0, stop - max(first, picture[axis]))))
    return View(windows[0], windows[1], real[0], real[1], (*ghosts[1], *ghosts[0]))


def unravel(index: int, shape: tuple[int, ...]) -> Unit:
    """Place of a flattened entry in the shape that was flattened: 100 in (8, 8, 8) is (1, 4, 4)."""
    return tuple(map(int, np.unravel_index(index, shape)))


def check_unit(layer: Layer, unit: Unit) -> None:
    """Raise UserError unless ``unit`` is an index into one picture's output of the layer."""
    if len(unit) != len(layer.shape) or any(not 0 <= i < n for i, n in zip(unit, layer.shape, strict=True)):
        message = N_("{layer} has no unit {unit}: its output is {shape}, counted from 0.")
        raise UserError(message, layer=layer.name, unit=list(unit), shape=list(layer.shape))


_Reach = tuple[tuple[Span, ...], tuple[Span, ...]]
_Result = tuple[Iterable[Field], _Reach, tuple[int, ...] | None]


def _row(layer: Layer, before: list[Row]) -> Row:
    paths, reach, grid = _rule(layer, before)
    ordered = tuple(sorted(set(paths), key=lambda path: (path.size, path.start, path.jump)))
    return Row(layer, _hull(ordered, reach), ordered, tuple(entry.field for entry in before), reach, grid)


def _rule(layer: Layer, before: list[Row]) -> _Result:
    """Fields of all paths, reach and grid of a layer."""
    first, merges = before[0], layer_kinds.of(layer.kind).merge is not None
    if layer.kind == "Concat" and layer.settings.get("dim", 0) in (1, -len(layer.shape)):
        merges = not any(entry.grid for entry in before)  # an entry behind the first grid is no unit of it
    if merges:
        return _merge(before)
    if layer.kind == "Flatten" and len(layer.shape) == 1:
        return first.paths, first.reach, first.grid or first.layer.shape
    if layer.reads == ITSELF:
        return first.paths, first.reach, first.grid
    if layer.reads is not None:
        return _read(layer, layer.reads, first)
    message = N_(
        "There is no receptive-field rule for {layer}, a {kind} layer, so none for what is behind it: "
        "use the footprint by autograd."
    )
    raise UserError(message, layer=layer.name, kind=layer.kind)


def _hull(paths: tuple[Field, ...], reach: _Reach) -> Field:
    """One field over all paths; where they move at different speeds, all that any unit can see."""
    fields = []
    for axis in (0, 1):
        jumps = {path.jump[axis] for path in paths}
        first = min(path.start[axis] for path in paths)
        stop = max(path.start[axis] + path.size[axis] for path in paths)
        fields.append((stop - first, jumps.pop(), first) if len(jumps) == 1 else _everything(reach[axis]))
    return _field(*fields)


def _together(spans: Iterable[Span]) -> Span:
    """The hull of spans, of which the empty ones do not count."""
    full = [span for span in spans if span != NOTHING]
    return (min(first for first, _ in full), max(stop for _, stop in full)) if full else NOTHING


def _everything(spans: Iterable[Span]) -> Step:
    """Field along an axis of a unit that sees all that those before it see."""
    first, stop = _together(spans)
    return stop - first, 0, first


def _merge(before: list[Row]) -> _Result:
    """A branch of one row or column (squeeze-and-excitation) is spread over all: its units see the same."""
    sizes = [max(len(entry.reach[axis]) for entry in before) for axis in (0, 1)]
    rows, cols = (
        tuple(
            _together(entry.reach[axis][i if len(entry.reach[axis]) > 1 else 0] for entry in before)
            for i in range(sizes[axis])
        )
        for axis in (0, 1)
    )
    paths = []
    for entry in before:
        down, right = (len(spans) == size for spans, size in zip(entry.reach, sizes, strict=True))
        paths += [replace(path, jump=(path.jump[0] * down, path.jump[1] * right)) for path in entry.paths]
    return paths, (rows, cols), before[0].grid


def _read(layer: Layer, pattern: Pattern, before: Row) -> _Result:
    """The formula on every path; the reach place by place: at the border a window has fewer pixels."""
    whole = [_everything(spans) for spans in before.reach]
    paths = [
        _field(*(pattern.step(axis, *path.along(axis)) or whole[axis] for axis in (0, 1)))
        for path in before.paths
    ]
    sizes = layer.shape[1:] if len(layer.shape) == 3 else (1, 1)
    rows, cols = (
        tuple(
            _together(spans[place] for place in pattern.reads(axis, i, len(spans)) if place >= 0)
            for i in range(sizes[axis])
        )
        for axis, spans in enumerate(before.reach)
    )
    return paths, (rows, cols), None
