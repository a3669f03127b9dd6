"""What a few seeds tell of a design's mean, and of the difference between two designs.

A mean comes with its 95% interval by Student's t. Two designs are compared by the differences that each seed
gives, as a seed draws the same order of pictures for both; without two seeds in common by Welch's test. Where
several pairs are compared, their p-values are corrected by Holm: one pair of many is below 5% by chance.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev, variance
from typing import Literal

from convlab.comparison import students_t
from convlab.errors import N_, Sentence

ALPHA, POWER = 0.05, 0.8
MATTERS = 0.01  # a smaller difference in accuracy, one point, matters to nobody here
_NO_SPREAD = 1e-9  # numbers that are no farther apart are the same: shares of some thousand pictures, rounded

Verdict = Literal["real", "noise", "few"]


@dataclass(frozen=True)
class Interval:
    """A mean over seeds, and how far to either side of it the 95% confidence interval of the mean reaches.

    ``half`` is None for a single number: it says nothing of the others.
    """

    mean: float
    half: float | None
    count: int

    @property
    def ends(self) -> tuple[float, float] | None:
        """From where to where."""
        return None if self.half is None else (self.mean - self.half, self.mean + self.half)


def interval(numbers: Sequence[float]) -> Interval:
    """Of at least one number; those of a normal distribution have their mean in it 95 times of 100."""
    count = len(numbers)
    if count < 2:
        return Interval(numbers[0], None, count)
    return Interval(fmean(numbers), t95(count - 1) * stdev(numbers) / math.sqrt(count), count)


def t95(freedom: float) -> float:
    """Between whose negative and itself lie 95% of Student's t."""
    return students_t.beyond(ALPHA / 2, freedom)


@dataclass(frozen=True)
class Difference:
    """How much higher one design's numbers are than another's, and what that is worth.

    Attributes:
        mean: of the differences.
        low, high: the 95% interval of this one difference; None where there is no spread to tell it from.
        p, alone: of the test that there is none: corrected for all pairs that were compared, and by itself.
        count: seeds that both have; without two of these, of the design with fewer.
        paired: by seed.
        verdict: "real": p below 5%. "noise": the interval lies within one point to either side of none.
            "few": neither, so there are too few seeds to tell.
        more: for "few", with about how many more seeds of each design it would be told: as real with a chance
            of 80% if this difference and its spread are the true ones, or as noise; None where nobody knows.
    """

    mean: float
    low: float | None
    high: float | None
    p: float | None
    alone: float | None
    count: int
    paired: bool
    verdict: Verdict
    more: int | None

    def said(self) -> Sentence:
        """The verdict in words."""
        if self.verdict == "real":
            return Sentence(N_("real"))
        if self.verdict == "noise":
            return Sentence(N_("within the noise"))
        if self.more is None:
            return Sentence(N_("too few seeds to tell"))
        return Sentence(N_("too few seeds to tell: about {more} more would do"), {"more": self.more})


@dataclass(frozen=True)
class Pair:
    """Two designs by name; the difference is that of ``a`` less ``b``."""

    a: str
    b: str
    difference: Difference


def paired(a: Mapping[int, float], b: Mapping[int, float]) -> Difference:
    """Of two designs alone, seed -> value; only seeds that both have count. Raises ValueError without any."""
    return _judged(_by_seed(a, b))


def all_pairs(groups: Mapping[str, Mapping[int, float]]) -> list[Pair]:
    """Every two of some designs, seed -> value each, in their order; p is corrected over all of them.

    A design without any seed is in no pair.
    """
    pairs = list(itertools.combinations([name for name, values in groups.items() if values], 2))
    tests = [_compared(groups[a], groups[b]) for a, b in pairs]
    factors = holm([test.p for test in tests])
    found = itertools.starmap(_judged, zip(tests, *zip(*factors, strict=True), strict=True)) if tests else ()
    return [Pair(a, b, difference) for (a, b), difference in zip(pairs, found, strict=True)]


def holm(ps: Sequence[float | None]) -> list[tuple[float | None, int]]:
    """Holm's corrected p of each test, and by how much its own was multiplied; None stays, and is no test.

    The smallest is multiplied by how many there are, the next by one less; none comes below one before it.
    """
    order = sorted((p, place) for place, p in enumerate(ps) if p is not None)
    found: list[tuple[float | None, int]] = [(None, max(1, len(order)))] * len(ps)
    highest = 0.0
    for rank, (p, place) in enumerate(order):
        factor = len(order) - rank
        highest = max(highest, min(1.0, factor * p))
        found[place] = highest, factor
    return found


@dataclass(frozen=True)
class _Test:
    """A mean difference; ``error`` is its standard error, None where no spread of the numbers tells it."""

    mean: float
    error: float | None
    freedom: float
    count: int
    paired: bool

    @property
    def p(self) -> float | None:
        return None if self.error is None else students_t.both_tails(self.mean / self.error, self.freedom)


def _compared(a: Mapping[int, float], b: Mapping[int, float]) -> _Test:
    """By seed where two are shared, or where that is all that there is."""
    shared = a.keys() & b.keys()
    return _by_seed(a, b) if len(shared) > 1 or len(a) == len(b) == len(shared) else _welch(a, b)


def _by_seed(a: Mapping[int, float], b: Mapping[int, float]) -> _Test:
    apart = [a[seed] - b[seed] for seed in sorted(a.keys() & b.keys())]
    if not apart:
        raise ValueError("no seed in common")
    spread = stdev(apart) if len(apart) > 1 else 0.0
    error = spread / math.sqrt(len(apart)) if spread > _NO_SPREAD else None
    return _Test(fmean(apart), error, len(apart) - 1, len(apart), paired=True)


def _welch(a: Mapping[int, float], b: Mapping[int, float]) -> _Test:
    """Of numbers that have nothing to do with each other, and a variance each."""
    mean, count = fmean(a.values()) - fmean(b.values()), min(len(a), len(b))
    if count < 2:
        return _Test(mean, None, 0, count, paired=False)
    one, other = (variance(values.values()) / len(values) for values in (a, b))
    if one + other <= _NO_SPREAD**2:
        return _Test(mean, None, 0, count, paired=False)
    freedom = (one + other) ** 2 / (one**2 / (len(a) - 1) + other**2 / (len(b) - 1))
    return _Test(mean, math.sqrt(one + other), freedom, count, paired=False)


def _judged(test: _Test, p: float | None = None, factor: int = 1) -> Difference:
    """What a test's numbers say; ``p`` is its own, corrected, where it is one of several."""
    if test.error is None:
        same = test.count > 1 and abs(test.mean) <= _NO_SPREAD  # with each seed, to the last picture
        ends: tuple[float | None, float | None] = (test.mean, test.mean) if same else (None, None)
        return Difference(
            test.mean, *ends, None, None, test.count, test.paired, "noise" if same else "few", None
        )
    half = t95(test.freedom) * test.error
    corrected = test.p if p is None else p
    verdict: Verdict = "real" if corrected is not None and corrected < ALPHA else "few"
    if verdict == "few" and abs(test.mean) + half <= MATTERS:
        verdict = "noise"
    more = _more(test, ALPHA / factor) if verdict == "few" else None
    ends = test.mean - half, test.mean + half
    return Difference(test.mean, *ends, corrected, test.p, test.count, test.paired, verdict, more)


def _more(test: _Test, alpha: float) -> int:
    """Seeds beside those that there are until a difference is told, one way or the other.

    As real, where p has to come below ``alpha``, or as noise, whichever takes fewer.
    """
    assert test.error is not None
    groups, spread = (1 if test.paired else 2), test.error * math.sqrt(test.count)
    counts = [
        _enough(spread, abs(test.mean), (alpha / 2, 1 - POWER), groups),
        _enough(spread, MATTERS - abs(test.mean), (ALPHA / 2,), groups),
    ]
    return max(1, min(count for count in counts if count is not None) - test.count)


def _enough(spread: float, reach: float, shares: Sequence[float], groups: int) -> int | None:
    """The smallest count with which t's values above which ``shares`` lie make a mean's error at most reach.

    It begins at the normal distribution's count, which is never too large, and goes on with t's.
    """
    if reach <= _NO_SPREAD:
        return None
    normal = sum(NormalDist().inv_cdf(1 - share) for share in shares)
    count = max(2, math.ceil((normal * spread / reach) ** 2))
    while sum(
        students_t.beyond(share, groups * (count - 1)) for share in shares
    ) * spread > reach * math.sqrt(count):
        count += 1
    return count
