"""A unit's numbers in words: what adds up as it is shown has "=", the rest "≈"."""

import pytest

from convlab.ui.feature_maps import lab


def test_numbers_have_four_places_and_a_real_minus() -> None:
    assert lab._number(-0.5) == "−0.5000"


@pytest.mark.parametrize(("shown", "value", "words"), [(0.5, 0.5, "= 0.5000"), (0.4999, 0.5, "≈ 0.5000")])
def test_rounded_numbers_that_do_not_add_up_say_so(shown: float, value: float, words: str) -> None:
    assert lab._equals(shown, value) == words


def test_a_sum_and_its_bias_are_two_steps() -> None:
    terms = [("a", 0.25, ""), ("b", -0.5, "")]
    assert lab._sum_steps("sum", terms, 1.0, 0.75) == ["sum = −0.2500", "−0.2500 + bias 1.0000 = 0.7500"]


def test_a_minus_is_written_once() -> None:
    assert (lab._joined(-0.5), lab._joined(0.5), lab._joined(-1e-9)) == ("− 0.5000", "+ 0.5000", "+ 0.0000")
    assert lab._sum_steps("sum", [("a", 0.25, "")], -0.5, -0.25)[1] == "0.2500 − bias 0.5000 = −0.2500"
