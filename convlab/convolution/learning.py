"""Find a kernel by gradient descent from what it does to a picture (chapter 8.2.2, figure 8.6).

The picture is standardised first, as the chapter does with its data set: a photograph's mean brightness would
otherwise be so steep a direction of the loss that 200 steps leave the others almost where they started
(steepest over flattest direction for a grey photograph of 64 px: 1,400 to 4,300 before, 200 to 340 after).
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from convlab.convolution import conv2d, kernels
from convlab.convolution.conv2d import ConvSettings, geometry, layer
from convlab.convolution.gradient import curvature
from convlab.errors import check_range

LR_RANGE = (1e-4, 100.0)
MAX_STEPS = 500
MAX_MOMENTUM = 0.99
SMALLEST_STD = 1e-3  # a flat channel has no spread to divide by


@dataclass(frozen=True)
class Trajectory:
    """A kernel on its way.

    Attributes:
        kernels: float32 [S + 1, C, kh, kw], the random start first.
        losses: float32 [S + 1], mean squared difference that each kernel leaves.
        target: float32 [C, kh, kw], what the kernels should become.
        diverged_at: the step after which the loss was not finite (the trajectory ends before it), else None.
    """

    kernels: Tensor
    losses: Tensor
    target: Tensor
    diverged_at: int | None


def standardise(image: Tensor) -> Tensor:
    """Give every channel of float32 [C, H, W] mean 0 and standard deviation 1; a flat one becomes about 0."""
    std = image.std((1, 2), keepdim=True).clamp(min=SMALLEST_STD)
    return (image - image.mean((1, 2), keepdim=True)) / std


def learn(
    image: Tensor,
    target: Tensor,
    settings: ConvSettings,
    lr: float,
    steps: int,
    seed: int,
    momentum: float = 0.0,
) -> Trajectory:
    """Plain ``torch.optim.SGD`` on the mean squared difference from what the target kernel puts out.

    The whole picture is one batch, so a step has no randomness. Outputs are compared before the activation
    and with bias 0: only the kernel is unknown. One kernel for all channels is learned as one, on the sum
    of the channels (which is the same map); a kernel per channel as one per channel. The start is drawn as
    ``nn.Conv2d`` draws it, from a generator of its own. Equal arguments give equal bits.

    Args:
        image: float32 [C, H, W], standardised here.
        target: [1 or C, kh, kw].
        settings: of which bias and activation do not count; UserError if they do not fit the picture.
        lr, steps, momentum: 1e-4..100 (see ``largest_stable_lr``), 1..500 and 0..0.99, else UserError.
        seed: of the random start.
    """
    check_range("lr", lr, *LR_RANGE)
    check_range("steps", steps, 1, MAX_STEPS)
    check_range("momentum", momentum, 0, MAX_MOMENTUM)
    inputs, plain = _problem(image, target, settings)
    conv = layer(target, len(inputs), plain).requires_grad_(False)
    wanted = conv(inputs.unsqueeze(0))
    bound = 1 / math.sqrt(conv.weight[0].numel())
    conv.weight.uniform_(-bound, bound, generator=torch.Generator().manual_seed(seed))
    conv.weight.requires_grad_(True)
    optimizer = torch.optim.SGD([conv.weight], lr=lr, momentum=momentum)
    weights: list[Tensor] = []
    losses: list[float] = []
    with torch.enable_grad():
        for _ in range(steps + 1):
            loss = F.mse_loss(conv(inputs.unsqueeze(0)), wanted)
            if not math.isfinite(loss.item()):
                break
            weights.append(conv.weight.detach()[0].clone())
            losses.append(loss.item())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    path = torch.stack(weights)
    return Trajectory(
        kernels=path.flip(2, 3) if settings.flip else path,
        losses=torch.tensor(losses),
        target=target,
        diverged_at=len(losses) if len(losses) <= steps else None,
    )


def largest_stable_lr(image: Tensor, target: Tensor, settings: ConvSettings, momentum: float = 0.0) -> float:
    """The learning rate above which ``learn`` must diverge, in the long run, from almost every start.

    The loss is quadratic. Steps along its steepest direction grow when lr > 2 * (1 + momentum) / (largest
    eigenvalue of its Hessian, see ``gradient.curvature``).
    """
    inputs, plain = _problem(image, target, settings)
    steepest = curvature(conv2d.patches(inputs, (target.shape[1], target.shape[2]), plain))
    return 2 * (1 + momentum) / steepest if steepest > 0 else math.inf


def sensible_lr(image: Tensor, target: Tensor, settings: ConvSettings, momentum: float = 0.0) -> float:
    """Where to start: 0.9 of ``largest_stable_lr``, 0.5 with momentum; two digits, within LR_RANGE."""
    share = 0.5 if momentum else 0.9
    wanted = share * largest_stable_lr(image, target, settings)
    return min(max(float(f"{wanted:.1e}"), LR_RANGE[0]), LR_RANGE[1])


def _problem(image: Tensor, target: Tensor, settings: ConvSettings) -> tuple[Tensor, ConvSettings]:
    """The picture as it is learned from, and the settings less bias and activation."""
    channels, height, width = image.shape
    kernels.per_channel(kernels.check(target), channels)
    geometry(height, width, (target.shape[1], target.shape[2]), settings)
    inputs = standardise(image)
    if target.shape[0] == 1:
        inputs = inputs.sum(0, keepdim=True)
    return inputs, settings.model_copy(update={"bias": 0.0, "activation": "none"})
