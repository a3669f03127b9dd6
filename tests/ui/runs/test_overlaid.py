"""Several runs in one chart: the mean and spread over the epochs that all have."""

import math
from dataclasses import replace

import numpy as np

from convlab.ui.runs.overlaid import chart, spread
from tests.training.small import create, train


def test_mean_and_spread_go_as_far_as_all_runs_do() -> None:
    short = np.array([[1, 2.0], [2, 4.0]])
    long = np.array([[1, 4.0], [2, 8.0], [3, 100.0]])
    mean, band = spread([short, long])
    assert mean.tolist() == [[1, 3], [2, 6]]
    assert np.allclose(band, [[1, 3 - 2**0.5, 3 + 2**0.5], [2, 6 - 8**0.5, 6 + 8**0.5]])


def test_the_training_loss_is_compared_without_penalties() -> None:
    plain, with_l2 = create(), create(l2=0.01)
    for run in (plain, with_l2):
        train(run)
    records = {run: run.metrics().records for run in (plain, with_l2)}
    names = {plain: "plain", with_l2: "two"}
    found = chart("train_loss", [[plain], [with_l2]], records, names)
    assert "penalties left out" in found.unit
    assert [line.name for line in found.lines] == ["plain", "two"]
    assert found.lines[1].points[:, 1].tolist() == [one.train_loss - one.penalty for one in records[with_l2]]
    assert all(one.penalty > 0.1 for one in records[with_l2])
    old = {with_l2: [replace(one, penalty=math.nan) for one in records[with_l2]]}  # of version 0.6
    (line,) = chart("train_loss", [[with_l2]], old, names).lines
    assert line.name == "two, with L2"
    assert line.points[:, 1].tolist() == [one.train_loss for one in records[with_l2]]


def test_one_run_has_no_spread() -> None:
    points = np.array([[1, 2.0]])
    assert spread([points])[1].tolist() == [[1, 2, 2]]
