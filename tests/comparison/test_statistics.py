"""Intervals, differences by seed, all pairs: against scipy's, and by simulation."""

import numpy as np
import pytest
from scipy import stats

from convlab.comparison import statistics
from convlab.comparison.statistics import Difference, Interval, all_pairs, holm, interval, paired, t95


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


def test_every_pair_is_corrected_for_all_of_them() -> None:
    generator = np.random.default_rng(0)
    groups = {
        name: dict(enumerate(generator.normal(mean, 0.01, 5)))
        for name, mean in zip("abcd", (0.8, 0.8, 0.82, 0.9), strict=True)
    }
    pairs = all_pairs({**groups, "none": {}})
    assert [(pair.a, pair.b) for pair in pairs] == [
        tuple(two) for two in ("ab", "ac", "ad", "bc", "bd", "cd")
    ]
    alone = [
        stats.ttest_rel(*(list(groups[name].values()) for name in (pair.a, pair.b))).pvalue for pair in pairs
    ]
    assert [pair.difference.alone for pair in pairs] == pytest.approx(alone, rel=1e-9)
    ranked = sorted(range(6), key=alone.__getitem__)
    by_hand = np.maximum.accumulate([min(1, (6 - rank) * alone[place]) for rank, place in enumerate(ranked)])
    assert [pairs[place].difference.p for place in ranked] == pytest.approx(by_hand.tolist(), rel=1e-9)
    assert {pair.difference.verdict for pair in pairs if "d" in (pair.a, pair.b)} == {"real"}


def apart(*differences: float) -> Difference:
    return paired(
        {seed: 0.5 + each for seed, each in enumerate(differences)},
        dict.fromkeys(range(len(differences)), 0.5),
    )


def test_a_verdict_is_of_the_p_value_and_the_interval() -> None:
    real, noise, few = (
        apart(0.05, 0.06, 0.055),
        apart(0.001, -0.001, 0.0005, -0.002),
        apart(0.05, -0.02, 0.01),
    )
    assert real.p is not None
    assert real.p < 0.05
    assert str(real.said()) == "real"
    assert noise.low is not None
    assert noise.high is not None
    assert -0.01 <= noise.low < noise.high <= 0.01
    assert str(noise.said()) == "within the noise"
    assert str(few.said()) == f"too few seeds to tell: about {few.more} more would do"
    assert (real.verdict, noise.verdict, few.verdict) == ("real", "noise", "few")
    assert real.more is noise.more is None


def test_a_small_difference_can_be_real() -> None:
    assert apart(0.004, 0.0041, 0.0039, 0.004).verdict == "real"


def test_one_seed_tells_nothing() -> None:
    found = apart(0.3)
    assert found.mean == pytest.approx(0.3)
    assert (found.verdict, found.low, found.p, found.more) == ("few", None, None, None)
    assert str(found.said()) == "too few seeds to tell"
    [pair] = all_pairs({"a": {1: 0.9}, "b": {2: 0.5, 3: 0.6}})
    assert (pair.difference.verdict, pair.difference.more) == ("few", None)


def test_the_same_difference_with_each_seed_has_no_spread_to_tell_it_by() -> None:
    rounded = apart(0.02, 0.02)
    assert (rounded.verdict, rounded.p, rounded.low) == ("few", None, None)
    twins = apart(0.0, 0.0)
    assert (twins.verdict, twins.low, twins.high) == ("noise", 0, 0)
    [pair] = all_pairs({"a": {1: 0.9, 2: 0.9}, "b": {3: 0.5, 4: 0.5}})
    assert pair.difference.verdict == "few"


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("factor", [1, 28])
def test_with_so_many_more_a_true_difference_shows_in_four_of_five_sweeps(shared: bool, factor: int) -> None:
    """The chance of a test at so many seeds, by scipy's noncentral t: at least 80%, and less with fewer."""
    a = {0: 0.55, 1: 0.48, 2: 0.53, 3: 0.5}
    other = (0.5, 0.49, 0.51, 0.505) if shared else (0.498, 0.488, 0.508, 0.503)
    b = {seed + (0 if shared else 10): value for seed, value in enumerate(other)}
    found = statistics._judged(statistics._compared(a, b), None, factor)
    assert found.verdict == "few"
    assert found.more is not None
    groups = 1 if shared else 2
    apart = [a[seed] - b[seed] for seed in a] if shared else [*a.values(), *b.values()]
    variances = sum(np.var(group, ddof=1) for group in ([apart] if shared else [apart[:4], apart[4:]]))

    def power(count: int) -> float:
        freedom, critical = groups * (count - 1), stats.t.isf(0.025 / factor, groups * (count - 1))
        return float(stats.nct.sf(critical, freedom, found.mean / np.sqrt(variances / count)))

    count = found.count + found.more
    assert power(count) > 0.79
    assert power(count - 2) < 0.80


def test_with_so_many_more_a_difference_of_nothing_is_noise() -> None:
    found = apart(0.011, -0.011, 0.01, -0.01)
    assert found.verdict == "few"
    assert found.more is not None
    spread, count = np.std([0.011, -0.011, 0.01, -0.01], ddof=1), found.count + found.more

    def half(count: int) -> float:
        return float(stats.t.isf(0.025, count - 1) * spread / np.sqrt(count))

    assert half(count) <= 0.01 < half(count - 1)


def test_the_interval_of_three_seeds_has_the_mean_in_it_95_times_of_100() -> None:
    samples = np.random.default_rng(1).normal(0.7, 0.03, (4000, 3)).tolist()
    inside = sum(abs(found.mean - 0.7) <= (found.half or 0) for found in map(interval, samples))
    assert inside / 4000 == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 4000))


def test_the_interval_of_a_difference_by_seed_too() -> None:
    generator, inside = np.random.default_rng(2), 0
    for easy, a, b in zip(*(generator.normal(0, s, (3000, 4)) for s in (0.05, 0.01, 0.03)), strict=True):
        found = paired(dict(enumerate(0.8 + easy + a)), dict(enumerate(0.77 + easy + b)))
        inside += (found.low or 0) <= 0.03 <= (found.high or 0)
    assert inside / 3000 == pytest.approx(0.95, abs=3 * np.sqrt(0.95 * 0.05 / 3000))


def test_of_designs_that_are_alike_five_sweeps_in_a_hundred_call_any_pair_real() -> None:
    """Five designs, three seeds: Holm keeps the whole to 5%; each pair at 5% alone does not."""
    generator, sweeps, wrong, uncorrected = np.random.default_rng(3), 500, 0, 0
    for numbers in generator.normal(0.8, 0.02, (sweeps, 5, 3)):
        pairs = all_pairs({str(name): dict(enumerate(row)) for name, row in enumerate(numbers.tolist())})
        wrong += any(pair.difference.verdict == "real" for pair in pairs)
        uncorrected += any((pair.difference.alone or 0) < 0.05 for pair in pairs)
    assert wrong / sweeps <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / sweeps)
    assert uncorrected / sweeps > 0.2
