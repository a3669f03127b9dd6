"""Labels matched to a network's classes, one fast pass, mistakes and calibration: by hand and by counting."""

import math
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from convlab.datasets.dataset import Split
from convlab.datasets.pictures import read_zip
from convlab.errors import UserError
from convlab.networks import checkpoints
from convlab.networks.designs import DESIGNS, Net, design, seeded
from convlab.networks.evaluation import Evaluation
from convlab.probing.evaluation import (
    COLDEST,
    HOTTEST,
    Answer,
    Bin,
    best_temperature,
    calibration,
    evaluate,
    in_cell,
    least_certain,
    matched,
    measures,
    mistakes,
)
from convlab.probing.probe import Probe
from convlab.ui.words import prose
from tests.networks.test_evaluation import many

NAMES = ("airplane", "bird")
CONFIDENCES = [0.95, 0.6, 0.55, 0.7, 0.9, 0.65]
PREDICTIONS = [0, 1, 0, 1, 1, 0]
LABELS = [0, 0, 0, 1, 0, 1]
SPLIT = Split(torch.zeros(4, 3, 32, 32, dtype=torch.uint8), torch.tensor([0, 1, 1, 0]))


def by_hand() -> Evaluation:
    """Six answers on two classes with the confidences above."""
    rows = [
        [math.log(c), math.log(1 - c)] if k == 0 else [math.log(1 - c), math.log(c)]
        for c, k in zip(CONFIDENCES, PREDICTIONS, strict=True)
    ]
    return Evaluation(torch.tensor(rows), torch.tensor(LABELS))


def shown(answers: tuple[Answer, ...]) -> list[tuple[int, int, int, float]]:
    return [(a.index, a.label, a.prediction, round(a.confidence, 6)) for a in answers]


def test_mistakes_by_hand() -> None:
    found = by_hand()
    assert shown(mistakes(found, 2)) == [(4, 0, 1, 0.9), (5, 1, 0, 0.65)]
    assert [answer.index for answer in mistakes(found, 99)] == [4, 5, 1]
    assert shown(least_certain(found, 3)) == [(2, 0, 0, 0.55), (1, 0, 1, 0.6), (5, 1, 0, 0.65)]
    assert mistakes(found, 0) == ()


def test_a_cell_of_the_confusion_matrix_by_hand() -> None:
    assert shown(in_cell(by_hand(), 0, 1)) == [(4, 0, 1, 0.9), (1, 0, 1, 0.6)]


def test_cells_hold_all_answers_once_and_as_many_as_the_matrix_says() -> None:
    found = many()
    places: list[int] = []
    for label, row in enumerate(found.confusion.tolist()):
        for verdict, count in enumerate(row):
            answers = in_cell(found, label, verdict)
            assert len(answers) == count
            assert [one.confidence for one in answers] == sorted(
                (a.confidence for a in answers), reverse=True
            )
            places += [one.index for one in answers]
    assert sorted(places) == list(range(len(found.labels)))


def test_all_answers_are_ordered() -> None:
    found = many()
    confidence = F.softmax(found.logits.double(), 1).amax(1)
    wrong, least = mistakes(found, 400), least_certain(found, 400)
    assert {answer.index for answer in wrong} == set(
        (found.predictions != found.labels).nonzero()[:, 0].tolist()
    )
    assert [answer.confidence for answer in wrong] == sorted((a.confidence for a in wrong), reverse=True)
    assert [answer.confidence for answer in least] == confidence.sort().values.tolist()


def test_equal_confidence_keeps_the_order_of_the_split() -> None:
    found = Evaluation(torch.tensor([[1.0, 0.0]] * 4), torch.tensor([1, 0, 1, 1]))
    assert [answer.index for answer in mistakes(found, 9)] == [0, 2, 3]
    assert [answer.index for answer in least_certain(found, 9)] == [0, 1, 2, 3]


def test_calibration_by_hand() -> None:
    found = calibration(by_hand(), bins=5)
    assert [each.count for each in found.bins] == [0, 0, 1, 3, 2]  # 0.6 closes its bin
    assert found.bins[0] == Bin(0.0, 0.2, 0, 0.0, 0.0)
    assert (found.bins[3].low, found.bins[3].high) == (0.6, 0.8)
    assert found.bins[3].confidence == pytest.approx((0.6 + 0.7 + 0.65) / 3)
    assert found.bins[3].accuracy == pytest.approx(1 / 3)
    gaps = [1 * (1 - 0.55), 3 * (0.65 - 1 / 3), 2 * (0.925 - 0.5)]
    assert found.error == pytest.approx(sum(gaps) / 6)


@pytest.mark.parametrize("bins", [1, 10, 15, 100])
def test_calibration_by_counting(bins: int) -> None:
    answers = many()
    found = calibration(answers, 0.7, bins)
    confidence = F.softmax(answers.logits.double() / 0.7, 1).amax(1).tolist()
    right = (answers.predictions == answers.labels).tolist()
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
    found = calibration(Evaluation(torch.tensor([[1e4, -1e4], [0.0, 0.0]]), torch.tensor([0, 1])))
    assert [k for k, each in enumerate(found.bins) if each.count] == [7, 14]
    assert found.error == pytest.approx(0.25)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_best_temperature_is_found(temperature: float) -> None:
    """Labels drawn from softmax(logits): logits times t are best read at temperature t."""
    generator = torch.Generator().manual_seed(1)
    logits = 2 * torch.randn(40_000, 3, generator=generator)
    labels = torch.multinomial(F.softmax(logits, 1), 1, generator=generator)[:, 0]
    found = Evaluation(logits * temperature, labels)
    best = best_temperature(found)
    assert best == pytest.approx(temperature, rel=0.03)
    losses = [Evaluation(found.logits / each, labels).loss for each in (best, best * 1.01, best / 1.01)]
    assert losses[0] < min(losses[1:])
    assert calibration(found, best).error < 0.01


def test_the_best_temperature_stays_in_its_range() -> None:
    labels = torch.tensor([0, 1])
    assert best_temperature(Evaluation(torch.eye(3)[:2], labels)) == pytest.approx(COLDEST)
    assert best_temperature(Evaluation(-torch.eye(3)[:2], labels)) == pytest.approx(HOTTEST)


def test_what_cannot_be_evaluated() -> None:
    with pytest.raises(UserError, match="There is no class 2: choose 0 to 1"):
        evaluate(Probe(seeded(Net, 0).eval(), NAMES), pictures(1), torch.tensor([2]))
    for bins in (0, 101):
        with pytest.raises(UserError, match=f"bins is {bins}: choose 1 to 100"):
            calibration(by_hand(), bins=bins)
    with pytest.raises(UserError, match="choose a number above 0"):
        calibration(by_hand(), temperature=0)


def test_the_book_s_weights_on_the_shared_pictures(shared: Path) -> None:
    """Chapter 8.4.1's network, measured: .9185 of the training and .8805 of the validation pictures."""
    book = checkpoints.load((shared / "data" / "book_birds_vs_airplanes.pt").read_bytes())
    data = read_zip(shared / "data" / "birds_vs_airplanes.zip", "Birds and airplanes")
    probe = Probe(book.module, data.classes, (0.4914, 0.4822, 0.4465))
    train, val = (evaluate(probe, part.images, part.labels) for part in (data.train, data.val))
    assert data.classes == ("airplane", "bird")
    assert (len(train.labels), len(val.labels)) == (10_000, 2_000)
    assert train.accuracy == pytest.approx(0.9185, abs=2e-4)
    assert val.accuracy == pytest.approx(0.8805, abs=5e-4)
    said = prose("modules", "saved_notice")  # where they are told
    assert all(share in said for share in ("91.85%", "88.05%", ".4914, .4822, .4465"))
    assert val.confusion.sum(1).tolist() == [1000, 1000]
    assert best_temperature(val) > 1  # trained networks are too sure of themselves
    assert calibration(val, best_temperature(val)).error < calibration(val).error


def pictures(count: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8, generator=generator)


@pytest.mark.parametrize("key", DESIGNS)
def test_every_design_is_right_on_its_own_verdicts(key: str) -> None:
    options = {"n_blocks": 2} if key == "net_res_deep" else {}
    probe = Probe(seeded(lambda: design(key).build(**options), 1).eval(), NAMES)
    x = pictures(130)
    verdicts = probe.logits(x).argmax(1)
    assert evaluate(probe, x, verdicts).accuracy == 1
    assert evaluate(probe, x, 1 - verdicts).accuracy == 0
    assert evaluate(probe, x, torch.cat([verdicts[:104], 1 - verdicts[104:]])).accuracy == 104 / 130


def test_pictures_of_another_shape_are_refused() -> None:
    with pytest.raises(UserError, match="crop and resize"):
        evaluate(Probe(seeded(Net, 0).eval(), NAMES), torch.zeros(1, 3, 30, 32), torch.zeros(1).long())


def test_the_book_s_weights_on_the_validation_pictures(book: Probe, val: Split) -> None:
    assert evaluate(book, val.images, val.labels).accuracy == 0.881


def test_two_thousand_pictures_in_under_a_second() -> None:
    probe, x = Probe(seeded(Net, 0).eval(), NAMES), pictures(2000)
    labels = torch.zeros(2000).long()
    evaluate(probe, x, labels)
    began = time.thread_time()
    evaluate(probe, x, labels)
    assert time.thread_time() - began < 1


def probe(*classes: str) -> Probe:
    return Probe(nn.Identity(), classes)


def test_the_same_order() -> None:
    assert matched(probe("airplane", "bird"), ("airplane", "bird"), SPLIT).labels.tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize(
    "classes",
    [("Birds ", "AIRPLANES"), ("bird", "airplane"), ("BIRD", "Airplanes"), ("\uff22irds", "airplane")],
)
def test_another_order_other_letters_and_the_plural(classes: tuple[str, ...]) -> None:
    assert matched(probe("airplane", "bird"), classes, SPLIT).labels.tolist() == [1, 0, 0, 1]


def test_blanks_and_other_signs_between_words() -> None:
    known = probe("polar bear", "sea-lion")
    assert matched(known, ("Sea_Lions", "polar-bear"), SPLIT).labels.tolist() == [1, 0, 0, 1]


def test_a_part_of_what_the_network_tells() -> None:
    assert matched(probe("cat", "bird", "dog"), ("dog", "bird"), SPLIT).labels.tolist() == [2, 1, 1, 2]


def test_the_same_name_comes_before_one_that_is_only_alike() -> None:
    assert matched(probe("bird", "birds", "Bird"), ("Bird", "birds"), SPLIT).labels.tolist() == [2, 1, 1, 2]
    with pytest.raises(UserError, match="no class 'BIRD'; it tells bird, birds, Bird apart"):
        matched(probe("bird", "birds", "Bird"), ("BIRD", "birds"), SPLIT)


def test_two_classes_of_the_data_that_are_one_to_the_network() -> None:
    with pytest.raises(UserError, match="'Bird' and 'birds' of the data are both bird to this network"):
        matched(probe("airplane", "bird"), ("Bird", "birds"), SPLIT)


def test_a_network_without_names_is_not_matched_in_order() -> None:
    with pytest.raises(UserError, match="names no classes: say what its classes are, in their order"):
        matched(probe("class 0", "class 1"), ("left", "right"), SPLIT)
    assert matched(probe("class 0", "class 1"), ("class 0", "class 1"), SPLIT) is SPLIT


@pytest.mark.parametrize(
    ("classes", "strange"),
    [
        (("cat", "bird"), "cat"),
        (("cat", "dog", "fish"), "cat"),
        (("cat", "dog"), "cat"),  # as many, and all of them other classes
        (("bird", "plane"), "plane"),
    ],
)
def test_a_class_that_the_network_has_not(classes: tuple[str, ...], strange: str) -> None:
    with pytest.raises(UserError, match=f"'{strange}'"):
        matched(probe("airplane", "bird"), classes, SPLIT)


@given(data=st.data())
def test_however_names_are_written_each_picture_keeps_its_class(data: st.DataObject) -> None:
    words = st.text("abcdefgh", min_size=3, max_size=6)
    known = data.draw(st.lists(words, min_size=2, max_size=8, unique_by=lambda word: word.removesuffix("s")))
    chosen = data.draw(st.lists(st.sampled_from(range(len(known))), min_size=2, max_size=8, unique=True))
    ways: list[Callable[[str], str]] = [str, str.upper, str.title, "{}s".format, " {} ".format]
    write = st.sampled_from(ways)
    written = tuple(data.draw(write)(known[place]) for place in chosen)
    labels = torch.arange(len(chosen))
    split = Split(torch.zeros(len(chosen), 3, 32, 32, dtype=torch.uint8), labels)
    assert matched(probe(*known), written, split).labels.tolist() == chosen


def test_both_measures_at_a_temperature() -> None:
    logits, labels = torch.randn(300, 3, generator=torch.Generator().manual_seed(2)), torch.arange(300) % 3
    for temperature in (0.5, 1.0, 4.0):
        found = measures(Evaluation(logits, labels), temperature)
        assert found.loss == pytest.approx(float(F.cross_entropy(logits.double() / temperature, labels)))
        assert found.error == calibration(Evaluation(logits, labels), temperature).error
    best = best_temperature(Evaluation(logits, labels))
    least = measures(Evaluation(logits, labels), best).loss
    assert all(least <= measures(Evaluation(logits, labels), best * by).loss for by in (0.9, 0.99, 1.01, 1.1))
