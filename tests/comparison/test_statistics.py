"""Intervals, differences by seed, all pairs: against scipy's, and by simulation."""

import numpy as np
import pytest
from scipy import stats

from convlab.comparison.statistics import Interval, all_pairs, holm, interval, paired, t95


def test_an_interval_is_students() -> None:
    assert interval([0.8]) == Interval(0.8, None, 1)
    numbers = [0.80, 0.82, 0.87]
    found = interval(numbers)
    assert found.count == 3
    low, high = stats.t.interval(0.95, 2, loc=np.mean(numbers), scale=stats.sem(numbers))
    assert found.ends == pytest.approx((low, high), rel=1e-9)
    assert interval([0.5, 0.5]).half == 0
    assert t95(4) == pytest.approx(2.7764451, abs=1e-6)


A = dict(enumerate([0.81, 0.83, 0.86, 0.80]))
B = dict(enumerate([0.78, 0.82, 0.82, 0.79]))


def test_a_paired_difference_is_scipys() -> None:
    found, theirs = paired(A, B), stats.ttest_rel(list(A.values()), list(B.values()))
    assert found.p == found.alone == pytest.approx(theirs.pvalue, rel=1e-9)
    ends = theirs.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high), rel=1e-9)
    assert found.mean == pytest.approx(0.0225)
    assert found.count == 4
    assert found.paired


def test_only_seeds_that_both_have_count() -> None:
    assert paired({**A, 9: 0.1}, {**B, 8: 0.9}) == paired(A, B)
    with pytest.raises(ValueError, match="no seed in common"):
        paired({1: 0.5}, {2: 0.5})


@pytest.mark.parametrize("shared", [0, 1])
def test_without_two_shared_seeds_it_is_welchs_test(shared: int) -> None:
    others = {seed + 4 - shared: value for seed, value in B.items() if seed < 3}
    [pair] = all_pairs({"a": A, "b": others})
    theirs = stats.ttest_ind(list(A.values()), list(others.values()), equal_var=False)
    ends = theirs.confidence_interval(0.95)
    found = pair.difference
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-9)
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high), rel=1e-9)
    assert not found.paired


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, None, 0.03]) == [(0.03, 3), (0.06, 1), (None, 3), (0.06, 2)]
    assert holm([0.9, 0.8]) == [(1.0, 1), (1.0, 2)]
    assert holm([]) == []
