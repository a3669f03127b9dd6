"""train() against eval(): the same weights, and an accuracy that depends on the batch (8.4.1)."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from convlab.datasets.dataset import Split
from convlab.errors import N_, check_range, chosen
from convlab.networks.evaluation import evaluate
from convlab.networks.modes import too_few
from convlab.probing.probe import Probe

MAX_BATCH_SIZE = 256
Order = Literal["shuffled", "by_class"]


@dataclass(frozen=True)
class Measured:
    """One pass over a split: accuracy, 0..1, and the buffers that it moved (batch norm's statistics)."""

    accuracy: float
    moved: tuple[str, ...]


def measure(
    probe: Probe, split: Split, training: bool, batch_size: int, order: Order = "shuffled", seed: int = 0
) -> Measured:
    """Accuracy of a network in train() or eval() mode, measured on a copy of it.

    In train() batch norm takes mean and variance from the batch, so that a verdict depends on which pictures
    happen to be beside it, and it moves its running statistics; dropout drops. In eval() neither happens, and
    neither batch_size nor order matters.

    The batch_size is 1..``MAX_BATCH_SIZE``; the last batch may be smaller. By class, a batch holds one class
    only. The seed is that of the shuffle and of dropout. Raises UserError for another batch size or order, or
    batch norm with a single value a channel.
    """
    check_range("batch_size", batch_size, 1, MAX_BATCH_SIZE)
    generator = torch.Generator().manual_seed(seed)
    network = copy.deepcopy(probe.network)
    for parent in list(network.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.Dropout | nn.Dropout2d):
                setattr(parent, name, _SeededDropout(child.p, isinstance(child, nn.Dropout2d), generator))
    network.train(training)
    before = {name: buffer.clone() for name, buffer in network.named_buffers()}
    places_in = chosen(_ORDERS, order, N_("There is no order {key}: choose one of {keys}."))
    places = places_in(split.labels, generator)
    batches = ((probe.normalise(split.images[at]), split.labels[at]) for at in places.split(batch_size))
    try:
        accuracy = evaluate(network, batches).accuracy
    except ValueError as error:
        if "more than 1 value per channel" in str(error):
            raise too_few() from error
        raise
    moved = (name for name, buffer in network.named_buffers() if not torch.equal(buffer, before[name]))
    return Measured(accuracy, tuple(moved))


_ORDERS: dict[str, Callable[[Tensor, torch.Generator], Tensor]] = {
    "shuffled": lambda labels, generator: torch.randperm(len(labels), generator=generator),
    "by_class": lambda labels, _generator: labels.argsort(stable=True),
}


class _SeededDropout(nn.Module):
    """Dropout or Dropout2d with its own generator: PyTorch's draws from the one that all threads share."""

    def __init__(self, p: float, channels: bool, generator: torch.Generator) -> None:
        super().__init__()
        self._p, self._channels, self._generator = p, channels, generator

    def forward(self, x: Tensor) -> Tensor:
        """As ``torch.nn.functional.dropout`` (dropout2d for channels) of float [N, C, ...]."""
        if not self.training or self._p == 0:
            return x
        shape = (*x.shape[:2], *[1] * (x.ndim - 2)) if self._channels else x.shape
        kept = torch.rand(shape, generator=self._generator) >= self._p
        return x * kept.to(x) / max(1 - self._p, 1e-12)
