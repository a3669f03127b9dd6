"""Steps of autograd that are faster than PyTorch's own on a CPU, and equal but for rounding.

A 2x2 max pool and the activation behind it: PyTorch writes the place of every maximum as a 64-bit number.
Here pairs are compared, whole rows at a time, and the pool's own input becomes the mask of the winners, then
the gradient: no memory is asked for. A convolution: oneDNN adds up the bias's gradient beside the weights',
on one thread only, and that takes longer than all the rest; here it is a sum of its own, and behind a pool a
sum of a quarter of the values, as a pool hands each gradient to one of four.
"""

from collections.abc import Callable
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


def conv2d_pooled_tanh(x: Tensor, weight: Tensor, bias: Tensor, *how: Any) -> Tensor:
    """``pooled_tanh(conv2d(...))`` in one step; ``how`` is the rest of what ``conv2d`` takes."""
    if _pool_suits(x, weight, *how):
        return _ConvPool.apply(x, weight, bias, how, _tanh_, torch.ops.aten.tanh_backward)  # type: ignore[no-any-return]
    return pooled_tanh(conv2d(x, weight, bias, *how))


def conv2d_pooled_relu(x: Tensor, weight: Tensor, bias: Tensor, *how: Any) -> Tensor:
    """``pooled_relu(conv2d(...))`` in one step; ``how`` is the rest of what ``conv2d`` takes."""
    if _pool_suits(x, weight, *how):
        return _ConvPool.apply(x, weight, bias, how, torch.relu_, _relu_backward)  # type: ignore[no-any-return]
    return pooled_relu(conv2d(x, weight, bias, *how))


def _pool_suits(
    x: Tensor,
    weight: Tensor,
    stride: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
    *_: int,
) -> bool:
    """As ``_suits``, of the maps that a convolution will give."""
    sizes = zip(x.shape[2:], weight.shape[2:], stride, padding, dilation, strict=True)
    even = all((n + 2 * pad - apart * (k - 1) - 1) // step % 2 == 1 for n, k, step, pad, apart in sizes)
    ready = x.device.type == "cpu" and x.is_contiguous(memory_format=torch.channels_last)
    return len(weight) >= MIN_CHANNELS and even and ready


class _ConvPool(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor,
        bias: Tensor,
        how: Any,
        activate: Callable[[Tensor], Tensor],
        backward: Callable[[Tensor, Tensor], Tensor],
    ) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.how, ctx.activation_backward = how, backward
        ctx.best = activate(_pool(ctx, F.conv2d(x, weight, bias, *how)))
        return ctx.best.view(ctx.shape).permute(0, 3, 1, 2)  # type: ignore[no-any-return]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        gradient = ctx.activation_backward(_flat(ctx, gradients[0]), ctx.best)
        to_bias = gradient.view(len(ctx.saved_tensors[0]), -1).sum(0).view(-1, ctx.shape[3]).sum(0)
        to_x, to_weight = _convolution_backward(ctx, _unpool(ctx, gradient))
        return to_x, to_weight, to_bias, None, None, None


def _convolution_backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None]:
    """The gradients of a convolution's maps and weights, as far as they are asked for; not the bias's."""
    (x, weight), (stride, padding, dilation, groups) = ctx.saved_tensors, ctx.how
    wanted = [*ctx.needs_input_grad[:2], False]
    to_x, to_weight, _ = torch.ops.aten.convolution_backward(
        gradient, x, weight, None, stride, padding, dilation, False, _NONE, groups, wanted
    )
    return to_x, to_weight


def _relu_backward(gradient: Tensor, result: Tensor) -> Tensor:
    return torch.ops.aten.threshold_backward(gradient, result, 0)  # type: ignore[no-any-return]


class _Conv2d(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, *how: Any) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.how = how
        return F.conv2d(x, weight, bias, *how)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        to_x, to_weight = _convolution_backward(ctx, gradients[0])
        return to_x, to_weight, _per_channel(gradients[0]), None, None, None, None


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
        return _unpool(ctx, _relu_backward(_flat(ctx, gradients[0]), ctx.best))


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
    if any(ctx.needs_input_grad):
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
