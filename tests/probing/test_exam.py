"""Confusion, mistakes and calibration: by hand on a few answers, by counting on many; the book's figures."""

import math
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.datasets.dataset import Split
from convlab.datasets.pictures import read_zip
from convlab.errors import UserError
from convlab.networks import checkpoints
from convlab.probing.exam import COLDEST, HOTTEST, Answer, Bin, Exam, examine
from convlab.probing.probe import Probe

NAMES = ("a", "b", "c")
CONFIDENCES = [0.95, 0.6, 0.55, 0.7, 0.9, 0.65]
PREDICTIONS = [0, 1, 0, 1, 1, 0]
LABELS = [0, 0, 0, 1, 0, 1]


def by_hand() -> Exam:
    """Six answers on two classes with the confidences above."""
    rows = [
        [math.log(c), math.log(1 - c)] if k == 0 else [math.log(1 - c), math.log(c)]
        for c, k in zip(CONFIDENCES, PREDICTIONS, strict=True)
    ]
    return Exam(("a", "b"), torch.tensor(rows), torch.tensor(LABELS))


def many(count: int = 400, seed: int = 0) -> Exam:
    generator = torch.Generator().manual_seed(seed)
    logits = 2 * torch.randn(count, 3, generator=generator)
    return Exam(NAMES, logits, torch.randint(0, 3, (count,), generator=generator))


def shown(answers: tuple[Answer, ...]) -> list[tuple[int, int, int, float]]:
    return [(a.index, a.label, a.prediction, round(a.confidence, 6)) for a in answers]


def test_confusion_by_hand() -> None:
    exam = by_hand()
    assert exam.confusion.tolist() == [[2, 2], [1, 1]]
    assert exam.confusion.dtype == torch.int64
    assert exam.accuracy == 0.5
    assert exam.class_accuracy == (0.5, 0.5)


def test_mistakes_by_hand() -> None:
    exam = by_hand()
    assert shown(exam.mistakes(2)) == [(4, 0, 1, 0.9), (5, 1, 0, 0.65)]
    assert [answer.index for answer in exam.mistakes(99)] == [4, 5, 1]
    assert shown(exam.least_certain(3)) == [(2, 0, 0, 0.55), (1, 0, 1, 0.6), (5, 1, 0, 0.65)]
    assert exam.mistakes(0) == ()


def test_confusion_by_counting() -> None:
    exam = many()
    wanted = [[0] * 3 for _ in NAMES]
    for label, logits in zip(exam.labels.tolist(), exam.logits.tolist(), strict=True):
        wanted[label][max(range(3), key=logits.__getitem__)] += 1
    assert exam.confusion.tolist() == wanted
    assert exam.class_accuracy == tuple(row[k] / sum(row) for k, row in enumerate(wanted))


def test_all_answers_are_ordered() -> None:
    exam = many()
    confidence = F.softmax(exam.logits.double(), 1).amax(1)
    wrong, least = exam.mistakes(400), exam.least_certain(400)
    assert {answer.index for answer in wrong} == set(
        (exam.predictions != exam.labels).nonzero()[:, 0].tolist()
    )
    assert [answer.confidence for answer in wrong] == sorted((a.confidence for a in wrong), reverse=True)
    assert [answer.confidence for answer in least] == confidence.sort().values.tolist()


def test_equal_confidence_keeps_the_order_of_the_split() -> None:
    exam = Exam(("a", "b"), torch.tensor([[1.0, 0.0]] * 4), torch.tensor([1, 0, 1, 1]))
    assert [answer.index for answer in exam.mistakes(9)] == [0, 2, 3]
    assert [answer.index for answer in exam.least_certain(9)] == [0, 1, 2, 3]


def test_a_class_without_pictures_has_no_accuracy() -> None:
    exam = Exam(NAMES, torch.eye(3)[:2], torch.tensor([0, 1]))
    assert exam.class_accuracy == (1.0, 1.0, None)
    assert exam.confusion.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_calibration_by_hand() -> None:
    found = by_hand().calibration(bins=5)
    assert [each.count for each in found.bins] == [0, 0, 1, 3, 2]  # 0.6 closes its bin
    assert found.bins[0] == Bin(0.0, 0.2, 0, 0.0, 0.0)
    assert (found.bins[3].low, found.bins[3].high) == (0.6, 0.8)
    assert found.bins[3].confidence == pytest.approx((0.6 + 0.7 + 0.65) / 3)
    assert found.bins[3].accuracy == pytest.approx(1 / 3)
    gaps = [1 * (1 - 0.55), 3 * (0.65 - 1 / 3), 2 * (0.925 - 0.5)]
    assert found.error == pytest.approx(sum(gaps) / 6)


@pytest.mark.parametrize("bins", [1, 10, 15, 100])
def test_calibration_by_counting(bins: int) -> None:
    exam = many()
    found = exam.calibration(0.7, bins)
    confidence = F.softmax(exam.logits.double() / 0.7, 1).amax(1).tolist()
    right = (exam.predictions == exam.labels).tolist()
    error = 0.0
    for each in found.bins:
        inside = [(c, r) for c, r in zip(confidence, right, strict=True) if each.low < c <= each.high]
        assert each.count == len(inside)
        if inside:
            error += abs(sum(c for c, _ in inside) - sum(r for _, r in inside)) / 400
            assert each.confidence == pytest.approx(sum(c for c, _ in inside) / len(inside))
            assert each.accuracy == pytest.approx(sum(r for _, r in inside) / len(inside))
    assert found.error == pytest.approx(error)
    assert sum(each.count for each in found.bins) == 400


def test_certainty_falls_into_the_last_bin_and_logits_of_any_size_pass() -> None:
    exam = Exam(("a", "b"), torch.tensor([[1e4, -1e4], [0.0, 0.0]]), torch.tensor([0, 1]))
    found = exam.calibration()
    assert [k for k, each in enumerate(found.bins) if each.count] == [7, 14]
    assert found.error == pytest.approx(0.25)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_best_temperature_is_found(temperature: float) -> None:
    """Labels drawn from softmax(logits): logits times t are best read at temperature t."""
    generator = torch.Generator().manual_seed(1)
    logits = 2 * torch.randn(40_000, 3, generator=generator)
    labels = torch.multinomial(F.softmax(logits, 1), 1, generator=generator)[:, 0]
    exam = Exam(NAMES, logits * temperature, labels)
    best = exam.best_temperature()
    assert best == pytest.approx(temperature, rel=0.03)
    assert exam.loss(best) < min(exam.loss(best * 1.01), exam.loss(best / 1.01))
    assert exam.calibration(best).error < 0.01


def test_the_best_temperature_stays_in_its_range() -> None:
    labels = torch.tensor([0, 1])
    assert Exam(NAMES, torch.eye(3)[:2], labels).best_temperature() == pytest.approx(COLDEST)
    assert Exam(NAMES, -torch.eye(3)[:2], labels).best_temperature() == pytest.approx(HOTTEST)


def test_loss_by_hand() -> None:
    exam = Exam(("a", "b"), torch.tensor([[math.log(3.0), 0.0]]), torch.tensor([0]))
    assert exam.loss() == pytest.approx(-math.log(0.75))
    assert exam.loss(0.5) == pytest.approx(-math.log(0.9))


class Brightness(nn.Module):
    """Logits (mean of the picture, 0); counts the pictures that it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = 0

    def forward(self, x: Tensor) -> Tensor:
        self.seen += len(x)
        return torch.stack((x.mean((1, 2, 3)), torch.zeros(len(x))), 1)


def test_an_exam_is_one_pass() -> None:
    network = Brightness()
    shades = torch.tensor([0, 50, 200, 255], dtype=torch.uint8)
    split = Split(shades[:, None, None, None].expand(4, 3, 32, 32).contiguous(), torch.tensor([1, 0, 0, 0]))
    exam = examine(Probe(network, ("bright", "dark"), mean=(0.5,) * 3, std=(1.0,) * 3), split)
    assert torch.allclose(exam.logits[:, 0], shades / 255 - 0.5)
    assert exam.confusion.tolist() == [[2, 1], [0, 1]]
    exam.calibration()
    exam.mistakes(3)
    exam.best_temperature()
    assert network.seen == 4


def test_what_cannot_be_examined() -> None:
    split = Split(torch.zeros(1, 3, 32, 32, dtype=torch.uint8), torch.tensor([2]))
    with pytest.raises(UserError, match="There is no class 2: choose 0 to 1"):
        examine(Probe(Brightness(), ("bright", "dark")), split)
    for bins in (0, 101):
        with pytest.raises(UserError, match=f"1 to 100 bins, not {bins}"):
            by_hand().calibration(bins=bins)
    with pytest.raises(UserError, match="choose a number above 0"):
        by_hand().calibration(temperature=0)


def test_the_book_s_weights_on_the_shared_pictures(shared: Path) -> None:
    """Item D20: train .9185, val .8805 of birds and airplanes."""
    book = checkpoints.load((shared / "data" / "book_birds_vs_airplanes.pt").read_bytes())
    data = read_zip(shared / "data" / "birds_vs_airplanes.zip", "Birds and airplanes")
    probe = Probe(book.module, data.classes)
    train, val = examine(probe, data.train), examine(probe, data.val)
    assert data.classes == ("airplane", "bird")
    assert (len(train.labels), len(val.labels)) == (10_000, 2_000)
    assert round(train.accuracy, 3) in (0.918, 0.919)
    assert round(val.accuracy, 3) in (0.880, 0.881)
    assert val.confusion.sum(1).tolist() == [1000, 1000]
    assert val.best_temperature() > 1  # trained networks are too sure of themselves
    assert val.calibration(val.best_temperature()).error < val.calibration().error
