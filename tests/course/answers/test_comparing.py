"""What a few seeds tell, against scipy and the stored runs by hand."""

from math import sqrt

import pytest
from scipy import stats

from convlab.comparison.measured import figure_8_13
from convlab.course.answers import comparing


def test_three_seeds_of_batch_norm_lie_apart() -> None:
    found = comparing.seeds_of_batch_norm()
    assert found["answer"] == pytest.approx(100 * (0.876 - 0.785))
    assert found["runs"] == ["78.5%", "86.4%", "87.6%"]
    assert (found["lowest"], found["highest"]) == (86, 90)  # as the book printed


def test_of_all_pairs_none_is_real_and_one_looks_so() -> None:
    found = comparing.real_differences()
    runs = [list(seeds.values()) for seeds in figure_8_13().values()]
    ps = sorted(stats.ttest_rel(a, b).pvalue for n, a in enumerate(runs) for b in runs[n + 1 :])
    assert found["pairs"] == len(ps)
    assert found["alone"] == sum(p < 0.05 for p in ps) == 1
    assert found["answer"] == 0
    assert ps[0] * len(ps) > 0.05  # Holm's correction of the smallest


def test_two_seeds_more_halve_the_interval() -> None:
    found = comparing.two_seeds_more()
    three, five = (stats.t.ppf(0.975, n - 1) / sqrt(n) for n in (3, 5))
    assert (found["three"], found["five"]) == (pytest.approx(three), pytest.approx(five))
    assert found["answer"] == pytest.approx(three / five, abs=0.005)
