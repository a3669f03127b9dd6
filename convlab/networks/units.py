"""How one unit of a recorded network came about: what it read, and the parts that add up to its value."""

from dataclasses import dataclass

import torch
from torch import Tensor

from convlab.errors import N_, UserError
from convlab.networks import layer_kinds as ops
from convlab.networks.graph import Layer, Network
from convlab.networks.receptive_field import Unit, check_unit, real_taps, unravel
from convlab.networks.recording import Recording


@dataclass(frozen=True)
class Source:
    """What a unit reads in one layer before it.

    Attributes:
        layer: name, or "input".
        channels: first and the one behind the last; in a vector, entries.
        rows, cols: under each tap of the window, -1 for padding; () in a vector.
    """

    layer: str
    channels: tuple[int, int]
    rows: tuple[int, ...] = ()
    cols: tuple[int, ...] = ()


@dataclass(frozen=True)
class Convolution:
    """Value = sum of ``contributions`` + ``bias``.

    Attributes:
        values: float32 [C, kh, kw] under the kernel, 0 on padding.
        weights: float32 [C, kh, kw].
        contributions: sum of values times weights, one for each input channel of ``Source.channels``.
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
    """Value = the largest of ``values``.

    Attributes:
        values: float32 [kh, kw], -inf on padding.
        winner: (row, col) in the layer before; the first in reading order where several are equal.
    """

    values: Tensor
    winner: tuple[int, int]
    result: float


@dataclass(frozen=True)
class AveragePool:
    """Value = sum of ``values`` / ``divisor``.

    Attributes:
        values: float32 [kh, kw], 0 on padding.
        divisor: PyTorch counts padding in, unless ``count_include_pad`` is off, but nothing beyond it.
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
class Product:
    """One term of a Linear unit: ``input`` times ``weight``; ``index`` counts the entries of the vector."""

    index: int
    input: float
    weight: float
    product: float


@dataclass(frozen=True)
class Linear:
    """Value = products of ``top`` + ``rest`` + ``bias``.

    Attributes:
        top: the largest by size, largest first.
        rest: sum of the other ``rest_count`` products.
    """

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
    """Value = ``terms`` added, subtracted, multiplied or divided in order, as the layer's kind says.

    Attributes:
        terms: the value in each layer of ``Explanation.sources``.
    """

    terms: tuple[float, ...]
    result: float


@dataclass(frozen=True)
class Pointwise:
    """Value = the activation of ``input``, or ``input`` itself where a layer only passes it on (flatten)."""

    input: float
    result: float


Parts = Convolution | MaxPool | AveragePool | BatchNorm | Linear | Merge | Pointwise


@dataclass(frozen=True)
class Explanation:
    """One unit: its recorded ``value``, what it read, and ``parts``; ``parts.result`` is it within 1e-5."""

    layer: Layer
    unit: Unit
    value: float
    sources: tuple[Source, ...]
    parts: Parts


def source_window(network: Network, layer: str, unit: Unit) -> tuple[Source, ...]:
    """What a unit reads in the layers before it: one source, or one for each branch of a merge.

    Raises:
        UserError: no such layer or unit.
    """
    this = network.layer(layer)
    check_unit(this, unit)
    found = []
    offset = 0
    for name in this.inputs:
        shape = network.shape(name)
        if this.kind == "Concat":
            if offset <= unit[0] < offset + shape[0]:
                found.append(_at(name, (unit[0] - offset, *unit[1:])))
            offset += shape[0]
        else:
            found.append(_source(this, name, shape, unit))
    return tuple(found)


def _at(name: str, unit: Unit) -> Source:
    return Source(name, (unit[0], unit[0] + 1), *((place,) for place in unit[1:]))


def _source(this: Layer, name: str, shape: tuple[int, ...], unit: Unit) -> Source:
    if this.kind in ops.MERGING:  # a branch of one row and column is spread over all
        return _at(name, tuple(min(place, size - 1) for place, size in zip(unit, shape, strict=True)))
    if this.kind in ops.POINTWISE and this.kind not in ("Softmax", "LogSoftmax"):
        return _at(name, unit)
    if this.kind == "Flatten" and len(unit) == 1:
        return _at(name, unravel(unit[0], shape))
    if this.window is not None and len(shape) == 3:
        rows, cols = (real_taps(this.window, axis, unit[axis + 1], shape[axis + 1]) for axis in (0, 1))
        groups = this.window.groups or shape[0]
        first = unit[0] * groups // this.shape[0] * (shape[0] // groups)
        return Source(name, (first, first + shape[0] // groups), tuple(rows), tuple(cols))
    if this.kind in ops.POOLING_TO_SIZE:
        bins = (_bin(unit[axis], shape[axis], this.shape[axis]) for axis in (1, 2))
        return Source(name, (unit[0], unit[0] + 1), *map(tuple, bins))
    if this.kind == "Linear" and len(shape) == 3:
        return Source(name, (unit[0], unit[0] + 1), (unit[1],), tuple(range(shape[2])))
    return Source(name, (0, shape[0]), *(tuple(range(size)) for size in shape[1:]))


def _bin(position: int, size: int, wanted: int) -> range:
    """PyTorch's bins of adaptive pooling."""
    return range(position * size // wanted, -(-(position + 1) * size // wanted))


def explain_unit(recording: Recording, layer: str, unit: Unit, picture: int = 0, top: int = 8) -> Explanation:
    """The parts of one recorded value, computed in double precision from what was recorded.

    Args:
        recording: of a module that could be traced.
        layer: its name.
        unit: (channel, row, col), or (index,) in a vector.
        picture: which of the batch.
        top: how many products of a Linear unit to name.

    Raises:
        UserError: no such layer or unit, no graph, or a kind of layer that has no explanation.
    """
    network = recording.network
    if network is None:
        raise UserError(N_("Units can be explained only in a network that can be opened layer by layer."))
    sources = source_window(network, layer, unit)
    this = network.layer(layer)
    value = float(recording.outputs[layer][picture][unit])
    read = [_read(recording.outputs[source.layer][picture], source) for source in sources]
    tensors = network.tensors(layer)
    if this.kind == "Conv2d":
        parts: Parts = _convolution(read[0], tensors, unit)
    elif this.kind in ("MaxPool2d", "AdaptiveMaxPool2d"):
        parts = _max_pool(
            _read(recording.outputs[sources[0].layer][picture], sources[0], -torch.inf), sources[0]
        )
    elif this.kind in ("AvgPool2d", "AdaptiveAvgPool2d"):
        parts = AveragePool(read[0][0], _divisor(network, this, sources[0], unit))
    elif this.kind in ops.NORMALISING:
        parts = _batch_norm(this, read[0], tensors, unit, recording.outputs[sources[0].layer])
    elif this.kind == "Linear":
        parts = _linear(read[0].flatten(), tensors, unit, top)
    elif this.kind in ops.MERGING and len(sources) > 1:
        parts = Merge(tuple(float(part) for part in read), _merged(this.kind, read))
    elif all(part.numel() == 1 for part in read):
        parts = Pointwise(float(read[0]), value)
    else:
        raise UserError(
            N_("{layer}, a {kind} layer, mixes too many values to show how one came about."),
            layer=layer,
            kind=this.kind,
        )
    return Explanation(this, unit, value, sources, parts)


def _read(output: Tensor, source: Source, ghost: float = 0.0) -> Tensor:
    """What a unit reads: [C, kh, kw] with ``ghost`` for padding, or [n] entries of a vector."""
    values = output[source.channels[0] : source.channels[1]]
    if not source.rows:
        return values
    rows, cols = torch.tensor(source.rows), torch.tensor(source.cols)
    window = values[:, rows.clamp(min=0)][:, :, cols.clamp(min=0)]
    return window.masked_fill((rows < 0)[:, None] | (cols < 0), ghost)


def _bias(tensors: dict[str, Tensor], unit: int) -> float:
    return float(tensors["bias"][unit]) if "bias" in tensors else 0.0


def _convolution(values: Tensor, tensors: dict[str, Tensor], unit: Unit) -> Convolution:
    weights = tensors["weight"][unit[0]]
    contributions = (values.double() * weights.double()).sum((1, 2)).tolist()
    return Convolution(values, weights.clone(), tuple(contributions), _bias(tensors, unit[0]))


def _max_pool(values: Tensor, source: Source) -> MaxPool:
    row, col = divmod(int(values[0].argmax()), len(source.cols))
    return MaxPool(values[0], (source.rows[row], source.cols[col]), float(values.max()))


def _divisor(network: Network, this: Layer, source: Source, unit: Unit) -> int:
    real = [sum(place >= 0 for place in places) for places in (source.rows, source.cols)]
    if this.settings.get("divisor_override"):
        return int(this.settings["divisor_override"])
    if this.window is None or not this.settings.get("count_include_pad", True):
        return real[0] * real[1]
    counted = []
    for axis in (0, 1):  # windows that ceil_mode lets hang over count no further than the padding
        stop = network.shape(source.layer)[axis + 1] + this.window.padding[axis][1]
        counted.append(sum(tap < stop for tap in this.window.taps(axis, unit[axis + 1])))
    return counted[0] * counted[1]


def _batch_norm(
    this: Layer, read: Tensor, tensors: dict[str, Tensor], unit: Unit, before: Tensor
) -> BatchNorm:
    """Without running statistics PyTorch takes those of the batch, in eval mode too."""
    channel = unit[0]
    batch = before[:, channel].double()
    mean = tensors["running_mean"][channel] if "running_mean" in tensors else batch.mean()
    var = tensors["running_var"][channel] if "running_var" in tensors else batch.var(correction=0)
    scale = float(tensors["weight"][channel]) if "weight" in tensors else 1.0
    eps = float(this.settings.get("eps", 1e-5))
    return BatchNorm(float(read), float(mean), float(var), eps, scale, _bias(tensors, channel))


def _linear(values: Tensor, tensors: dict[str, Tensor], unit: Unit, top: int) -> Linear:
    weights = tensors["weight"][unit[-1]]
    products = values.double() * weights.double()
    largest = products.abs().argsort(descending=True, stable=True)[:top].tolist()
    terms = tuple(Product(i, float(values[i]), float(weights[i]), float(products[i])) for i in largest)
    rest = float(products.sum()) - sum(term.product for term in terms)
    return Linear(terms, rest, len(products) - len(terms), _bias(tensors, unit[-1]))


def _merged(kind: str, read: list[Tensor]) -> float:
    result = read[0].double()
    for other in read[1:]:
        if kind == "Add":
            result = result + other
        elif kind == "Subtract":
            result = result - other
        else:
            result = result * other if kind == "Multiply" else result / other
    return float(result)
