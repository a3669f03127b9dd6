"""Which part of the picture a unit sees: by formula through the graph, exactly by autograd, and in effect.

Per axis a unit at position i sees the pixels start + i*jump to start + i*jump + size - 1. A window of k taps
with stride s, dilation d and padding p before turns (size, jump, start) into (size + (k-1)*d*jump, jump*s,
start - p*jump). Chapter 8.2.3, item B11; Araujo et al. 2019, https://distill.pub/2019/computing-receptive-fields
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from convlab.errors import N_, UserError
from convlab.networks import layer_kinds as ops
from convlab.networks.graph import INPUT, Layer, Network
from convlab.networks.layer_kinds import Window

Pair = tuple[int, int]
Unit = tuple[int, ...]
Span = tuple[int, int]  # first pixel and the one behind the last; an empty span holds no pixel
NOTHING: Span = (0, 0)


@dataclass(frozen=True)
class Field:
    """What the units of a layer see, in pixels of the picture, (vertical, horizontal) each.

    Attributes:
        size: of one unit's window; it may reach over the picture's edge, onto padding.
        jump: how far the window moves from a unit to the next; 0: all units see the same.
        start: edge (top, left) of the first unit's window; below 0 on padding.
    """

    size: Pair = (1, 1)
    jump: Pair = (1, 1)
    start: Pair = (0, 0)

    @property
    def centre(self) -> tuple[float, float]:
        """Middle (vertical, horizontal) of the first unit's window, 0.0 is the middle of the first pixel."""
        return (self.start[0] + (self.size[0] - 1) / 2, self.start[1] + (self.size[1] - 1) / 2)


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


@dataclass(frozen=True)
class View:
    """What one unit sees.

    Attributes:
        rows, cols: window by the formula, first position and the one behind the last; may leave the picture.
        real_rows, real_cols: the real pixels in it.
        ghosts: positions of the window outside the picture (left, right, top, bottom).
    """

    rows: Span
    cols: Span
    real_rows: Span
    real_cols: Span
    ghosts: tuple[int, int, int, int]


def table(network: Network) -> tuple[Row, ...]:
    """Receptive field of every layer, in the order in which they run.

    A merge (skip connection, concatenation) takes the hull of its branches and keeps each path. An entry of
    a flattened vector sees what the unit did that it was; a Linear unit sees all that these see together.
    Adaptive pooling to 1 x 1, or into bins of unequal size, is given the hull of all that it sees.

    Raises:
        UserError: a layer without a rule, named in the message.
    """
    rows: dict[str, Row] = {INPUT: _input_row(network.input_shape)}
    for layer in network.layers:
        rows[layer.name] = _row(layer, [rows[name] for name in layer.inputs])
    del rows[INPUT]
    return tuple(rows.values())


def formulas(row: Row, axis: int) -> tuple[str, str, str]:
    """The arithmetic of (size, jump, start), with numbers: "4 + (3-1)*1*2 = 8", "2*1 = 2", "-1 - 1*2 = -3".

    Args:
        row: of the table.
        axis: 0 vertical, 1 horizontal.

    Returns:
        Empty strings for a layer that only passes its input's field on, or sees everything.
    """
    window, after = row.layer.window, row.field
    sizes = ", ".join(str(before.size[axis]) for before in row.before)
    if len(row.before) > 1 and after.size[axis] == max(before.size[axis] for before in row.before):
        return f"max({sizes}) = {after.size[axis]}", "", ""
    if window is None:
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
    """The table's row of one layer. Raises UserError for an unknown name."""
    network.layer(layer)
    return next(entry for entry in table(network) if entry.layer.name == layer)


def window_of(row: Row, unit: Unit, picture: Pair) -> View:
    """Window of one unit, and what of it are real pixels.

    Args:
        row: of the unit's layer.
        unit: (channel, row, col), or (index,) in a vector.
        picture: (H, W) of the input.

    Raises:
        UserError: no such unit.
    """
    check_unit(row.layer, unit)
    channel_row_col = unravel(unit[0], row.grid) if row.grid and len(unit) == 1 else unit
    positions = channel_row_col[-2:] if len(channel_row_col) >= 3 else (0, 0)
    starts = [row.field.start[axis] + positions[axis] * row.field.jump[axis] for axis in (0, 1)]
    (top, bottom), (left, right) = ((starts[axis], starts[axis] + row.field.size[axis]) for axis in (0, 1))
    real = [spans[positions[axis] if len(spans) > 1 else 0] for axis, spans in enumerate(row.reach)]
    height, width = picture
    ghosts = (
        _below(left, right),
        _beyond(left, right, width),
        _below(top, bottom),
        _beyond(top, bottom, height),
    )
    return View((top, bottom), (left, right), real[0], real[1], ghosts)


def _below(first: int, stop: int) -> int:
    return max(0, min(stop, 0) - first)


def _beyond(first: int, stop: int, size: int) -> int:
    return max(0, stop - max(first, size))


def unravel(index: int, shape: tuple[int, ...]) -> Unit:
    """Place of a flattened entry in the shape that was flattened: 100 in (8, 8, 8) is (1, 4, 4)."""
    place = []
    for size in reversed(shape):
        index, rest = divmod(index, size)
        place.append(rest)
    return tuple(reversed(place))


def check_unit(layer: Layer, unit: Unit) -> None:
    """Raise UserError unless ``unit`` is an index into one picture's output of the layer."""
    if len(unit) != len(layer.shape) or any(not 0 <= i < n for i, n in zip(unit, layer.shape, strict=True)):
        raise UserError(
            N_("{layer} has no unit {unit}: its output is {shape}, counted from 0."),
            layer=layer.name,
            unit=list(unit),
            shape=list(layer.shape),
        )


def _input_row(shape: tuple[int, ...]) -> Row:
    rows, cols = (tuple((i, i + 1) for i in range(size)) for size in shape[-2:])
    return Row(Layer(INPUT, "Input", (), tuple(shape)), Field(), (Field(),), (), (rows, cols))


def _row(layer: Layer, before: list[Row]) -> Row:
    rule = _rule(layer, before)
    paths, reach, grid = rule(layer, before)
    ordered = tuple(sorted(set(paths), key=lambda path: (path.size, path.start, path.jump)))
    return Row(layer, _hull(ordered, reach), ordered, tuple(entry.field for entry in before), reach, grid)


_Reach = tuple[tuple[Span, ...], tuple[Span, ...]]
_Result = tuple[Iterable[Field], _Reach, tuple[int, ...] | None]
_Rule = Callable[[Layer, list[Row]], _Result]


def _rule(layer: Layer, before: list[Row]) -> _Rule:
    """The rule of a layer's kind; only what works on rows and columns of units asks for their number."""
    kind, shape = layer.kind, before[0].layer.shape
    spatial = len(shape) == 3
    if kind in ops.MERGING and (kind != "Concat" or layer.settings.get("dim", 0) in (1, -len(shape))):
        return _merge
    if kind in ops.POINTWISE or (kind == "Flatten" and layer.shape == shape):
        return _same
    if kind == "Linear":
        return _linear
    if spatial and layer.window is not None:
        return _windowed
    if spatial and kind in ops.POOLING_TO_SIZE:
        return _pooled_to_size
    if kind == "Flatten" and len(layer.shape) == 1:
        return _flatten
    if spatial and (kind in ops.NORMALISING_WHOLE or (kind == "Mean" and len(layer.shape) == 1)):
        return _whole
    raise UserError(
        N_("There is no receptive-field rule for {layer}, a {kind} layer: use the footprint by autograd."),
        layer=layer.name,
        kind=kind,
    )


def _hull(paths: tuple[Field, ...], reach: _Reach) -> Field:
    """One field over all paths; where they move at different speeds, all that any unit can see."""
    fields = []
    for axis in (0, 1):
        jumps = {path.jump[axis] for path in paths}
        first = min(path.start[axis] for path in paths)
        stop = max(path.start[axis] + path.size[axis] for path in paths)
        jump = jumps.pop()
        if jumps:
            jump, (first, stop) = 0, _together(reach[axis])
        fields.append((stop - first, jump, first))
    sizes, jumps_, starts = zip(*fields, strict=True)
    return Field(sizes, jumps_, starts)


def _together(spans: Iterable[Span]) -> Span:
    """The hull of spans, of which the empty ones do not count."""
    full = [span for span in spans if span != NOTHING]
    return (min(first for first, _ in full), max(stop for _, stop in full)) if full else NOTHING


def _same(layer: Layer, before: list[Row]) -> _Result:
    return before[0].paths, before[0].reach, before[0].grid


def _merge(layer: Layer, before: list[Row]) -> _Result:
    """A branch of one row or column (squeeze-and-excitation) is spread over all."""
    sizes = [max(len(entry.reach[axis]) for entry in before) for axis in (0, 1)]
    rows, cols = (
        tuple(
            _together(entry.reach[axis][i if len(entry.reach[axis]) > 1 else 0] for entry in before)
            for i in range(sizes[axis])
        )
        for axis in (0, 1)
    )
    paths = [_spread(path, entry.reach, sizes) for entry in before for path in entry.paths]
    return paths, (rows, cols), before[0].grid


def _spread(path: Field, reach: _Reach, sizes: list[int]) -> Field:
    """A path's field after its branch's only row or column was repeated: then all units see the same."""
    down, right = (
        jump if len(spans) == size else 0 for jump, spans, size in zip(path.jump, reach, sizes, strict=True)
    )
    return replace(path, jump=(down, right))


def _everything(before: Row) -> tuple[Field, _Reach]:
    (top, bottom), (left, right) = (_together(spans) for spans in before.reach)
    return Field((bottom - top, right - left), (0, 0), (top, left)), (((top, bottom),), ((left, right),))


def _whole(layer: Layer, before: list[Row]) -> _Result:
    field, (rows, cols) = _everything(before[0])
    sizes = layer.shape[1:] if len(layer.shape) == 3 else (1, 1)
    return [field], (rows * sizes[0], cols * sizes[1]), None


def _linear(layer: Layer, before: list[Row]) -> _Result:
    """On a vector: everything. On [C, H, W] PyTorch multiplies along the last axis: whole rows."""
    field, (rows, cols) = _everything(before[0])
    if len(layer.shape) < 3:
        return [field], (rows, cols), None
    paths = [
        Field((path.size[0], field.size[1]), (path.jump[0], 0), (path.start[0], field.start[1]))
        for path in before[0].paths
    ]
    return paths, (before[0].reach[0], cols * layer.shape[-1]), None


def _flatten(layer: Layer, before: list[Row]) -> _Result:
    return before[0].paths, before[0].reach, before[0].grid or before[0].layer.shape


def _windowed(layer: Layer, before: list[Row]) -> _Result:
    assert layer.window is not None
    return _slid(layer.window, layer.shape, before[0])


def _slid(window: Window, shape: tuple[int, ...], before: Row) -> _Result:
    """The formula on every path; the reach tap by tap, as a window at the border has fewer real pixels."""
    paths = [_step(window, path) for path in before.paths]
    rows, cols = (
        tuple(
            _together(
                before.reach[axis][j] for j in real_taps(window, axis, i, len(before.reach[axis])) if j >= 0
            )
            for i in range(shape[axis - 2])
        )
        for axis in (0, 1)
    )
    return paths, (rows, cols), None


def _step(window: Window, path: Field) -> Field:
    """What a path's field becomes behind a window."""
    (kh, kw), (dh, dw), (sh, sw) = window.kernel_size, window.dilation, window.stride
    (top, _), (left, _) = window.padding
    (height, width), (down, right), (first_row, first_col) = path.size, path.jump, path.start
    return Field(
        size=(height + (kh - 1) * dh * down, width + (kw - 1) * dw * right),
        jump=(down * sh, right * sw),
        start=(first_row - top * down, first_col - left * right),
    )


def real_taps(window: Window, axis: int, position: int, size: int) -> list[int]:
    """Input position under each tap of the kernel along an axis; -1 where it holds a zero or nothing.

    Args:
        window: its padding_mode says what the ghost pixels show.
        axis: 0 vertical, 1 horizontal.
        position: of the output unit.
        size: of the input along the axis.
    """
    return [i if 0 <= i < size else _shown(window.padding_mode, i, size) for i in window.taps(axis, position)]


def _shown(padding_mode: str, ghost: int, size: int) -> int:
    """Real position that a ghost pixel shows, or -1."""
    if padding_mode == "replicate":
        return min(max(ghost, 0), size - 1)
    if padding_mode == "circular":
        return ghost % size
    return size - 1 - abs(size - 1 - abs(ghost)) if padding_mode == "reflect" else -1


def _pooled_to_size(layer: Layer, before: list[Row]) -> _Result:
    sizes, wanted = [len(spans) for spans in before[0].reach], layer.shape[1:]
    if max(wanted) > 1 and all(size % want == 0 for size, want in zip(sizes, wanted, strict=True)):
        tile = (sizes[0] // wanted[0], sizes[1] // wanted[1])
        return _slid(Window(tile, tile, ((0, 0), (0, 0)), (1, 1)), layer.shape, before[0])
    rows, cols = (
        tuple(
            _together(before[0].reach[axis][i * size // want : -(-(i + 1) * size // want)])
            for i in range(want)
        )
        for axis, (size, want) in enumerate(zip(sizes, wanted, strict=True))
    )
    return [_everything(before[0])[0]], (rows, cols), None
