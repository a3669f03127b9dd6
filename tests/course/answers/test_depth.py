"""Depth, against the book's counts and by hand."""

import pytest

from convlab.course import asking
from convlab.course.answers import depth


def test_gradients_fade_in_a_plain_stack_and_come_back_with_skips_or_kaiming() -> None:
    plain, skips = asking.figures("depth.fading_gradients"), asking.figures("depth.gradients_with_skips")
    assert plain["answer"] == "millionth"
    assert plain["first"] < 1e-6 * plain["last"]
    assert skips["answer"] == "back"
    assert skips["loss"] > 5
    assert asking.figures("depth.kaimings_start")["answer"] == "level"


def test_the_book_s_blocks_are_one() -> None:
    found = depth.blocks_that_are_one()
    assert (found["answer"], found["ten"], found["separate"]) == (75_810, 159_330, 994_530)
    assert found["block"] == 32 * 32 * 9 + 2 * 32


def test_a_skip_costs_nothing() -> None:
    assert depth.price_of_a_skip() == {"answer": 0, "plain": 16_130}


def test_a_weight_of_a_half_is_a_variance_of_a_quarter() -> None:
    found = depth.half_a_weight()
    assert found["answer"] == pytest.approx(0.25, abs=1e-3)
    assert found["deviation"] == pytest.approx(0.5, abs=1e-3)


def test_joined_maps_are_more_and_added_ones_are_not() -> None:
    assert depth.added_or_joined() == {"answer": 32, "added": 16}
