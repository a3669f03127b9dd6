"""Runs compared: who differs only in the seed, and the mean and spread over the epochs that all have."""

from pathlib import Path

import numpy as np
import pytest

from convlab.training import runs
from convlab.training.settings import Settings
from convlab.ui.train.compare import seed_groups, spread


def test_seeds_are_grouped_other_settings_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    made = [runs.create(settings) for settings in (Settings(seed=1), Settings(lr=0.1), Settings(seed=2))]
    assert seed_groups(made) == [[made[0], made[2]], [made[1]]]


def test_mean_and_spread_go_as_far_as_all_runs_do() -> None:
    short = np.array([[1, 2.0], [2, 4.0]])
    long = np.array([[1, 4.0], [2, 8.0], [3, 100.0]])
    mean, band = spread([short, long])
    assert mean.tolist() == [[1, 3], [2, 6]]
    assert np.allclose(band, [[1, 3 - 2**0.5, 3 + 2**0.5], [2, 6 - 8**0.5, 6 + 8**0.5]])


def test_one_run_has_no_spread() -> None:
    points = np.array([[1, 2.0]])
    assert spread([points])[1].tolist() == [[1, 2, 2]]
