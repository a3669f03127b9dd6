"""Runs compared: whose mean is drawn."""

from convlab.ui.train.compare import banded
from tests.training.small import create, train


def test_only_finished_runs_have_a_mean_and_all_keep_their_order() -> None:
    made = [create(seed=seed) for seed in (1, 2, 3)] + [create(lr=0.1), create(seed=4)]
    for run in (made[1], made[3], made[4]):
        train(run)
    assert banded(made) == [[made[0]], [made[1], made[4]], [made[2]], [made[3]]]
