"""The time machine's choice of epochs: all of few, and of many the ends and evenly what lies between."""

import numpy as np
import pytest

from convlab.ui.train.time_machine import MOST_EPOCHS, picked


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
