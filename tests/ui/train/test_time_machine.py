"""The time machine's choice of epochs: all of few, and of many the ends and evenly what lies between."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from convlab.pictures import photographs
from convlab.training.runs import Run
from convlab.ui.picture import Picture
from convlab.ui.runs import labels
from convlab.ui.train.time_machine import MOST_APART, MOST_EPOCHS, ends_of, look_back, picked
from tests.training.small import create, train


@pytest.mark.parametrize("count", [1, 2, MOST_EPOCHS])
def test_few_epochs_are_all_shown(count: int) -> None:
    stored = tuple(range(count))
    assert picked(stored) == stored


@pytest.mark.parametrize("count", [MOST_EPOCHS + 1, 101, 1001])
def test_of_many_epochs_the_ends_stay_and_the_steps_are_even(count: int) -> None:
    found = picked(tuple(range(count)))
    assert (len(found), found[0], found[-1]) == (MOST_EPOCHS, 0, count - 1)
    steps = np.diff(found)
    assert steps.max() - steps.min() <= 1


def epochs_of(*sizes: float) -> Tensor:
    """Values of as many epochs, each up to a size."""
    return torch.tensor(sizes)[:, None] * torch.tensor([-1, -0.5, 0.0, 0.5, 1])


def test_epochs_that_are_near_to_each_other_have_one_scale() -> None:
    assert ends_of(epochs_of(0.2, 0.5, 1.9)) == (2, 2, 2)
    assert ends_of(epochs_of(0.0, 0.0)) == (1, 1)


def test_after_a_blow_up_each_epoch_has_its_own_scale() -> None:
    assert ends_of(epochs_of(0.19, 0.18, 2.1e6)) == pytest.approx((0.2, 0.2, 3e6))
    assert ends_of(epochs_of(0.19, math.nan, 2.1e6)) == pytest.approx((0.2, 1, 3e6))
    few = epochs_of(0.19, 0.19)
    few[1, 0] = math.inf
    assert ends_of(few) == pytest.approx((0.2, 0.2))


@given(st.lists(st.floats(2.0**-20, 2.0**99, width=32), min_size=1, max_size=12))
def test_every_epoch_can_be_seen_and_zero_is_neutral(sizes: list[float]) -> None:
    values = epochs_of(*sizes)
    for one, end in zip(values, ends_of(values), strict=True):
        low, _, middle, _, high = labels.quantised(one, end).tolist()
        assert middle == 128
        assert high - middle > 127 / MOST_APART / 1.7
        assert high - 128 == pytest.approx(127 - low, abs=1)


def test_what_is_no_number_is_neutral() -> None:
    values = torch.tensor([math.nan, math.inf, -math.inf, 0.0])
    assert labels.quantised(values, 2.0).tolist() == [128, 255, 0, 128]


def view(run: Run, epochs: tuple[int, ...]) -> Any:
    pixels = photographs.photograph("rocket")[:, :32, :32]
    return look_back(run, epochs, Picture(pixels, (0.5,) * 3, (0.5,) * 3, "rocket", ""))


def test_an_epoch_that_has_gone_is_left_out() -> None:
    train(run := create())
    (run.folder / "epochs" / "00001.safetensors").unlink()
    assert view(run, (0, 1, 2)).epochs == (0, 2)
    assert view(run, (1,)) is None


def test_an_epoch_that_was_trained_anew_is_looked_at_anew() -> None:
    train(run := create())
    before = view(run, (2,))
    folder = run.folder / "epochs"
    (folder / "00002.safetensors").write_bytes((folder / "00000.safetensors").read_bytes())
    again = view(run, (0, 2))
    assert not np.array_equal(before.probabilities, again.probabilities[1:])
    assert np.array_equal(again.probabilities[0], again.probabilities[1])
