"""What torch.fx's steps are: one name for a module and its function, their arguments, where windows lie."""

import operator
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx

# Functions and methods that do what a module does; anything else keeps its own name.
_KINDS = {
    "conv2d": "Conv2d",
    "linear": "Linear",
    "max_pool2d": "MaxPool2d",
    "avg_pool2d": "AvgPool2d",
    "adaptive_avg_pool2d": "AdaptiveAvgPool2d",
    "adaptive_max_pool2d": "AdaptiveMaxPool2d",
    "batch_norm": "BatchNorm2d",
    "dropout": "Dropout",
    "dropout2d": "Dropout2d",
    "feature_dropout": "Dropout2d",
    "relu": "ReLU",
    "relu6": "ReLU6",
    "leaky_relu": "LeakyReLU",
    "elu": "ELU",
    "gelu": "GELU",
    "silu": "SiLU",
    "hardswish": "Hardswish",
    "hardsigmoid": "Hardsigmoid",
    "softplus": "Softplus",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "abs": "Abs",
    "clamp": "Clamp",
    "neg": "Neg",
    "contiguous": "Identity",
    "clone": "Identity",
    "softmax": "Softmax",
    "log_softmax": "LogSoftmax",
    "flatten": "Flatten",
    "view": "Flatten",
    "reshape": "Flatten",
    "squeeze": "Flatten",
    "pad": "Pad",
    "mean": "Mean",
    "cat": "Concat",
    "concat": "Concat",
    **dict.fromkeys(("add", "iadd", "radd"), "Add"),
    **dict.fromkeys(("sub", "isub", "rsub"), "Subtract"),
    **dict.fromkeys(("mul", "imul", "rmul"), "Multiply"),
    **dict.fromkeys(("truediv", "itruediv", "rtruediv", "div"), "Divide"),
}

SHORT_NAMES = {
    "MaxPool2d": "pool",
    "AvgPool2d": "pool",
    "AdaptiveAvgPool2d": "pool",
    "AdaptiveMaxPool2d": "pool",
}

WINDOWED = frozenset(("Conv2d", "MaxPool2d", "AvgPool2d", "Pad", "ZeroPad2d"))
MERGING = frozenset(("Add", "Subtract", "Multiply", "Divide", "Concat"))
RECTIFYING = frozenset(("ReLU", "ReLU6"))
ACTIVATIONS = RECTIFYING | {
    *("LeakyReLU", "ELU", "GELU", "SiLU", "Hardswish", "Hardsigmoid", "Softplus"),
    *("Sigmoid", "Tanh", "Abs", "Clamp", "Neg", "Softmax", "LogSoftmax"),
}
PASSING = frozenset(("Identity", "Dropout", "Dropout1d", "Dropout2d", "AlphaDropout"))
NORMALISING = frozenset(("BatchNorm1d", "BatchNorm2d"))
POINTWISE = ACTIVATIONS | PASSING | NORMALISING | {"LocalResponseNorm"}
POOLING_TO_SIZE = frozenset(("AdaptiveAvgPool2d", "AdaptiveMaxPool2d"))
NORMALISING_WHOLE = frozenset(("LayerNorm", "GroupNorm", "InstanceNorm2d"))

# Arguments behind the input, in the order of the function's signature.
_POOL = ("kernel_size", "stride", "padding")
PARAMETERS: dict[str, tuple[str, ...]] = {
    "Conv2d": ("weight", "bias", "stride", "padding", "dilation", "groups"),
    "MaxPool2d": (*_POOL, "dilation", "ceil_mode"),
    "AvgPool2d": (*_POOL, "ceil_mode", "count_include_pad", "divisor_override"),
    "AdaptiveAvgPool2d": ("output_size",),
    "AdaptiveMaxPool2d": ("output_size",),
    "BatchNorm2d": ("running_mean", "running_var", "weight", "bias", "training", "momentum", "eps"),
    "Softmax": ("dim",),
    "LogSoftmax": ("dim",),
    "Concat": ("dim",),
    "Pad": ("pad", "mode"),
    "Mean": ("dim", "keepdim"),
}


def kind_of_call(node: fx.Node) -> str:
    """Name of the module class that does what an fx function or method node does: F.relu_ -> "ReLU"."""
    target: Any = node.target
    if target is operator.getitem:
        return "Getitem"
    name = target if isinstance(target, str) else getattr(target, "__name__", str(target))
    plain = name.strip("_")
    return _KINDS.get(plain, plain)


@dataclass(frozen=True)
class Window:
    """Where the windows of a convolution or pooling lie, (vertical, horizontal) each.

    Attributes:
        kernel_size, stride, dilation: whole numbers.
        padding: ((top, bottom), (left, right)) ghost pixels; rows and columns that ``ceil_mode`` adds are not
            among them.
        padding_mode: what the ghost pixels hold; pooling never reads them.
        groups: the channels of one group only see each other; 0: each channel sees itself (pooling).
    """

    kernel_size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    dilation: tuple[int, int]
    padding_mode: str = "zeros"
    groups: int = 0

    def taps(self, axis: int, position: int) -> list[int]:
        """Input positions, ghosts below 0 or beyond the end, under the kernel at an output position."""
        first = position * self.stride[axis] - self.padding[axis][0]
        return [first + tap * self.dilation[axis] for tap in range(self.kernel_size[axis])]


def _pair(value: Any) -> tuple[int, int]:
    """PyTorch's own rule: one number for both axes, or one each."""
    values = (value,) if isinstance(value, int) else tuple(value)
    return (int(values[0]), int(values[-1]))


def window(settings: dict[str, Any], before: torch.Size, after: tuple[int, ...]) -> Window | None:
    """The windows of a layer with PyTorch's arguments; None unless input and output have two spatial axes."""
    if len(before) != 2 or len(after) != 2:
        return None
    if "kernel_size" not in settings:
        return _padding(settings)
    kernel_size = _pair(settings["kernel_size"])
    stride, dilation = settings.get("stride"), _pair(settings.get("dilation", 1))
    convolution = "groups" in settings or "weight" in settings
    default = 1 if convolution else kernel_size
    padding = settings.get("padding", 0)
    if padding == "same":
        totals = [d * (k - 1) for k, d in zip(kernel_size, dilation, strict=True)]
        amounts = [(total // 2, total - total // 2) for total in totals]
    else:
        amounts = [(p, p) for p in _pair(0 if padding == "valid" else padding)]
    return Window(
        kernel_size=kernel_size,
        stride=_pair(default if stride in (None, [], ()) else stride),
        padding=(amounts[0], amounts[1]),
        dilation=dilation,
        padding_mode=settings.get("padding_mode", "zeros"),
        groups=settings.get("groups", 1) if convolution else 0,
    )


def _padding(settings: dict[str, Any]) -> Window:
    """``F.pad`` and ``nn.ZeroPad2d`` as windows of one pixel; amounts are (left, right, top, bottom)."""
    amounts = tuple(settings["pad"] if "pad" in settings else settings["padding"])
    left, right, top, bottom = (*amounts, 0, 0)[:4]
    mode = settings.get("mode", "constant")
    ghosts = ((top, bottom), (left, right))
    return Window((1, 1), (1, 1), ghosts, (1, 1), "zeros" if mode == "constant" else mode)
