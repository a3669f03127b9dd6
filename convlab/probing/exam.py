"""What a network gets right and wrong on a split, from one pass: confusion, mistakes, calibration."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from convlab.datasets.dataset import Split
from convlab.errors import N_, UserError
from convlab.probing.probe import Probe, softened

COLDEST, HOTTEST = 0.05, 20.0  # temperatures that are tried


@dataclass(frozen=True)
class Answer:
    """What the network said of one picture.

    Attributes:
        index: of the picture in the split.
        label, prediction: classes.
        confidence: probability of the prediction, 0..1.
    """

    index: int
    label: int
    prediction: int
    confidence: float


@dataclass(frozen=True)
class Bin:
    """Answers of like confidence, in (low, high]; mean confidence and accuracy are 0 in an empty bin."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """Bins of a reliability diagram, and the expected calibration error 0..1 over them."""

    bins: tuple[Bin, ...]
    error: float


@dataclass(frozen=True)
class Exam:
    """A network's logits on a split; everything else follows without running it again.

    Attributes:
        classes: names of the K classes.
        logits: float32 [N, K].
        labels: int64 [N].
    """

    classes: tuple[str, ...]
    logits: Tensor
    labels: Tensor

    @property
    def predictions(self) -> Tensor:
        """The class of the largest logit, int64 [N]."""
        return self.logits.argmax(1)

    @property
    def confusion(self) -> Tensor:
        """How often each class (row) was taken for each (column), int64 [K, K]."""
        count = len(self.classes)
        return torch.bincount(self.labels * count + self.predictions, minlength=count**2).view(count, count)

    @property
    def accuracy(self) -> float:
        """Share of right predictions, 0..1."""
        return int(self.confusion.trace()) / len(self.labels)

    @property
    def class_accuracy(self) -> tuple[float | None, ...]:
        """Share of each class's pictures that was recognised, 0..1; None for a class without pictures."""
        rows = self.confusion.tolist()
        return tuple(row[k] / sum(row) if sum(row) else None for k, row in enumerate(rows))

    def mistakes(self, count: int) -> tuple[Answer, ...]:
        """Up to count wrong answers, the most confident first."""
        return tuple(
            answer for answer in self._answers(descending=True) if answer.prediction != answer.label
        )[:count]

    def least_certain(self, count: int) -> tuple[Answer, ...]:
        """Up to count answers, right or wrong, the least confident first."""
        return tuple(self._answers(descending=False)[:count])

    def _answers(self, descending: bool) -> list[Answer]:
        confidence, prediction = softened(self.logits.double(), 1.0).max(1)
        order = confidence.sort(descending=descending, stable=True).indices
        columns = (order, self.labels[order], prediction[order], confidence[order])
        return [Answer(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]

    def calibration(self, temperature: float = 1.0, bins: int = 15) -> Calibration:
        """Accuracy against confidence in bins of equal width, and the mean gap, each bin by its count.

        Guo et al. 2017, section 2, https://arxiv.org/abs/1706.04599.

        Args:
            temperature: of the softmax, above 0.
            bins: 1..100.

        Raises:
            UserError: temperature or bins out of range.
        """
        if not 1 <= bins <= 100:
            raise UserError(N_("A calibration curve has 1 to 100 bins, not {bins}."), bins=bins)
        confidence, prediction = softened(self.logits.double(), temperature).max(1)
        right = (prediction == self.labels).double()
        place = ((confidence * bins).ceil().long() - 1).clamp(0, bins - 1)
        counts = torch.bincount(place, minlength=bins)
        shown = counts.clamp(min=1)
        means = [torch.bincount(place, value, minlength=bins) / shown for value in (confidence, right)]
        error = float((counts * (means[0] - means[1]).abs()).sum() / len(place))
        columns = zip(counts.tolist(), means[0].tolist(), means[1].tolist(), strict=True)
        return Calibration(tuple(Bin(k / bins, (k + 1) / bins, *row) for k, row in enumerate(columns)), error)

    def best_temperature(self) -> float:
        """The temperature with the least cross-entropy on this split, within ``COLDEST``..``HOTTEST``.

        Temperature scaling, Guo et al. 2017, section 4.2. The cross-entropy is convex in 1 / temperature, so
        its slope is brought to 0 by bisection.
        """
        logits = self.logits.double()
        own = logits.gather(1, self.labels[:, None])[:, 0]
        cold, hot = 1 / COLDEST, 1 / HOTTEST
        for _ in range(50):
            middle = (cold + hot) / 2
            expected = (softened(logits, 1 / middle) * logits).sum(1)
            slope = float((expected - own).mean())
            cold, hot = (middle, hot) if slope > 0 else (cold, middle)
        return 2 / (cold + hot)

    def loss(self, temperature: float = 1.0) -> float:
        """Mean cross-entropy of softmax(logits / temperature), in nats."""
        return float(F.cross_entropy(self.logits.double() / temperature, self.labels))


def examine(probe: Probe, split: Split) -> Exam:
    """Ask a network about every picture of a split.

    Args:
        probe: left as it is.
        split: labels below the number of the probe's classes.

    Raises:
        UserError: labels that the probe has no class for.
    """
    probe.check_class(int(split.labels.max()))
    return Exam(probe.classes, probe.logits(split.images), split.labels)
