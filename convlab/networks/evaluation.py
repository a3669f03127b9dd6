"""How good a network is on pictures with labels: loss, accuracy, confusion and recall from one pass."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Logits, float32 [N, K] on the CPU, and labels, int64 [N], N at least 1; all else follows from them."""

    logits: Tensor
    labels: Tensor

    @property
    def predictions(self) -> Tensor:
        """The class of the largest logit, int64 [N]."""
        return self.logits.argmax(1)

    @property
    def loss(self) -> float:
        """Mean cross-entropy in nats, without penalties or smoothing."""
        return float(F.cross_entropy(self.logits.double(), self.labels))

    @cached_property
    def confusion(self) -> Tensor:
        """How often each class (row) was taken for each (column), int64 [K, K]."""
        count = self.logits.shape[1]
        return torch.bincount(self.labels * count + self.predictions, minlength=count**2).view(count, count)

    @property
    def accuracy(self) -> float:
        """Share of right predictions, 0..1."""
        return int(self.confusion.trace()) / len(self.labels)

    @property
    def recall(self) -> tuple[float | None, ...]:
        """Share of each class's pictures that was recognised, 0..1; None for a class without pictures."""
        rows = self.confusion.tolist()
        return tuple(row[k] / sum(row) if sum(row) else None for k, row in enumerate(rows))


def evaluate(run: Callable[[Tensor], Tensor], batches: Iterable[tuple[Tensor, Tensor]]) -> Evaluation:
    """Run a network over batches without gradient, in the mode that it is in.

    ``run``: normalised float32 [n, C, H, W] -> logits [n, K]; a batch is what it takes and labels int64 [n].
    """
    with torch.no_grad():
        found = [(run(pictures), labels) for pictures, labels in batches]
    logits, labels = (torch.cat(column).cpu() for column in zip(*found, strict=True))
    return Evaluation(logits, labels)
