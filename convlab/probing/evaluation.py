"""A probe on a whole split: labels matched to its classes, one fast pass; mistakes and calibration."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from convlab.datasets.dataset import Split
from convlab.errors import N_, UserError, check_range
from convlab.networks import evaluation
from convlab.networks.evaluation import Evaluation
from convlab.probing.probe import Probe, softened
from convlab.training.fast import faster

COLDEST, HOTTEST = 0.05, 20.0  # temperatures that are tried
_AT_ONCE = 100  # pictures whose feature maps stay in the cache of a core


@dataclass(frozen=True)
class Answer:
    """What the network said of the picture at an index of the split; the prediction's probability, 0..1."""

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


class UnknownClass(UserError):
    """The data have a class that the network does not tell."""


def evaluate(probe: Probe, images: Tensor, labels: Tensor) -> Evaluation:
    """Ask a network about pictures in the fastest form that a CPU has.

    Pools go first and memory is laid out channels last: 2,000 pictures take ``Net`` 0.2 s, a third of what
    ``Probe.logits`` takes. Logits may differ from its in their last bits. Images are uint8 0..255 or float
    0..1, [N, 3, 32, 32], at least one, and labels int64 [N]. Raises UserError for pictures of another shape,
    or a label that the probe has no class for.
    """
    probe.check_class(int(labels.max()))
    parts = images.split(_AT_ONCE)
    inputs = (probe.normalise(part).contiguous(memory_format=torch.channels_last) for part in parts)
    return evaluation.evaluate(faster(probe.network), zip(inputs, labels.split(_AT_ONCE), strict=True))


def matched(probe: Probe, classes: tuple[str, ...], split: Split) -> Split:
    """A split whose labels, which stand for ``classes``, are indices of the probe's classes instead.

    Classes are matched by name, in any order; case and a plural's s do not matter where that leaves no doubt.
    Those that the network tells apart beyond them have no pictures then. Raises UserError for a class of the
    data that the network does not tell, for two that are one to it, and for a network without class names.
    """
    places = [_place(name, probe.classes) for name in classes]
    if None in places and not probe.named:
        sentence = N_("The file of this network names no classes: say what its classes are, in their order.")
        raise UserError(sentence)
    found: dict[int, str] = {}
    for name, place in zip(classes, places, strict=True):
        if place is None:
            sentence = N_("This network has no class {name}; it tells {classes} apart: choose other data.")
            raise UnknownClass(sentence, name=repr(name), classes=", ".join(probe.classes))
        if place in found:
            sentence = N_("{first} and {second} of the data are both {name} to this network: rename one.")
            raise UserError(sentence, first=repr(found[place]), second=repr(name), name=probe.classes[place])
        found[place] = name
    if list(found) == list(range(len(classes))):
        return split
    return Split(split.images, torch.tensor(list(found))[split.labels])


def mistakes(found: Evaluation, count: int) -> tuple[Answer, ...]:
    """Up to count wrong answers, the most confident first."""
    return tuple(one for one in _answers(found, descending=True) if one.prediction != one.label)[:count]


def least_certain(found: Evaluation, count: int) -> tuple[Answer, ...]:
    """Up to count answers, right or wrong, the least confident first."""
    return tuple(_answers(found, descending=False)[:count])


def in_cell(found: Evaluation, label: int, prediction: int) -> tuple[Answer, ...]:
    """All answers of one cell of the confusion matrix, the most confident first."""
    wanted = (label, prediction)
    return tuple(one for one in _answers(found, descending=True) if (one.label, one.prediction) == wanted)


def calibration(found: Evaluation, temperature: float = 1.0, bins: int = 15) -> Calibration:
    """Accuracy against confidence in bins of equal width, and the mean gap, each bin by its count.

    Guo et al. 2017, section 2, https://arxiv.org/abs/1706.04599. The softmax's temperature is above 0, and
    bins are 1..100, or a UserError.
    """
    check_range("bins", bins, 1, 100)
    confidence, prediction = softened(found.logits.double(), temperature).max(1)
    right = (prediction == found.labels).double()
    place = ((confidence * bins).ceil().long() - 1).clamp(0, bins - 1)
    counts = torch.bincount(place, minlength=bins)
    shown = counts.clamp(min=1)
    means = [torch.bincount(place, value, minlength=bins) / shown for value in (confidence, right)]
    error = float((counts * (means[0] - means[1]).abs()).sum() / len(place))
    columns = zip(counts.tolist(), means[0].tolist(), means[1].tolist(), strict=True)
    return Calibration(tuple(Bin(k / bins, (k + 1) / bins, *row) for k, row in enumerate(columns)), error)


@dataclass(frozen=True)
class Measures:
    """How good probabilities are: mean cross-entropy in nats, and the expected calibration error 0..1."""

    loss: float
    error: float


def measures(found: Evaluation, temperature: float) -> Measures:
    """Both at a temperature above 0, or a UserError."""
    cooled = Evaluation(found.logits.double() / temperature, found.labels)
    return Measures(cooled.loss, calibration(found, temperature).error)


def best_temperature(found: Evaluation) -> float:
    """The temperature with the least cross-entropy on these pictures, within ``COLDEST``..``HOTTEST``.

    Temperature scaling, Guo et al. 2017, section 4.2. The cross-entropy is convex in 1 / temperature, so its
    slope is brought to 0 by bisection.
    """
    logits = found.logits.double()
    own = logits.gather(1, found.labels[:, None])[:, 0]
    cold, hot = 1 / COLDEST, 1 / HOTTEST
    for _ in range(50):
        middle = (cold + hot) / 2
        expected = (softened(logits, 1 / middle) * logits).sum(1)
        cold, hot = (middle, hot) if float((expected - own).mean()) > 0 else (cold, middle)
    return 2 / (cold + hot)


def _answers(found: Evaluation, descending: bool) -> list[Answer]:
    confidence, prediction = softened(found.logits.double(), 1.0).max(1)
    order = confidence.sort(descending=descending, stable=True).indices
    columns = (order, found.labels[order], prediction[order], confidence[order])
    return [Answer(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _place(name: str, classes: Sequence[str]) -> int | None:
    """Which of a network's classes a name means: the same name, else the only one that is alike."""
    for likeness in (str, _caseless, lambda text: _caseless(text).removesuffix("s")):  # Airplanes: airplane
        alike = [place for place, known in enumerate(classes) if likeness(known) == likeness(name)]
        if len(alike) == 1:
            return alike[0]
    return None


def _caseless(name: str) -> str:
    """A name without case, outer blanks, and with blanks for other signs between words."""
    return " ".join(re.split(r"[\s_-]+", unicodedata.normalize("NFKC", name).casefold())).strip()
