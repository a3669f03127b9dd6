"""Student's t, against scipy's."""

import pytest
from scipy import stats

from convlab.comparison import students_t

FREEDOMS = [1, 1.37, 2, 3, 4.5, 7, 11, 29, 30.5, 100, 1000, 1e5]


@pytest.mark.parametrize("freedom", FREEDOMS)
@pytest.mark.parametrize("t", [0.0, 1e-6, 0.3, 1.0, 2.2, -4.3, 12.7, 100.0])
def test_both_tails_are_scipys(freedom: float, t: float) -> None:
    assert students_t.both_tails(t, freedom) == pytest.approx(
        2 * stats.t.sf(abs(t), freedom), rel=1e-9, abs=1e-300
    )


@pytest.mark.parametrize("freedom", FREEDOMS)
@pytest.mark.parametrize("share", [0.5, 0.2, 0.025, 0.025 / 28, 1e-6])
def test_the_value_beyond_which_a_share_lies_is_scipys(freedom: float, share: float) -> None:
    assert students_t.beyond(share, freedom) == pytest.approx(
        stats.t.isf(share, freedom), rel=1e-9, abs=1e-12
    )


def test_nothing_lies_beyond_infinity() -> None:
    assert students_t.both_tails(float("inf"), 3) == 0
