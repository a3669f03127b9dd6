"""Student's t distribution: how much of it lies beyond a value, and beyond which value so much lies."""

import math
from functools import lru_cache
from statistics import NormalDist

_CLOSE, _TINY = 1e-15, 1e-300
_MOST_STEPS = 10_000


def both_tails(t: float, freedom: float) -> float:
    """The share of Student's t that lies at least as far from 0, to either side: a test's p."""
    if math.isinf(t):
        return 0.0
    whole = freedom + t * t
    return _beta_below(freedom / whole, t * t / whole, freedom / 2, 0.5)


@lru_cache(maxsize=4096)
def beyond(share: float, freedom: float) -> float:
    """The value above which this share lies, of at most a half.

    Newton's method, from the normal distribution's value: that is never above, and the tail is convex, so
    that no step goes too far.
    """
    t = NormalDist().inv_cdf(1 - share)
    for _ in range(_MOST_STEPS):
        step = (both_tails(t, freedom) / 2 - share) / _density(t, freedom)
        t += step
        if step <= 1e-13 * t:
            break
    return t


def _density(t: float, freedom: float) -> float:
    log = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - math.log(freedom * math.pi) / 2
    return math.exp(log - (freedom + 1) / 2 * math.log1p(t * t / freedom))


def _beta_below(x: float, rest: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by NIST's handbook, 8.17; rest is 1 - x."""
    if x <= 0 or rest <= 0:
        return float(rest <= 0)
    if x > (a + 1) / (a + b + 2):  # there the fraction converges slowly
        return 1 - _beta_below(rest, x, b, a)
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest)
    return math.exp(log) * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    """The continued fraction 8.17.22, from its beginning, as Lentz does."""
    c, d = 1.0, 1 / _not_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MOST_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            c, d = _not_zero(1 + term / c), 1 / _not_zero(1 + term * d)
            value *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return value


def _not_zero(number: float) -> float:
    return number if abs(number) > _TINY else _TINY
