"""The gradient of a kernel as a sum over all places of the picture (chapter 8.1.1).

A weight is used at every place, so the loss depends on it through every output pixel. What one place adds is
the loss's derivative by the output there times the pixel that the weight meets there; the sum over all places
is what ``loss.backward()`` puts into ``conv.weight.grad``.

https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html,
https://docs.pytorch.org/docs/stable/generated/torch.nn.MSELoss.html and
https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from convlab.convolution import conv2d, kernels
from convlab.convolution.conv2d import ConvSettings
from convlab.errors import N_, UserError

_SLOPES: dict[str, Callable[[Tensor], Tensor]] = {
    "none": torch.ones_like,
    "relu": lambda sums: (sums > 0).float(),
    "tanh": lambda sums: 1 - torch.tanh(sums) ** 2,
    "abs": torch.sign,
}


@dataclass(frozen=True)
class Gradient:
    """How the loss depends on a kernel, place by place.

    Attributes:
        loss: mean squared difference between output and target.
        output, target: float32 [H_out, W_out], after the activation.
        upstream: float32 [H_out, W_out], dL/dy, where y is what ``nn.Conv2d`` puts out before the activation.
        met: float32 [1 or C, kh, kw, H_out, W_out], the pixel that each weight meets at each place.
    """

    loss: float
    output: Tensor
    target: Tensor
    upstream: Tensor
    met: Tensor

    @property
    def contributions(self) -> Tensor:
        """What each place adds to each weight's gradient; shaped as ``met``."""
        return self.met * self.upstream

    @property
    def weight(self) -> Tensor:
        """The gradient of the kernel, float32 [1 or C, kh, kw]: its contributions added up."""
        return self.contributions.sum((-2, -1), dtype=torch.float64).float()

    @property
    def bias(self) -> float:
        """The gradient of the bias: it meets a 1 at every place, so dL/dy alone is added up."""
        return float(self.upstream.sum(dtype=torch.float64))


def inputs(image: Tensor, kernel: Tensor) -> Tensor:
    """What the kernel's weights meet: float32 [C, H, W], or [1, H, W] for one kernel on all channels.

    That one works on the sum of the channels, which makes the same map.
    """
    kernels.per_channel(kernels.check(kernel), len(image))
    return image.sum(0, keepdim=True) if len(kernel) < len(image) else image


def gradient(image: Tensor, kernel: Tensor, target: Tensor, settings: ConvSettings) -> Gradient:
    """The gradient of the mean squared difference to what the target kernel puts out, under equal settings.

    The picture is float32 [C, H, W]; kernel and target are both [1, kh, kw] or both [C, kh, kw]. The target's
    output is a constant. Raises UserError where kernel and settings do not fit the picture.
    """
    met_by = inputs(image, kernel)
    wanted = conv2d.convolve(met_by, target, settings)
    sums = conv2d.pre_activation(met_by, kernel, settings)
    output = conv2d.activate(sums, settings.activation)
    met = conv2d.patches(met_by, (kernel.shape[1], kernel.shape[2]), settings)
    return Gradient(
        loss=float(F.mse_loss(output, wanted)),
        output=output,
        target=wanted,
        upstream=2 * (output - wanted) / output.numel() * _SLOPES[settings.activation](sums),
        met=met.flip(1, 2) if settings.flip else met,
    )


def loss(image: Tensor, kernel: Tensor, target: Tensor, settings: ConvSettings) -> float:
    """The loss alone; arguments and errors as ``gradient``."""
    output, wanted = (conv2d.convolve(inputs(image, kernel), one, settings) for one in (kernel, target))
    return float(F.mse_loss(output, wanted))


def stepped(kernel: Tensor, found: Gradient, rate: float) -> Tensor:
    """The kernel after one step of plain SGD, w - rate * gradient; the bias is left alone.

    Raises UserError where a weight would leave -1000..1000.
    """
    after = torch.add(kernel, found.weight, alpha=-rate)
    if not bool((after.abs() <= kernels.MAX_WEIGHT).all()):
        message = N_("A step of rate {rate} takes a weight beyond {limit}: choose a smaller rate.")
        raise UserError(message, rate=f"{rate:g}", limit=int(kernels.MAX_WEIGHT))
    return after


def curvature(met: Tensor) -> float:
    """How fast the loss's slope grows along its steepest direction, without an activation.

    It is the largest eigenvalue of the Hessian, which is 2/N times the products of what the weights meet at
    the N places with each other; ``met`` as in ``Gradient``.
    """
    flat = met.flatten(0, 2).flatten(1).double()
    return float(torch.linalg.eigvalsh(flat @ flat.T * (2 / flat.shape[1]))[-1])


def safe_rate(met: Tensor) -> float:
    """A rate for ``stepped`` that never raises the loss, where there is no activation: 1 over the curvature.

    Two digits, within 1e-4 and 100.
    """
    steepest = curvature(met)
    wanted = 1 / steepest if steepest > 0 else math.inf
    return min(max(float(f"{wanted:.1e}"), 1e-4), 100.0)
