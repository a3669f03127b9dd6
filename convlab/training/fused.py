"""Steps of autograd that are faster than PyTorch's own on a CPU, and equal but for rounding.

A 2x2 max pool and the activation behind it: PyTorch writes the place of every maximum as a 64-bit number.
Here pairs are compared, whole rows at a time, and the pool's own input becomes the mask of the winners, then
the gradient: no memory is asked for. A convolution: oneDNN adds up the bias's gradient beside the weights',
on one thread only, and that takes longer than all the rest; here it is a sum of its own.
"""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

MIN_CHANNELS = 8  # measured: with fewer, PyTorch's pool is as fast
_NONE = [0, 0]  # the output padding of a convolution that is not transposed


def conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor,
    stride: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
    groups: int,
) -> Tensor:
    """``torch.nn.functional.conv2d`` of maps [N, C, H, W], filled up with zeros."""
    if x.device.type != "cpu":
        return F.conv2d(x, weight, bias, stride, padding, dilation, groups)
    return _Conv2d.apply(x, weight, bias, stride, padding, dilation, groups)  # type: ignore[no-any-return]


class _Conv2d(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, *how: Any) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.how = how
        return F.conv2d(x, weight, bias, *how)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        (gradient,), (x, weight) = gradients, ctx.saved_tensors
        stride, padding, dilation, groups = ctx.how
        needs_x, needs_weight, needs_bias, *_ = ctx.needs_input_grad
        to_x, to_weight, _ = torch.ops.aten.convolution_backward(
            gradient, x, weight, None, stride, padding, dilation, False, _NONE, groups,
            [needs_x, needs_weight, False],
        )  # fmt: skip
        to_bias = _per_channel(gradient) if needs_bias else None
        return to_x, to_weight, to_bias, None, None, None, None


def _per_channel(maps: Tensor) -> Tensor:
    """The sums of [N, C, H, W] over all but C; in two steps, which threads share better than one."""
    if not maps.is_contiguous(memory_format=torch.channels_last):
        return maps.sum((0, 2, 3))
    return maps.permute(0, 2, 3, 1).flatten(1).sum(0).view(-1, maps.shape[1]).sum(0)


def pooled_tanh(x: Tensor) -> Tensor:
    """``tanh(max_pool2d(x, 2))`` of maps [N, C, H, W] that nobody else reads: they may be overwritten."""
    if x.device.type != "cpu":
        return torch.tanh(F.max_pool2d(x, 2))
    return _PooledTanh.apply(x) if _suits(x) else _tanh(F.max_pool2d(x, 2))


def pooled_relu(x: Tensor) -> Tensor:
    """``relu(max_pool2d(x, 2))`` of maps [N, C, H, W] that nobody else reads: they may be overwritten."""
    return _PooledReLU.apply(x) if _suits(x) else torch.relu(F.max_pool2d(x, 2))


def _suits(x: Tensor) -> bool:
    _, channels, height, width = x.shape
    even = height % 2 == 0 and width % 2 == 0
    ready = x.device.type == "cpu" and x.is_contiguous(memory_format=torch.channels_last)
    return channels >= MIN_CHANNELS and even and ready


def _tanh(x: Tensor) -> Tensor:
    return _Tanh.apply(x)  # type: ignore[no-any-return]


def _tanh_(x: Tensor) -> Tensor:
    """In place, by the logistic function: PyTorch's own tanh takes more than twice as long."""
    return x.mul_(2).sigmoid_().mul_(2).sub_(1)


class _Tanh(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.result = _tanh_(x.clone())
        return ctx.result  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return torch.ops.aten.tanh_backward(gradients[0], ctx.result)  # type: ignore[no-any-return]


class _PooledTanh(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.best = _tanh_(_pool(ctx, x))
        return ctx.best.view(ctx.shape).permute(0, 3, 1, 2)  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return _unpool(ctx, torch.ops.aten.tanh_backward(_flat(ctx, gradients[0]), ctx.best))


class _PooledReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.best = _pool(ctx, x).relu_()
        return ctx.best.view(ctx.shape).permute(0, 3, 1, 2)  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        return _unpool(ctx, torch.ops.aten.threshold_backward(_flat(ctx, gradients[0]), ctx.best, 0))


def _pool(ctx: Any, x: Tensor) -> Tensor:
    """Maxima [N * H/2, W/2 * C]; ctx gets x and views of it, now the winners' mask: of equals the first."""
    n, channels, height, width = x.shape
    ctx.shape = (n, height // 2, width // 2, channels)
    pairs, rows, row = n * height * width // 2, n * height // 2, width // 2 * channels
    left = x.as_strided((pairs, channels), (2 * channels, 1))
    right = x.as_strided((pairs, channels), (2 * channels, 1), x.storage_offset() + channels)
    columns = torch.maximum(left, right)  # [N * H * W/2, C]
    top = columns.as_strided((rows, row), (2 * row, 1))
    bottom = columns.as_strided((rows, row), (2 * row, 1), row)
    best = torch.maximum(top, bottom)
    if ctx.needs_input_grad[0]:
        left.ge_(right)
        top.ge_(bottom)
        ctx.views = x, left, right, columns, top, bottom
    return best


def _flat(ctx: Any, gradient: Tensor) -> Tensor:
    return gradient.permute(0, 2, 3, 1).reshape(ctx.best.shape)


def _unpool(ctx: Any, gradient: Tensor) -> Tensor:
    """The gradient of ``_pool``'s input, written over it; once only."""
    x, left, right, columns, top, bottom = ctx.views
    del ctx.views
    torch.sub(gradient, torch.mul(gradient, top, out=top), out=bottom)
    torch.sub(columns, torch.mul(columns, left, out=left), out=right)
    return x  # type: ignore[no-any-return]
