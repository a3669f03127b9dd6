"""The training benchmark: its figures by hand, its loops on a few pictures."""

import itertools
import math
from pathlib import Path

import pytest

from benchmarks import training
from convlab.chapter import published
from convlab.training.engine import Trainer
from tests.training.small import DATASET, settings


def test_all_loops_train() -> None:
    for loop in (
        training.chapter_loop(DATASET),
        training.plain_loop(DATASET),
        training.engine_loop(DATASET),
    ):
        losses = list(itertools.islice(loop, 12))
        assert all(loss is not None and 0 < loss < 2 for loss in losses)
        assert len(set(losses)) == 12
        assert 0 < training.seconds(loop, 2) < 60


def test_our_share_of_both_times() -> None:
    took = [(1.0, 0.5, 0.5), (3.0, 1.0, 1.2), (1.0, 0.2, 0.1)]
    *loops, of_plain, share = training.speed_figures(took, threads=1, batches=10)
    assert [loop.value for loop in loops] == pytest.approx([100, 50, 50])
    assert (of_plain.value, of_plain.verdict) == (1.0, "met")
    assert share.value == pytest.approx(0.4)
    assert share.verdict == "met"
    assert share.detail == "2.50 times as fast"
    *_, of_plain, share = training.speed_figures([(1.0, 0.45, 0.46)], threads=2, batches=1)
    assert (of_plain.verdict, share.verdict) == ("MISSED", "MISSED")


def test_a_loop_in_a_process_of_its_own_tells_its_seconds(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVLAB_SHARED", str(shared))
    with training.apart("plain", 1) as ask:
        assert all(ask(batches) > 0 for batches in (1, 8))


def test_the_plain_loop_trains_the_same_network() -> None:
    """Its first loss is that of the engine, whose first batch is the same."""
    plain, ours = training.plain_loop(DATASET), training.engine_loop(DATASET)
    assert next(plain) == pytest.approx(next(ours), rel=1e-4)


def test_a_course_knows_when_each_accuracy_was_reached() -> None:
    course = training.Course(Trainer(settings(epochs=4, optimizer="adam", lr=1e-3), DATASET))
    course.go_on(1)
    first = course.seconds
    course.go_on(99)
    assert course.trainer.finished
    assert 0 < first < course.seconds
    assert 0 < course.best <= 1
    for accuracy in (training.GOOD, training.BEST):
        reached = course.until(accuracy)
        assert (first <= reached <= course.seconds) if course.best >= accuracy else reached == math.inf


def test_how_much_sooner_by_hand() -> None:
    quick, slow = (training.Course(Trainer(settings(epochs=100), DATASET)) for _ in range(2))
    quick.reached = {training.GOOD: 10.0, training.BEST: 31.0}
    slow.seconds = 90.0
    found = {figure.name: figure for figure in training.fast_figures(quick, slow, 120.0, "fast")}
    assert found["fast: to 0.92"].verdict == "MISSED"
    assert found["fast: its share of our engine's"].value == pytest.approx(1 / 9)
    chapters = found["fast: its share of the chapter's"]
    assert chapters.value == pytest.approx(1 / 12)
    assert chapters.verdict == "met"
    slow.reached = {training.GOOD: 45.0}  # both loops get there after half of their epochs
    found = {figure.name: figure for figure in training.fast_figures(quick, slow, 120.0, "fast")}
    chapters = found["fast: its share of the chapter's"]
    assert chapters.value == pytest.approx(1 / 6)
    assert chapters.verdict == "MISSED"


def test_distances_from_the_book_by_hand() -> None:
    printed = {epoch: published.PUBLISHED["net_cpu"].curve[epoch] for epoch in training.CHECKED_EPOCHS}
    off = {epoch: 1.1 * loss for epoch, loss in printed.items()} | {100: 0.8 * printed[100]}
    figures = training.book_figures([printed, off], [0.931, 0.925], [0.88, 0.89])
    assert [round(figure.value, 6) for figure in figures] == [10, 10, 10, 10, 20, 0.005, 0.115]
    assert [figure.verdict for figure in figures] == ["met"] * 4 + ["MISSED", "met", "met"]
