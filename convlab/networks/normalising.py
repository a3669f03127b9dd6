"""Batch norm at work: statistics that move, eval() that freezes them, the bias that goes (8.5.2).

https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from convlab.networks.graph import stand_in


@dataclass(frozen=True, eq=False)
class Tracked:
    """A layer's statistics over S batches, float32 [S, C]: each batch's own, and the running ones behind it.

    The variances are the sample's, divided by n - 1, as PyTorch's running variance takes them.
    """

    batch_mean: Tensor
    batch_variance: Tensor
    running_mean: Tensor
    running_variance: Tensor


def track(layer: nn.BatchNorm2d, batches: Sequence[Tensor], frozen_from: int) -> Tracked:
    """Hand batches, float32 [N, C, H, W], to a layer, in train() up to batch ``frozen_from``, then in eval().

    The layer is changed.
    """
    found: list[tuple[Tensor, ...]] = []
    for n, batch in enumerate(batches):
        layer.train(n < frozen_from)
        layer(batch)
        running = layer.running_mean, layer.running_var
        assert running[0] is not None
        assert running[1] is not None
        found.append((batch.mean((0, 2, 3)), batch.var((0, 2, 3)), running[0].clone(), running[1].clone()))
    return Tracked(*(torch.stack(one) for one in zip(*found, strict=True)))


def entering(network: nn.Module, layer: str, pictures: Tensor) -> Tensor:
    """What reaches a layer of a network in eval mode, for pictures [N, C, H, W]."""
    twin, met = stand_in(network).eval(), list[Tensor]()
    twin.get_submodule(layer).register_forward_pre_hook(lambda _layer, inputs: met.append(inputs[0]))
    with torch.no_grad():
        twin(pictures)
    return met[0]


@dataclass(frozen=True, eq=False)
class Biased:
    """What a convolution and the batch norm behind it put out with something added to a bias.

    Attributes:
        convolved, normalised, in_eval: float32 [N, C, H, W]: the convolution, batch norm in train(), and in
            eval() with the running statistics as they were before.
        bias_gradient, shift_gradient: the size of the loss's gradient for the convolution's bias and for
            batch norm's own, float32 [C].
    """

    convolved: Tensor
    normalised: Tensor
    in_eval: Tensor
    bias_gradient: Tensor
    shift_gradient: Tensor


def with_bias(convolution: nn.Conv2d, norm: nn.BatchNorm2d, x: Tensor, channel: int, added: float) -> Biased:
    """Add a number to the bias of one channel; the layers stay as they are.

    The gradients are those of the mean square behind tanh, which follows in the chapter's network.
    """
    convolution, norm = copy.deepcopy(convolution), copy.deepcopy(norm)
    bias = convolution.bias
    assert bias is not None
    with torch.no_grad():
        bias[channel] += added
        in_eval = norm.eval()(convolution(x))
    convolved = convolution(x)
    normalised = norm.train()(convolved)
    torch.tanh(normalised).square().mean().backward()
    gradients = (one.grad.abs() for one in (bias, norm.bias) if one.grad is not None)
    return Biased(convolved.detach(), normalised.detach(), in_eval, *gradients)
