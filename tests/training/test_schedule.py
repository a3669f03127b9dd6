"""The learning rate of every step: PyTorch's one cycle, and what a change on the way does."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convlab.training.schedule import LearningRate, one_cycle


@given(steps=st.integers(1, 400), peak=st.floats(1e-4, 10))
@settings(max_examples=20)
def test_one_cycle_is_pytorchs(steps: int, peak: float) -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=peak, total_steps=steps, cycle_momentum=False
    )
    for step in range(steps):
        assert one_cycle(step, steps, peak) == pytest.approx(scheduler.get_last_lr()[0], rel=1e-9)
        optimizer.step()
        if step < steps - 1:
            scheduler.step()


def test_a_constant_rate_stays_and_takes_a_new_value_from_any_step() -> None:
    rate = LearningRate("constant", 0.1, 10)
    assert [rate.at(step) for step in range(10)] == [0.1] * 10
    rate.change(4, 0.5)
    assert (rate.at(4), rate.base, rate.factor) == (0.5, 0.5, 1.0)


def test_a_cycle_goes_on_from_its_new_value_in_its_own_shape() -> None:
    rate, plain = LearningRate("one_cycle", 0.1, 20), LearningRate("one_cycle", 0.1, 20)
    rate.change(7, 0.02)
    assert rate.at(7) == pytest.approx(0.02)
    for step in range(7, 20):
        assert rate.at(step) / plain.at(step) == pytest.approx(0.02 / plain.at(7))
    rate.change(9, 0.3)
    assert rate.at(9) == pytest.approx(0.3)
    again = LearningRate("one_cycle", rate.base, 20, rate.factor)  # as a checkpoint holds it
    assert again.at(12) == rate.at(12)


def test_the_cycle_has_the_books_corners() -> None:
    steps, peak = 100, 0.5
    found = [one_cycle(step, steps, peak) for step in range(steps)]
    assert found[0] == pytest.approx(peak / 25)
    assert max(found) == found[29] == peak
    assert found[-1] == pytest.approx(peak / 25 / 1e4)
    assert one_cycle(0, 1, peak) > 0


def test_beyond_the_last_step_the_rate_stays() -> None:
    rate = LearningRate("one_cycle", 0.1, 8)
    assert rate.at(8) == rate.at(7)
