"""Pruning: which weights go, and how those that are gone stay gone while a network trains."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

Masks = Mapping[str, Tensor]  # by parameter, True where a weight stays


def smallest(weights: Tensor, share: float) -> Tensor:
    """Which weights are the smallest, by size: bool, of their shape, True for round(share * count) of them.

    Of equals the first. The share is 0..1.
    """
    flat = weights.detach().flatten()
    gone = torch.zeros_like(flat, dtype=torch.bool)
    gone[flat.abs().argsort(stable=True)[: round(share * len(flat))]] = True
    return gone.view(weights.shape)


def pruned_layers(module: nn.Module) -> dict[str, Tensor]:
    """What is pruned: the weights of each convolution and Linear layer, by name; no biases, no batch norm."""
    found = {
        name: layer for name, layer in module.named_modules() if isinstance(layer, nn.Conv2d | nn.Linear)
    }
    return {f"{name}.weight".removeprefix("."): layer.weight for name, layer in found.items()}


def masks(module: nn.Module, share: float) -> dict[str, Tensor]:
    """What stays where the smallest share of every layer's weights goes: bool, by the parameter's name."""
    return {name: ~smallest(weight, share) for name, weight in pruned_layers(module).items()}


@torch.no_grad()
def hold(module: nn.Module, kept: Masks) -> None:
    """Set to zero, in place, what is gone: after every step of an optimiser, so that it takes no part."""
    for name, mask in kept.items():
        module.get_parameter(name).mul_(mask)
