"""Penalties on the weights: terms of the loss, ``weight_decay`` in place of one, what L1 leaves (8.5.2)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Each with the rate that suits it: the chapter's for SGD, PyTorch's own for Adam.
OPTIMIZERS: Mapping[str, tuple[type[torch.optim.Optimizer], dict[str, Any]]] = {
    "SGD": (torch.optim.SGD, {"lr": 0.01}),
    "SGD, momentum 0.9": (torch.optim.SGD, {"lr": 0.01, "momentum": 0.9}),
    "Adam": (torch.optim.Adam, {"lr": 0.001}),
    "AdamW": (torch.optim.AdamW, {"lr": 0.001}),
}


@dataclass(frozen=True)
class Step:
    """One step of the same run three ways.

    Attributes:
        in_loss, by_hand, decayed: the batch's cross-entropy with the penalty as a term of the loss, with its
            gradient added by hand, and with ``weight_decay``.
        penalty: the term.
        loss_apart, hand_apart: the greatest difference of any weight, after the step, from weight_decay's.
        moved: the greatest change of any weight with weight_decay since the first step began.
    """

    in_loss: float
    by_hand: float
    decayed: float
    penalty: float
    loss_apart: float
    hand_apart: float
    moved: float


def step(
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    pictures: Tensor,
    labels: Tensor,
    l1: float = 0.0,
    l2: float = 0.0,
) -> tuple[float, float]:
    """One step with penalties as terms of the loss: the batch's cross-entropy, and what they add to it.

    Pictures: float32 [N, 3, 32, 32], normalised; labels: int64 [N].
    """
    loss = F.cross_entropy(network(pictures), labels)
    penalty = torch.zeros(())
    if l1:
        penalty = penalty + l1 * sum(p.abs().sum() for p in network.parameters())
    if l2:
        penalty = penalty + l2 * sum(p.pow(2.0).sum() for p in network.parameters())
    optimizer.zero_grad()
    (loss + penalty).backward()
    optimizer.step()
    return loss.item(), penalty.item()


def step_by_hand(
    network: nn.Module, optimizer: torch.optim.Optimizer, pictures: Tensor, labels: Tensor, l2: float
) -> float:
    """The same step with the gradient of L2, 2 * l2 * w, added to the loss's: its cross-entropy."""
    loss = F.cross_entropy(network(pictures), labels)
    optimizer.zero_grad()
    loss.backward()
    with torch.no_grad():
        for p in network.parameters():
            p.grad.add_(p, alpha=2 * l2)  # type: ignore[union-attr]
    optimizer.step()
    return loss.item()


def apart(first: nn.Module, second: nn.Module) -> float:
    """The greatest difference of any weight of two networks that are alike."""
    with torch.no_grad():
        pairs = zip(first.parameters(), second.parameters(), strict=True)
        return max(float((p - q).abs().max()) for p, q in pairs)


def three_ways(
    make: Callable[[], nn.Module],
    optimizer: Callable[..., torch.optim.Optimizer],
    l2: float,
    pictures: Tensor,
    labels: Tensor,
    size: int,
) -> Iterator[Step]:
    """The same steps three ways, on batches of ``size``.

    ``make`` gives the same weights at every call, ``optimizer`` is called with parameters and weight_decay.
    """
    in_loss, by_hand, decayed, begun = make(), make(), make(), make()
    first, second = (optimizer(one.parameters(), weight_decay=0.0) for one in (in_loss, by_hand))
    third = optimizer(decayed.parameters(), weight_decay=2 * l2)
    for x, y in zip(pictures.split(size), labels.split(size), strict=True):
        loss, penalty = step(in_loss, first, x, y, l2=l2)
        hand = step_by_hand(by_hand, second, x, y, l2)
        plain, _ = step(decayed, third, x, y)
        moved = apart(decayed, begun)
        yield Step(loss, hand, plain, penalty, apart(in_loss, decayed), apart(by_hand, decayed), moved)


def train(
    network: nn.Module,
    pictures: Tensor,
    labels: Tensor,
    l1: float = 0.0,
    l2: float = 0.0,
    epochs: int = 40,
    seed: int = 0,
) -> Iterator[float]:
    """Train by SGD with momentum 0.9 at lr 0.01, batches of 64, shuffled: each epoch's mean cross-entropy.

    Pictures and labels are as ``step`` takes them.
    """
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(epochs):
        batches = torch.randperm(len(pictures), generator=generator).split(64)
        losses = [step(network, optimizer, pictures[batch], labels[batch], l1, l2)[0] for batch in batches]
        yield sum(losses) / len(losses)


def sizes(network: nn.Module) -> Tensor:
    """The sizes |w| of all weights and biases, float32 [count], ascending."""
    with torch.no_grad():
        return torch.cat([p.abs().flatten() for p in network.parameters()]).sort().values


def share_below(sizes: Tensor, size: float) -> float:
    """Which share of the weights, 0 to 1, is smaller than ``size``."""
    return float((sizes < size).double().mean())
