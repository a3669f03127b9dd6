"""The training benchmark: its figures by hand, its loops on a few pictures."""

import itertools

import pytest

from benchmarks import training
from convlab.training import book
from convlab.training.engine import Trainer
from tests.training.small import DATASET, settings


def test_both_loops_train() -> None:
    for loop in (training.chapter_loop(DATASET), training.engine_loop(DATASET)):
        losses = list(itertools.islice(loop, 12))
        assert all(loss is not None and 0 < loss < 2 for loss in losses)
        assert len(set(losses)) == 12
        assert 0 < training.seconds(loop, 2) < 60


def test_our_share_of_the_chapters_time() -> None:
    pairs = [(1.0, 0.5), (3.0, 1.2), (1.0, 0.1)]
    chapter, ours, share = training.speed_figures(pairs, threads=1, batches=10)
    assert (chapter.value, ours.value, share.value) == pytest.approx((100, 50, 0.4))
    assert (share.verdict, share.detail) == ("met", "2.50 times as fast")
    assert training.speed_figures([(1.0, 0.51)], threads=2, batches=1)[2].verdict == "MISSED"


def test_it_stops_where_the_accuracy_is_reached() -> None:
    trainer = Trainer(settings(epochs=4, optimizer="adam", lr=1e-3), DATASET)
    reached, best = training.until(trainer, (0.01, 2.0))
    assert list(reached) == [0.01]
    assert trainer.finished
    assert 0.01 < best <= 1
    trainer = Trainer(settings(epochs=4), DATASET)
    assert training.until(trainer, (0.01,))[1] > 0
    assert trainer.epoch == 1


def test_distances_from_the_book_by_hand() -> None:
    printed = {epoch: book.PUBLISHED["net_cpu"].curve[epoch] for epoch in training.CHECKED_EPOCHS}
    off = {epoch: 1.1 * loss for epoch, loss in printed.items()} | {100: 0.8 * printed[100]}
    figures = training.book_figures([printed, off], [0.931, 0.925], [0.88, 0.89])
    assert [round(figure.value, 6) for figure in figures] == [10, 10, 10, 10, 20, 0.005, 0.115]
    assert [figure.verdict for figure in figures] == ["met"] * 4 + ["MISSED", "met", "met"]
