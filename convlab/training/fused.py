"""Steps of autograd that are faster than PyTorch's own on a CPU, and equal but for rounding.

A 2x2 max pool and the activation behind it: PyTorch writes the place of every maximum as a 64-bit number.
Here pairs are compared, whole rows at a time, and the pool's own input becomes the mask of the winners, then
the gradient: no memory is asked for. A convolution: oneDNN adds up the bias's gradient beside the weights',
on one thread only, and that takes longer than all the rest; here it is a sum of its own, and behind a pool a
sum of a quarter of the values, as a pool hands each gradient to one of four.
"""

import platform
from functools import cache
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from convlab.convolution.conv2d import output_size

MIN_CHANNELS = 8  # measured: with fewer, PyTorch's pool is as fast
_NONE = [0, 0]  # the output padding of a convolution that is not transposed


def conv2d(x: Tensor, weight: Tensor, bias: Tensor, *how: Any) -> Tensor:
    """``torch.nn.functional.conv2d`` of maps [N, C, H, W]; ``how``: stride, padding, dilation, groups.

    The first three are (rows, columns); the padding is zeros.
    """
    if x.device.type != "cpu":
        return F.conv2d(x, weight, bias, *how)
    return _Conv2d.apply(x, weight, bias, *how)  # type: ignore[no-any-return]


def conv2d_pooled(x: Tensor, weight: Tensor, bias: Tensor, activation: str, *how: Any) -> Tensor:
    """``pooled(conv2d(x, weight, bias, *how), activation)`` in one step."""
    height, width = (
        output_size(n, k, pad, pad, stride, dilation)
        for n, k, stride, pad, dilation in zip(x.shape[2:], weight.shape[2:], *how[:3], strict=True)
    )
    if _suits(x, len(weight), height, width):
        return _ConvPool.apply(x, weight, bias, activation, how)  # type: ignore[no-any-return]
    return pooled(conv2d(x, weight, bias, *how), activation)


def pooled(x: Tensor, activation: str) -> Tensor:
    """``max_pool2d(x, 2)``, behind it "tanh", "relu" or "", nothing; nobody else reads x [N, C, H, W]."""
    if _suits(x, *x.shape[1:]):
        return _Pool.apply(x, activation)  # type: ignore[no-any-return]
    halved = F.max_pool2d(x, 2)
    if activation != "tanh":
        return torch.relu(halved) if activation else halved
    return _Tanh.apply(halved) if x.device.type == "cpu" else torch.tanh(halved)


def _suits(x: Tensor, channels: int, height: int, width: int) -> bool:
    """Whether the pool of maps of this size, which are x or made from it, is quicker here."""
    ready = x.device.type == "cpu" and x.is_contiguous(memory_format=torch.channels_last)
    return ready and channels >= MIN_CHANNELS and height % 2 == 0 and width % 2 == 0


def _tanh_(x: Tensor) -> Tensor:
    """In place, in the way that is quicker on this processor.

    Measured: PyTorch's own takes half as long on an Intel Xeon, where MKL does it, and more than twice as
    long on an AMD EPYC. The maker decides, not a clock: a run that another process goes on with rounds alike.
    """
    return x.tanh_() if _is_intel() else _by_logistic_(x)


@cache
def _is_intel() -> bool:
    try:
        return "GenuineIntel" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:  # not on Linux
        return "GenuineIntel" in platform.processor()


def _by_logistic_(x: Tensor) -> Tensor:
    return x.mul_(2).sigmoid_().mul_(2).sub_(1)


_ACTIVATIONS: dict[str, tuple[Any, Any]] = {  # in place, and (gradient, result) -> gradient
    "tanh": (_tanh_, torch.ops.aten.tanh_backward),
    "relu": (torch.relu_, lambda gradient, result: torch.ops.aten.threshold_backward(gradient, result, 0)),
    "": (lambda x: x, lambda gradient, result: gradient),
}


class _Tanh(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.result = _tanh_(x.clone())
        return ctx.result  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return torch.ops.aten.tanh_backward(gradients[0], ctx.result)  # type: ignore[no-any-return]


class _Pool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, activation: str) -> Tensor:
        return _pool(ctx, x, activation)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return _unpool(ctx, _before_activation(ctx, gradients[0])), None


class _Conv2d(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, *how: Any) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.how = how
        return F.conv2d(x, weight, bias, *how)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (maps,) = gradients
        if maps.is_contiguous(memory_format=torch.channels_last):  # in two steps, which threads share better
            to_bias = maps.permute(0, 2, 3, 1).flatten(1).sum(0).view(-1, maps.shape[1]).sum(0)
        else:
            to_bias = maps.sum((0, 2, 3))
        return *_convolution_backward(ctx, maps), to_bias, None, None, None, None


class _ConvPool(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, activation: str, how: Any) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.how = how
        return _pool(ctx, F.conv2d(x, weight, bias, *how), activation)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        gradient = _before_activation(ctx, gradients[0])
        to_bias = gradient.view(len(ctx.saved_tensors[0]), -1).sum(0).view(-1, ctx.shape[3]).sum(0)
        return *_convolution_backward(ctx, _unpool(ctx, gradient)), to_bias, None, None


def _convolution_backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """The gradients of a convolution's maps and weights, as far as they are asked for; not the bias's."""
    (x, weight), (stride, padding, dilation, groups) = ctx.saved_tensors, ctx.how
    wanted = [*ctx.needs_input_grad[:2], False]
    to_x, to_weight, _ = torch.ops.aten.convolution_backward(
        gradient, x, weight, None, stride, padding, dilation, False, _NONE, groups, wanted
    )
    return to_x, to_weight


def _pool(ctx: Any, x: Tensor, activation: str) -> Tensor:
    """The activated maxima; ctx gets x and views of it, now the winners' mask: of equals the first."""
    n, channels, height, width = x.shape
    ctx.shape = (n, height // 2, width // 2, channels)
    pairs, rows, row = n * height * width // 2, n * height // 2, width // 2 * channels
    left = x.as_strided((pairs, channels), (2 * channels, 1))
    right = x.as_strided((pairs, channels), (2 * channels, 1), x.storage_offset() + channels)
    columns = torch.maximum(left, right)  # [N * H * W/2, C]
    top = columns.as_strided((rows, row), (2 * row, 1))
    bottom = columns.as_strided((rows, row), (2 * row, 1), row)
    best = torch.maximum(top, bottom)  # [N * H/2, W/2 * C]
    if any(ctx.needs_input_grad):
        left.ge_(right)
        top.ge_(bottom)
        ctx.views = x, left, right, columns, top, bottom
    activate, ctx.activation_backward = _ACTIVATIONS[activation]
    ctx.best = activate(best)
    return ctx.best.view(ctx.shape).permute(0, 3, 1, 2)  # type: ignore[no-any-return]


def _before_activation(ctx: Any, gradient: Tensor) -> Tensor:
    """The gradient of the maxima, [N * H/2, W/2 * C]."""
    flat = gradient.permute(0, 2, 3, 1).reshape(ctx.best.shape)
    return ctx.activation_backward(flat, ctx.best)  # type: ignore[no-any-return]


def _unpool(ctx: Any, gradient: Tensor) -> Tensor:
    """The gradient of ``_pool``'s input, written over it; once only."""
    x, left, right, columns, top, bottom = ctx.views
    del ctx.views
    torch.sub(gradient, torch.mul(gradient, top, out=top), out=bottom)
    torch.sub(columns, torch.mul(columns, left, out=left), out=right)
    return x  # type: ignore[no-any-return]
