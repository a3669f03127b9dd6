"""The convolution itself: its settings, where its windows lie, what size comes out, the layer that does it.

Chapter 8.2 and https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

import torch
import torch.nn.functional as F
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from convlab.convolution import kernels, padding
from convlab.convolution.padding import PaddingMode
from convlab.errors import N_, UserError

Activation = Literal["none", "relu", "tanh", "abs"]
Step = Annotated[int, Field(ge=1, le=4)]
Bias = Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False)]

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "abs": torch.abs,
}


class ConvSettings(BaseModel):
    """How a kernel is laid over a picture; the names are ``nn.Conv2d``'s.

    Attributes:
        padding: ghost pixels on every side, 0..3, or "same": as many as keep the size (stride 1 only).
        padding_mode: what the ghost pixels hold.
        stride, dilation: 1..4, the same along both axes.
        bias: added to every sum, within +-1000.
        activation: what happens to the sum afterwards.
        flip: turn the kernel by half a turn first, the mathematician's convolution (chapter 8, footnote 1).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    padding: Annotated[int, Field(ge=0, le=3)] | Literal["same"] = 0
    padding_mode: PaddingMode = "zeros"
    stride: Step = 1
    dilation: Step = 1
    bias: Bias = 0.0
    activation: Activation = "none"
    flip: bool = False


def padding_amounts(kernel_size: tuple[int, int], settings: ConvSettings) -> tuple[int, int, int, int]:
    """Ghost pixels (left, right, top, bottom), in the order of ``F.pad``."""
    if settings.padding != "same":
        return (settings.padding,) * 4
    (top, bottom), (left, right) = (padding.same(k, settings.dilation) for k in kernel_size)
    return left, right, top, bottom


def output_size(n: int, k: int, pad_before: int, pad_after: int, stride: int, dilation: int) -> int:
    """Windows along one axis: floor((n + padding - dilation*(k-1) - 1) / stride) + 1 (chapter 8.2.1)."""
    return (n + pad_before + pad_after - dilation * (k - 1) - 1) // stride + 1


def formula(n: int, k: int, pad_before: int, pad_after: int, stride: int, dilation: int) -> str:
    """``output_size`` with its numbers filled in: "floor((32 + 1 + 1 - 1*(3-1) - 1)/1) + 1 = 32"."""
    size = output_size(n, k, pad_before, pad_after, stride, dilation)
    return f"floor(({n} + {pad_before} + {pad_after} - {dilation}*({k}-1) - 1)/{stride}) + 1 = {size}"


def ignored(n: int, k: int, pad_before: int, pad_after: int, stride: int, dilation: int) -> int:
    """Padded positions at an axis's end that no window reaches as the stride does not divide: 0..stride-1."""
    return (n + pad_before + pad_after - dilation * (k - 1) - 1) % stride


@dataclass(frozen=True)
class Geometry:
    """Where the windows of one convolution lie; all in pixels, plain numbers that JSON can carry.

    Attributes:
        kernel_size: (kh, kw).
        padding: (left, right, top, bottom).
        rows, cols: the input row or column that each padded one shows, or -1. Tap a of output row r reads
            padded row r*stride + a*dilation.
        ignored_rows, ignored_cols: padded rows and columns at the end that no window reaches.
    """

    height: int
    width: int
    kernel_size: tuple[int, int]
    stride: int
    dilation: int
    padding: tuple[int, int, int, int]
    rows: tuple[int, ...]
    cols: tuple[int, ...]
    out_height: int
    out_width: int
    ignored_rows: int
    ignored_cols: int

    def window_rows(self, row: int) -> list[int]:
        """Input rows, or -1, under the kh rows of the kernel at output row ``row``."""
        return [self.rows[row * self.stride + a * self.dilation] for a in range(self.kernel_size[0])]

    def window_cols(self, col: int) -> list[int]:
        """Input columns, or -1, under the kw columns of the kernel at output column ``col``."""
        return [self.cols[col * self.stride + b * self.dilation] for b in range(self.kernel_size[1])]

    def place(self, row: int, col: int) -> tuple[float, float]:
        """Where an output pixel lies: its window's middle, as shares of the picture's height and width."""
        left, _, top, _ = self.padding
        return self._middle(row, 0, top) / self.height, self._middle(col, 1, left) / self.width

    def _middle(self, at: int, axis: int, before: int) -> float:
        return at * self.stride + self.dilation * (self.kernel_size[axis] - 1) / 2 - before + 0.5

    def nearest(self, y: float, x: float) -> tuple[int, int]:
        """The output pixel whose window lies nearest to a place of the picture; the reverse of ``place``."""
        left, _, top, _ = self.padding
        row = math.floor((y * self.height - self._middle(0, 0, top)) / self.stride + 0.5)
        col = math.floor((x * self.width - self._middle(0, 1, left)) / self.stride + 0.5)
        return min(max(row, 0), self.out_height - 1), min(max(col, 0), self.out_width - 1)

    def feeds(self, row: int, col: int) -> list[tuple[int, int]]:
        """All output pixels (row, col) whose window holds the input pixel, in reading order."""
        if row < 0 or col < 0:
            return []
        rows = [r for r in range(self.out_height) if row in self.window_rows(r)]
        cols = [c for c in range(self.out_width) if col in self.window_cols(c)]
        return [(r, c) for r in rows for c in cols]


@lru_cache(maxsize=256)
def geometry(height: int, width: int, kernel_size: tuple[int, int], settings: ConvSettings) -> Geometry:
    """Lay a kernel over a picture of height x width.

    Raises UserError for "same" with a stride, ghost pixels that the mode cannot fill, too large a kernel.
    """
    if settings.padding == "same" and settings.stride != 1:
        raise UserError(
            N_("padding='same' works with stride 1 only: set stride to 1 or padding to a number.")
        )
    left, right, top, bottom = padding_amounts(kernel_size, settings)
    vertical = (height, kernel_size[0], top, bottom, settings.stride, settings.dilation)
    horizontal = (width, kernel_size[1], left, right, settings.stride, settings.dilation)
    for n, k, before, after, _, dilation in (vertical, horizontal):
        _check_axis(n, k, before, after, dilation, settings.padding_mode)
    return Geometry(
        height=height,
        width=width,
        kernel_size=kernel_size,
        stride=settings.stride,
        dilation=settings.dilation,
        padding=(left, right, top, bottom),
        rows=_shown(height, top, bottom, settings),
        cols=_shown(width, left, right, settings),
        out_height=output_size(*vertical),
        out_width=output_size(*horizontal),
        ignored_rows=ignored(*vertical),
        ignored_cols=ignored(*horizontal),
    )


def _shown(n: int, before: int, after: int, settings: ConvSettings) -> tuple[int, ...]:
    return tuple(padding.shown(i, n, settings.padding_mode) for i in range(-before, n + after))


def _check_axis(n: int, k: int, before: int, after: int, dilation: int, mode: PaddingMode) -> None:
    most, size, extent = max(before, after), n + before + after, dilation * (k - 1) + 1
    if (mode == "reflect" and most >= n) or (mode == "circular" and most > n):
        message = N_(
            "{mode} padding cannot make {most} ghost pixels from {n}: pad less or use a larger picture."
        )
        raise UserError(message, mode=mode, most=most, n=n)
    if extent > size:
        message = N_(
            "The kernel spans {extent} pixels, the padded picture {size}: shrink the kernel or pad more."
        )
        raise UserError(message, extent=extent, size=size)


def effective_kernel(kernel: Tensor, in_channels: int, settings: ConvSettings) -> Tensor:
    """The weights as the layer holds them: float32 [in_channels, kh, kw], flipped if the settings say so."""
    weights = kernels.per_channel(kernels.check(kernel), in_channels)
    return kernels.flip(weights) if settings.flip else weights


def conv_arguments(kernel: Tensor, in_channels: int, settings: ConvSettings) -> dict[str, Any]:
    """What ``nn.Conv2d`` is called with, less what it takes by default."""
    own = {name: getattr(settings, name) for name in ("stride", "padding", "dilation", "padding_mode")}
    usual = {name: ConvSettings.model_fields[name].default for name in own}
    return {
        "in_channels": in_channels,
        "out_channels": 1,
        "kernel_size": tuple(kernel.shape[1:]),
        **{name: value for name, value in own.items() if value != usual[name]},
    }


class _Unset(nn.Conv2d):
    """``nn.Conv2d`` with weights set by hand; ``nn.utils.skip_init`` would import for half a second."""

    def reset_parameters(self) -> None:
        """Draw no random numbers."""


def filled(arguments: dict[str, Any], weight: Tensor, bias: Tensor | float) -> nn.Conv2d:
    """The layer that ``nn.Conv2d(**arguments)`` makes, with this weight and bias.

    Built without the usual random start, so that no one else's random numbers change.
    """
    conv = _Unset(**arguments)
    assert conv.bias is not None
    with torch.no_grad():
        conv.weight[:] = weight
        conv.bias[:] = bias
    return conv


def layer(kernel: Tensor, in_channels: int, settings: ConvSettings) -> nn.Conv2d:
    """The convolution as a layer with one output channel; the activation is not part of it."""
    arguments = conv_arguments(kernel, in_channels, settings)
    return filled(arguments, effective_kernel(kernel, in_channels, settings), settings.bias)


def pre_activation(image: Tensor, kernel: Tensor, settings: ConvSettings) -> Tensor:
    """Weighted sums plus bias of float32 [C, H, W] under a kernel [1 or C, kh, kw].

    float32 [H_out, W_out], without gradient; UserError if kernel and settings do not fit the picture.
    """
    channels, height, width = image.shape
    _, kh, kw = kernels.check(kernel).shape
    geometry(height, width, (kh, kw), settings)
    conv = layer(kernel, channels, settings)
    with torch.no_grad():
        output: Tensor = conv(image.unsqueeze(0))
    return output[0, 0]


def padded(image: Tensor, place: Geometry, padding_mode: PaddingMode) -> Tensor:
    """The picture [C, H, W] with its ghost pixels around it."""
    mode = "constant" if padding_mode == "zeros" else padding_mode
    return F.pad(image.unsqueeze(0), place.padding, mode=mode)[0]


def patches(image: Tensor, kernel_size: tuple[int, int], settings: ConvSettings) -> Tensor:
    """What each tap of a kernel meets at each place: float32 [C, kh, kw, H_out, W_out], ghost pixels too.

    The picture is [C, H, W]; UserError if the settings do not fit it.
    """
    place = geometry(image.shape[1], image.shape[2], kernel_size, settings)
    ringed = padded(image, place, settings.padding_mode)
    flat = F.unfold(ringed, kernel_size, dilation=settings.dilation, stride=settings.stride)
    return flat.reshape(len(image), *kernel_size, place.out_height, place.out_width)


def activate(output: Tensor, activation: Activation) -> Tensor:
    """Apply a named activation, element by element."""
    return output if activation == "none" else ACTIVATIONS[activation](output)


def convolve(image: Tensor, kernel: Tensor, settings: ConvSettings) -> Tensor:
    """The feature map: ``pre_activation``, then the activation. Same arguments, shapes and errors."""
    return activate(pre_activation(image, kernel, settings), settings.activation)


@dataclass(frozen=True)
class ParameterCount:
    """Parameters of a convolution beside those of the dense layer that could do the same map."""

    conv_weights: int
    conv_biases: int
    dense_weights: int
    dense_biases: int

    @property
    def conv(self) -> int:
        """Weights and bias of the convolution."""
        return self.conv_weights + self.conv_biases

    @property
    def dense(self) -> int:
        """Weights and biases of the dense layer."""
        return self.dense_weights + self.dense_biases

    @property
    def ratio(self) -> float:
        """How many times more the dense layer has."""
        return self.dense / self.conv


def parameter_count(in_channels: int, shape: Geometry) -> ParameterCount:
    """Count for one output channel; only the dense layer's numbers depend on the picture's size."""
    outputs = shape.out_height * shape.out_width
    return ParameterCount(
        conv_weights=in_channels * math.prod(shape.kernel_size),
        conv_biases=1,
        dense_weights=in_channels * shape.height * shape.width * outputs,
        dense_biases=outputs,
    )
