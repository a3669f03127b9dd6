"""Every kind of layer in one table: its functions and their arguments, what its units read and are made of.

A layer that is in no row runs all the same, and autograd finds its footprint.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, fx

from convlab.convolution import padding

Shape = tuple[int, ...]
Step = tuple[int, int, int]  # size, jump and start of a receptive field along an axis


@dataclass(frozen=True)
class Window:
    """The windows of a convolution or pooling, (vertical, horizontal) each.

    Attributes:
        kernel_size, stride, dilation: whole numbers.
        padding: ((top, bottom), (left, right)) ghost pixels; rows and columns that ``ceil_mode`` adds are not
            among them.
        padding_mode: what the ghost pixels hold; pooling never reads them.
        groups: the channels of one group only see each other; 0: each channel sees itself (pooling).
    """

    kernel_size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
    dilation: tuple[int, int] = (1, 1)
    padding_mode: str = "zeros"
    groups: int = 0

    def taps(self, axis: int, position: int) -> list[int]:
        """Input positions, ghosts below 0 or beyond the end, under the kernel at an output position."""
        first = position * self.stride[axis] - self.padding[axis][0]
        return [first + tap * self.dilation[axis] for tap in range(self.kernel_size[axis])]

    def reads(self, axis: int, position: int, size: int) -> list[int]:
        """Real input position under each tap, -1 where it holds a zero or nothing; size: of the input."""
        return [padding.shown(tap, size, self.padding_mode) for tap in self.taps(axis, position)]

    def step(self, axis: int, size: int, jump: int, start: int) -> Step | None:
        """Receptive field behind the layer from that before it."""
        extent = (self.kernel_size[axis] - 1) * self.dilation[axis]
        return size + extent * jump, jump * self.stride[axis], start - self.padding[axis][0] * jump

    def placed(self) -> dict[str, tuple[float, float]]:
        """What finds the window of any unit: at place i it begins at i * stride - padding."""
        before = self.padding[0][0], self.padding[1][0]
        sizes = {"kernel": self.kernel_size, "stride": self.stride, "dilation": self.dilation}
        return {**sizes, "padding": before}

    def kernel(self, weight: Tensor, channel: int) -> Tensor:
        """The weights [C, kh, kw] under which a unit of an output channel reads."""
        return weight[channel]


@dataclass(frozen=True)
class Transposed:
    """A transposed convolution: it reads where a convolution with the windows of ``forward`` would write.

    Its stride spreads its input, its padding crops its output.
    """

    forward: Window

    @property
    def groups(self) -> int:
        """As in ``Window``."""
        return self.forward.groups

    def reads(self, axis: int, position: int, size: int) -> list[int]:
        """Real input position under each tap; -1 at a border, or where it falls between two positions."""
        forward = self.forward
        first, stride = position + forward.padding[axis][0], forward.stride[axis]
        places = [first - tap * forward.dilation[axis] for tap in range(forward.kernel_size[axis])]
        return [-1 if place % stride else padding.shown(place // stride, size) for place in places]

    def step(self, axis: int, size: int, jump: int, start: int) -> Step | None:
        """None with a stride: the windows of neighbours differ."""
        forward = self.forward
        extent = (forward.kernel_size[axis] - 1) * forward.dilation[axis]
        behind = size + extent * jump, jump, start - (extent - forward.padding[axis][0]) * jump
        return behind if forward.stride[axis] == 1 else None

    def placed(self) -> dict[str, tuple[float, float]]:
        """As in ``Window``: a convolution whose stride and dilation are fractions."""
        found = self.forward.placed()
        (kh, kw), (down, across), (top, left) = (found[name] for name in ("kernel", "dilation", "padding"))
        sh, sw = self.forward.stride
        return {
            "kernel": (kh, kw),
            "stride": (1 / sh, 1 / sw),
            "dilation": (down / sh, across / sw),
            "padding": (((kh - 1) * down - top) / sh, ((kw - 1) * across - left) / sw),
        }

    def kernel(self, weight: Tensor, channel: int) -> Tensor:
        """As in ``Window``; PyTorch has the input's channels first here."""
        group, out = divmod(channel, weight.shape[1])
        channels = len(weight) // self.groups
        return weight[group * channels : (group + 1) * channels, out]


@dataclass(frozen=True)
class Bins:
    """Adaptive pooling: ``wanted`` rows and columns of bins that may differ in size; channels stay apart."""

    wanted: tuple[int, int]
    groups: ClassVar[int] = 0

    def reads(self, axis: int, position: int, size: int) -> list[int]:
        """Input positions in a bin."""
        wanted = self.wanted[axis]
        return list(range(position * size // wanted, -(-(position + 1) * size // wanted)))

    def step(self, axis: int, size: int, jump: int, start: int) -> Step | None:
        """None: bins may differ."""
        return None

    def placed(self) -> dict[str, tuple[float, float]]:
        """How many there are down and across: they part the input as evenly as it can be."""
        return {"bins": self.wanted}


@dataclass(frozen=True)
class Along:
    """A unit reads its own place, and all there is along ``axes`` (0 vertical, 1 horizontal).

    Groups as in ``Window``; what mixes some of the neighbours counts as one group.
    """

    axes: frozenset[int] = frozenset()
    groups: int = 0

    def reads(self, axis: int, position: int, size: int) -> list[int]:
        """Input positions."""
        return list(range(size)) if axis in self.axes else [position]

    def step(self, axis: int, size: int, jump: int, start: int) -> Step | None:
        """None where a unit reads all."""
        return None if axis in self.axes else (size, jump, start)

    def placed(self) -> dict[str, tuple[float, float]] | None:
        """As in ``Window``; None where a unit reads all there is."""
        return None if self.axes else Window((1, 1), (1, 1)).placed()


Sliding = Window | Transposed  # all that have kernels
Pattern = Sliding | Bins | Along
ITSELF = Along()
OWN_PLACE = Along(groups=1)  # of any channel
_MAPS = frozenset((0, 1))
_Rule = Callable[[Mapping[str, Any], Shape, Shape], Pattern | None]


def _pair(value: Any) -> tuple[int, int]:
    """PyTorch's own rule: one number for both axes, or one each."""
    values = (value,) if isinstance(value, int) else tuple(value)
    return (int(values[0]), int(values[-1]))


def _sliding(settings: Mapping[str, Any], before: Shape, after: Shape) -> Window | None:
    """A convolution or pooling by PyTorch's arguments; None unless it works on maps."""
    if len(before) != 3 or len(after) != 3:
        return None
    kernel_size, dilation = _pair(settings["kernel_size"]), _pair(settings.get("dilation", 1))
    convolves = "groups" in settings or "weight" in settings
    stride, given = settings.get("stride"), settings.get("padding", 0)
    amounts = [(p, p) for p in _pair(0 if isinstance(given, str) else given)]
    if given == "same":
        amounts = [padding.same(k, d) for k, d in zip(kernel_size, dilation, strict=True)]
    return Window(
        kernel_size=kernel_size,
        stride=_pair((1 if convolves else kernel_size) if stride in (None, [], ()) else stride),
        padding=(amounts[0], amounts[1]),
        dilation=dilation,
        padding_mode=settings.get("padding_mode", "zeros"),
        groups=settings.get("groups", 1) if convolves else 0,
    )


def _transposing(*given: Any) -> Transposed | None:
    forward = _sliding(*given)
    return Transposed(forward) if forward else None


def _padding(settings: Mapping[str, Any], before: Shape, after: Shape, mode: str = "zeros") -> Window | None:
    """``F.pad``, ``nn.ZeroPad2d``... as windows of one pixel; amounts are (left, right, top, bottom)."""
    if len(before) != 3 or len(after) != 3:
        return None
    amounts = tuple(settings["pad"] if "pad" in settings else settings["padding"])
    left, right, top, bottom = (*amounts, 0, 0)[:4]
    mode = settings.get("mode", mode).replace("constant", "zeros")
    return Window((1, 1), (1, 1), ((top, bottom), (left, right)), padding_mode=mode)


def _binning(settings: Mapping[str, Any], before: Shape, after: Shape) -> Pattern | None:
    """Bins of equal size are windows. A vector, PyTorch takes for a row of one map."""
    if len(before) == 1 and after == (1,):
        return Along(_MAPS, groups=1)
    if len(before) != 3 or len(after) != 3:
        return None
    sizes, wanted = _pair(before[1:]), _pair(after[1:])
    if wanted == (1, 1):
        return Along(_MAPS)
    if any(size % want for size, want in zip(sizes, wanted, strict=True)):
        return Bins(wanted)
    tile = (sizes[0] // wanted[0], sizes[1] // wanted[1])
    return Window(tile, tile)


def _itself(settings: Mapping[str, Any], before: Shape, after: Shape) -> Pattern | None:
    return ITSELF if before == after else None


def _all_along(dims: Any, before: Shape) -> Pattern | None:
    """What a layer reads that works along dimensions, of which 0 is the batch's."""
    found = {dim % (len(before) + 1) for dim in ((dims,) if isinstance(dims, int) else dims)}
    if 0 in found or len(before) not in (1, 3):
        return None
    if len(before) == 1:
        return Along(_MAPS, groups=1)
    return Along(frozenset(dim - 2 for dim in found if dim > 1), groups=int(1 in found))


def _softmax(settings: Mapping[str, Any], before: Shape, after: Shape) -> Pattern | None:
    dim = settings.get("dim")
    return _all_along(1 if dim is None else dim, before)


def _mean(settings: Mapping[str, Any], before: Shape, after: Shape) -> Pattern | None:
    """Of maps, with their axes kept or not, or along a vector that stays one."""
    found = None if settings.get("dim") is None else _all_along(settings["dim"], before)
    return found if len(after) == len(before) or (len(after) == 1 and found == Along(_MAPS)) else None


def _layer_norm(settings: Mapping[str, Any], before: Shape, after: Shape) -> Pattern | None:
    shape = settings["normalized_shape"]
    return _all_along(range(-1 if isinstance(shape, int) else -len(shape), 0), before)


def _batch_norm(settings: Mapping[str, Any], before: Shape, after: Shape) -> Pattern | None:
    """Without running statistics PyTorch takes those of the batch's maps, in eval mode too."""
    running = settings.get("track_running_stats", settings.get("running_mean") is not None)
    return ITSELF if len(before) == 1 or (running and not settings.get("training")) else Along(_MAPS)


def _picked(settings: Mapping[str, Any], before: Shape, after: Shape) -> Pattern | None:
    """Some of the channels, as ``chunk`` parts them, or all in another order."""
    index = settings.get("index", 0)
    parts = index if isinstance(index, tuple) else (index,)
    whole = all(isinstance(part, slice | int) for part in parts) and len(before) == len(after) == 3
    return OWN_PLACE if whole and before[1:] == after[1:] else None


def _group_norm(settings: Mapping[str, Any], before: Shape, after: Shape) -> Pattern | None:
    groups = settings["num_groups"]
    return Along(_MAPS, groups) if groups == 1 or len(before) == 3 else None


@dataclass(frozen=True)
class Kind:
    """One kind of layer.

    Attributes:
        name: PyTorch's class, or a name for what only functions do.
        calls: functions and methods that do the same, without underscores at their ends.
        parameters: their arguments behind the input, in the order of the signature.
        reads: what a unit reads, by the layer's arguments, the shape before it and its own, both without the
            batch axis; None, or a result of None: there is no rule.
        parts: what a unit's value is made of, a key of ``units.PARTS``; "" where it has one input alone.
        merge: how a merging layer joins two inputs.
        short: what layers without a name of their own are called, a number follows.
        rectifies: whether what is below 0 becomes 0.
    """

    name: str
    calls: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    reads: _Rule | None = None
    parts: str = ""
    merge: Callable[[Tensor, Tensor], Tensor] | None = None
    short: str = ""
    rectifies: bool = False


def _pointwise(name: str, *calls: str, parameters: tuple[str, ...] = (), rectifies: bool = False) -> Kind:
    return Kind(name, calls or (name.lower(),), parameters, _itself, rectifies=rectifies)


_CONV = ("weight", "bias", "stride", "padding", "dilation", "groups")
_TRANSPOSED = ("weight", "bias", "stride", "padding", "output_padding", "groups", "dilation")
_MAX_POOL = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
_AVG_POOL = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override")
_LP_POOL = ("norm_type", "kernel_size", "stride", "ceil_mode")
_BINS = ("output_size",)
_DROPOUT = ("p", "training")
_BATCH = ("running_mean", "running_var", "weight", "bias", "training", "momentum", "eps")

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("Conv2d", ("conv2d",), _CONV, _sliding, "convolution"),
        Kind("ConvTranspose2d", ("conv_transpose2d",), _TRANSPOSED, _transposing, "convolution"),
        # On maps PyTorch multiplies along the last axis: whole rows.
        Kind("Linear", ("linear",), ("weight", "bias"), lambda _, b, __: _all_along(-1, b), "linear"),
        Kind("MaxPool2d", ("max_pool2d",), _MAX_POOL, _sliding, "largest", short="pool"),
        Kind("AvgPool2d", ("avg_pool2d",), _AVG_POOL, _sliding, "mean", short="pool"),
        Kind("LPPool2d", ("lp_pool2d",), _LP_POOL, _sliding, short="pool"),
        Kind("AdaptiveMaxPool2d", ("adaptive_max_pool2d",), _BINS, _binning, "largest", short="pool"),
        Kind("AdaptiveAvgPool2d", ("adaptive_avg_pool2d",), _BINS, _binning, "mean", short="pool"),
        Kind("Mean", ("mean",), ("dim", "keepdim"), _mean, "mean"),
        Kind("Pad", ("pad",), ("pad", "mode"), _padding),
        Kind("ZeroPad2d", reads=_padding),
        Kind("ConstantPad2d", reads=_padding),
        Kind("ReflectionPad2d", reads=partial(_padding, mode="reflect")),
        Kind("ReplicationPad2d", reads=partial(_padding, mode="replicate")),
        Kind("CircularPad2d", reads=partial(_padding, mode="circular")),
        Kind("BatchNorm1d", reads=_batch_norm, parts="batch_norm"),
        Kind("BatchNorm2d", ("batch_norm",), _BATCH, _batch_norm, "batch_norm"),
        Kind("InstanceNorm2d", reads=lambda s, *_: ITSELF if s.get("track_running_stats") else Along(_MAPS)),
        Kind("GroupNorm", ("group_norm",), ("num_groups", "weight", "bias", "eps"), _group_norm),
        Kind("LayerNorm", ("layer_norm",), ("normalized_shape", "weight", "bias", "eps"), _layer_norm),
        Kind("LocalResponseNorm", ("local_response_norm",), reads=lambda *_: Along(groups=1)),
        Kind("Softmax", ("softmax",), ("dim",), _softmax),
        Kind("LogSoftmax", ("log_softmax",), ("dim",), _softmax),
        Kind("Flatten", ("flatten", "view", "reshape", "squeeze"), reads=_itself),
        Kind("Concat", ("cat", "concat"), ("dim",)),
        Kind("Permute", ("permute", "transpose", "swapaxes")),
        Kind("Getitem", parameters=("index",), reads=_picked),
        Kind("ChannelShuffle", ("channel_shuffle", "native_channel_shuffle"), ("groups",), _picked),
        Kind("Add", ("add", "iadd", "radd"), merge=torch.add),
        Kind("Subtract", ("sub", "isub", "rsub"), merge=torch.sub),
        Kind("Multiply", ("mul", "imul", "rmul"), merge=torch.mul),
        Kind("Divide", ("truediv", "itruediv", "rtruediv", "div"), merge=torch.div),
        _pointwise("ReLU", rectifies=True),
        _pointwise("ReLU6", rectifies=True),
        _pointwise("LeakyReLU", "leaky_relu"),
        _pointwise("PReLU", parameters=("weight",)),
        _pointwise("Identity", "contiguous", "clone"),
        _pointwise("Dropout", parameters=_DROPOUT),
        _pointwise("Dropout1d", parameters=_DROPOUT),
        _pointwise("Dropout2d", "dropout2d", "feature_dropout", parameters=_DROPOUT),
        _pointwise("AlphaDropout", "alpha_dropout"),
        *map(_pointwise, ("ELU", "CELU", "SELU", "GELU", "SiLU", "Mish", "Hardswish", "Hardsigmoid")),
        *map(_pointwise, ("Hardtanh", "Sigmoid", "LogSigmoid", "Tanh", "Softplus", "Softsign")),
        _pointwise("Clamp", "clamp", "clip"),
        *map(_pointwise, ("Abs", "Neg", "Erf")),
    )
}
_KIND_OF_CALL = {call: name for name, kind in KINDS.items() for call in kind.calls}


def call_of(node: fx.Node) -> str:
    """What an fx function or method node calls, without underscores at its ends; "" for a module."""
    target: Any = node.target
    if node.op == "call_module":
        return ""
    return (target if isinstance(target, str) else getattr(target, "__name__", str(target))).strip("_")


def kind_of_call(node: fx.Node) -> str:
    """Name of the module class that does what an fx function or method node does: F.relu_ -> "ReLU"."""
    name = call_of(node)
    return "Getitem" if node.target is operator.getitem else _KIND_OF_CALL.get(name, name)


def of(name: str) -> Kind:
    """The row of a kind; one without rules for a kind that has none."""
    return KINDS.get(name) or Kind(name)
