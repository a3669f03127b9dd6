"""How one unit of a recorded network came about: what it read, and the parts that add up to its value."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce

import torch
from torch import Tensor

from convlab.errors import N_, UserError
from convlab.networks import layer_kinds
from convlab.networks.graph import Layer, Network
from convlab.networks.layer_kinds import Sliding
from convlab.networks.modes import DROPOUTS, Differences
from convlab.networks.receptive_field import Unit, check_unit, unravel
from convlab.networks.recording import Recording


@dataclass(frozen=True)
class Source:
    """What a unit reads in a layer before it, or in "input": channels, or entries of a vector, (first, stop).

    Rows and columns are those under each tap of the window, -1 for padding; () in a vector.
    """

    layer: str
    channels: tuple[int, int]
    rows: tuple[int, ...] = ()
    cols: tuple[int, ...] = ()


@dataclass(frozen=True)
class Convolution:
    """Value = sum of ``contributions`` + ``bias``; values, 0 on padding, and weights are [C, kh, kw].

    A contribution is the sum of values times weights, one for each input channel of ``Source.channels``.
    """

    values: Tensor
    weights: Tensor
    contributions: tuple[float, ...]
    bias: float

    @property
    def result(self) -> float:
        """The parts put together."""
        return sum(self.contributions) + self.bias


@dataclass(frozen=True)
class MaxPool:
    """Value = the largest of ``values``, float32 [kh, kw], -inf on padding.

    The winner is (row, col) in the layer before; the first in reading order where several are equal.
    """

    values: Tensor
    winner: tuple[int, int]
    result: float


@dataclass(frozen=True)
class AveragePool:
    """Value = sum of ``values``, float32 [kh, kw], 0 on padding, / ``divisor``.

    PyTorch counts padding in, unless ``count_include_pad`` is off, but nothing beyond it.
    """

    values: Tensor
    divisor: int

    @property
    def result(self) -> float:
        """The parts put together."""
        return float(self.values.double().sum()) / self.divisor


@dataclass(frozen=True)
class BatchNorm:
    """Value = (``input`` - ``mean``) / sqrt(``var`` + ``eps``) * ``scale`` + ``shift``."""

    input: float
    mean: float
    var: float
    eps: float
    scale: float
    shift: float

    @property
    def result(self) -> float:
        """The parts put together."""
        return float((self.input - self.mean) / (self.var + self.eps) ** 0.5 * self.scale + self.shift)


@dataclass(frozen=True)
class Dropout:
    """In train(): value = ``input`` / (1 - ``p``), or 0 where it was dropped."""

    input: float
    p: float
    dropped: bool

    @property
    def result(self) -> float:
        """The parts put together."""
        return 0.0 if self.dropped else self.input / (1 - self.p)


@dataclass(frozen=True)
class Product:
    """One term of a Linear unit: ``input`` times ``weight``; ``index`` counts the entries of the vector."""

    index: int
    input: float
    weight: float
    product: float


@dataclass(frozen=True)
class Linear:
    """Value = the largest products, largest first + ``rest``, the sum of ``rest_count`` others + ``bias``."""

    top: tuple[Product, ...]
    rest: float
    rest_count: int
    bias: float

    @property
    def result(self) -> float:
        """The parts put together."""
        return sum(term.product for term in self.top) + self.rest + self.bias


@dataclass(frozen=True)
class Merge:
    """Value = one term of each source added, subtracted, multiplied or divided in order, as the kind says."""

    terms: tuple[float, ...]
    result: float


@dataclass(frozen=True)
class Pointwise:
    """Value = the activation of ``input``, or ``input`` itself where a layer only passes it on (flatten)."""

    input: float
    result: float


Parts = Convolution | MaxPool | AveragePool | BatchNorm | Dropout | Linear | Merge | Pointwise


@dataclass(frozen=True)
class Explanation:
    """One unit: its recorded ``value``, what it read, and ``parts``; ``parts.result`` is it within 1e-5."""

    layer: Layer
    unit: Unit
    value: float
    sources: tuple[Source, ...]
    parts: Parts


def source_window(network: Network, layer: str, unit: Unit) -> tuple[Source, ...]:
    """What a unit reads before it: one source, or one for each branch of a merge. UserError for no unit."""
    this = network.layer(layer)
    check_unit(this, unit)
    shapes = {name: network.shape(name) for name in this.inputs}
    if this.kind != "Concat":
        return tuple(_source(this, name, shape, unit) for name, shape in shapes.items())
    first = unit[0]
    for name, shape in shapes.items():
        if first < shape[0]:
            return (_at(name, (first, *unit[1:])),)
        first -= shape[0]
    return ()


def _at(name: str, unit: Unit) -> Source:
    return Source(name, (unit[0], unit[0] + 1), *((place,) for place in unit[1:]))


def _source(this: Layer, name: str, shape: tuple[int, ...], unit: Unit) -> Source:
    pattern = this.reads
    if layer_kinds.of(this.kind).merge:  # a branch of one row and column is spread over all
        return _at(name, tuple(min(place, size - 1) for place, size in zip(unit, shape, strict=True)))
    if this.kind == "Flatten" and len(unit) == 1:
        return _at(name, unravel(unit[0], shape))
    if pattern is None or len(shape) != 3:
        itself = pattern == layer_kinds.ITSELF
        return _at(name, unit) if itself else Source(name, (0, shape[0]), *map(tuple, map(range, shape[1:])))
    groups = pattern.groups or shape[0]
    first = unit[0] * groups // this.shape[0] * (shape[0] // groups)
    places = unit[1:] if len(unit) == 3 else (0, 0)
    rows, cols = (tuple(pattern.reads(axis, places[axis], shape[axis + 1])) for axis in (0, 1))
    return Source(name, (first, first + shape[0] // groups), rows, cols)


@dataclass(frozen=True)
class _Reading:
    """What the parts of a unit are made from: all that it reads, and its layer's tensors."""

    network: Network
    layer: Layer
    unit: Unit
    sources: tuple[Source, ...]
    outputs: tuple[Tensor, ...]  # of the layers that it reads, for the whole batch
    picture: int
    tensors: dict[str, Tensor]
    top: int
    training: Differences | None

    def values(self, n: int = 0, ghost: float = 0.0) -> Tensor:
        """Values of a source: [C, kh, kw] with ``ghost`` for padding, or [n] entries of a vector."""
        source = self.sources[n]
        values = self.outputs[n][self.picture][slice(*source.channels)]
        if not source.rows:
            return values
        if values.dim() != 3:
            raise _too_many(self.layer)
        rows, cols = torch.tensor(source.rows), torch.tensor(source.cols)
        window = values[:, rows.clamp(min=0)][:, :, cols.clamp(min=0)]
        return window.masked_fill((rows < 0)[:, None] | (cols < 0), ghost)

    def number(self, name: str, entry: int, otherwise: float) -> float:
        """An entry of one of the layer's tensors."""
        return float(self.tensors[name][entry]) if name in self.tensors else otherwise


def explain_unit(recording: Recording, layer: str, unit: Unit, picture: int = 0, top: int = 8) -> Explanation:
    """The parts of one recorded value, computed in double precision from what was recorded.

    The unit is (channel, row, col), or (index,) in a vector; of a Linear unit ``top`` products are named.
    Raises UserError for no such layer or unit, no graph, or a kind of layer that has no explanation.
    """
    network = recording.network
    if network is None:
        raise UserError(N_("Units can be explained only in a network that can be opened layer by layer."))
    sources = source_window(network, layer, unit)
    this = network.layer(layer)
    outputs = tuple(recording.outputs[source.layer] for source in sources)
    tensors, training = network.tensors(layer), recording.training
    reading = _Reading(network, this, unit, sources, outputs, picture, tensors, top, training)
    if recording.outputs[layer].dim() == 0:  # one number for the whole batch
        raise _too_many(this)
    value = float(recording.outputs[layer][picture][unit])
    kind = layer_kinds.of(this.kind)
    if kind.parts in ("convolution", "linear") and "weight" not in reading.tensors:
        raise _too_many(this)  # its weights are made of the picture
    if kind.parts:
        parts = PARTS[kind.parts](reading)
    elif training is not None and this.kind in DROPOUTS:
        parts = _dropout(reading, value)
    elif kind.merge and len(sources) > 1:
        terms = [reading.values(n) for n in range(len(sources))]
        joined = reduce(kind.merge, [term.double() for term in terms])
        parts = Merge(tuple(map(float, terms)), float(joined))
    elif all(reading.values(n).numel() == 1 for n in range(len(sources))):
        parts = Pointwise(float(reading.values()), value)
    else:
        raise _too_many(this)
    return Explanation(this, unit, value, sources, parts)


def _too_many(layer: Layer) -> UserError:
    message = N_("{layer}, a {kind} layer, mixes too many values to show how one came about.")
    return UserError(message, layer=layer.name, kind=layer.kind)


def _convolution(reading: _Reading) -> Convolution:
    values, channel = reading.values(), reading.unit[0]
    assert isinstance(reading.layer.reads, Sliding)
    weights = reading.layer.reads.kernel(reading.tensors["weight"], channel)
    contributions = (values.double() * weights.double()).sum((1, 2)).tolist()
    return Convolution(values, weights.clone(), tuple(contributions), reading.number("bias", channel, 0))


def _largest(reading: _Reading) -> MaxPool:
    (values,), (source,) = reading.values(ghost=-torch.inf), reading.sources
    row, col = divmod(int(values.argmax()), len(source.cols))
    return MaxPool(values, (source.rows[row], source.cols[col]), float(values.max()))


def _mean(reading: _Reading) -> AveragePool:
    values = reading.values()
    if values.dim() != 3 or len(values) > 1:
        raise _too_many(reading.layer)
    shape, settings = reading.outputs[0].shape[2:], reading.layer.settings
    places = reading.unit[1:] if len(reading.unit) == 3 else (0, 0)
    rows, cols = (counted(reading.layer, axis, places[axis], shape[axis]) for axis in (0, 1))
    return AveragePool(values[0], int(settings.get("divisor_override", 0)) or rows * cols)


def counted(layer: Layer, axis: int, place: int, size: int) -> int:
    """How many rows, or columns, of values count for the mean of a unit at a place; size: of what it reads.

    Windows that ceil_mode lets hang over count no further than the padding.
    """
    window = layer.window
    if window is not None and layer.settings.get("count_include_pad", True):
        stop = size + window.padding[axis][1]
        return sum(tap < stop for tap in window.taps(axis, place))
    return size if layer.reads is None else sum(at >= 0 for at in layer.reads.reads(axis, place, size))


def _batch_norm(reading: _Reading) -> BatchNorm:
    channel = reading.unit[0]
    found = statistics(reading.layer, reading.tensors, reading.outputs[0], reading.training)
    return BatchNorm(
        input=float(reading.outputs[0][reading.picture][reading.unit]),
        eps=float(reading.layer.settings.get("eps", 1e-5)),
        **{name: float(values[channel]) for name, values in found.items()},
    )


def statistics(
    layer: Layer, tensors: dict[str, Tensor], batch: Tensor, training: Differences | None = None
) -> dict[str, Tensor]:
    """What a batch norm takes of each channel: mean, var, scale and shift, [C] each.

    In train() PyTorch takes those of the batch; without running statistics in eval mode too.
    """
    channels = batch.transpose(0, 1).flatten(1)
    otherwise: dict[str, tuple[str, Callable[[Tensor], Tensor]]] = {
        "mean": ("running_mean", lambda values: values.double().mean(1)),
        "var": ("running_var", lambda values: values.double().var(1, correction=0)),
        "scale": ("weight", lambda values: torch.ones(len(values))),
        "shift": ("bias", lambda values: torch.zeros(len(values))),
    }
    found = {key: tensors[own] if own in tensors else of(channels) for key, (own, of) in otherwise.items()}
    if training is None:
        return found
    taken = training.statistics[layer.name]
    return found | {"mean": taken.mean, "var": taken.variance}


def _dropout(reading: _Reading, value: float) -> Dropout:
    entered, p = float(reading.values()), float(reading.layer.settings.get("p", 0.5))
    return Dropout(entered, p, dropped=value == 0 and entered != 0)


def _linear(reading: _Reading) -> Linear:
    values, unit = reading.values().flatten(), reading.unit[-1]
    weights = reading.tensors["weight"][unit]
    products = values.double() * weights.double()
    largest = products.abs().argsort(descending=True, stable=True)[: reading.top].tolist()
    terms = tuple(Product(i, float(values[i]), float(weights[i]), float(products[i])) for i in largest)
    rest = float(products.sum()) - sum(term.product for term in terms)
    return Linear(terms, rest, len(products) - len(terms), reading.number("bias", unit, 0))


PARTS: dict[str, Callable[[_Reading], Parts]] = {
    "convolution": _convolution,
    "largest": _largest,
    "mean": _mean,
    "batch_norm": _batch_norm,
    "linear": _linear,
}
