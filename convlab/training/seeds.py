"""Runs that are alike but for their seed: which they are, and what one number of theirs says of them all."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from convlab.training.runs import Run
from convlab.training.status import Status
from convlab.training.story import Story

# Of Student's t between whose negative and itself lie 95%, for 1 to 10 degrees of freedom.
_T95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
_Z95 = 1.959964


@dataclass(frozen=True)
class Interval:
    """A mean over seeds, and how far to either side of it the 95% confidence interval of the mean reaches.

    ``half`` is None for a single number: it says nothing of the others.
    """

    mean: float
    half: float | None
    count: int


def interval(numbers: Sequence[float]) -> Interval:
    """Of at least one number; those of a normal distribution have their mean in it 95 times of 100."""
    count = len(numbers)
    if count < 2:
        return Interval(numbers[0], None, count)
    return Interval(fmean(numbers), t95(count - 1) * stdev(numbers) / math.sqrt(count), count)


def t95(freedom: int) -> float:
    """The 97.5% point of Student's t for this many degrees of freedom, to three digits behind the point."""
    if freedom <= len(_T95):
        return _T95[freedom - 1]
    z, n = _Z95, freedom  # Abramowitz and Stegun, 26.7.5
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / n + second / n**2 + third / n**3


def complete(status: Status) -> bool:
    """Whether all epochs that were asked for were trained."""
    return status.state == "finished" and status.epoch == status.epochs and status.last is not None


def steered(told: Story) -> bool:
    """Whether a run began with other than random weights, or its rate was changed.

    Such a run does not stand for its settings.
    """
    return bool(told.parents or told.given or told.lost or told.leg.changes)


def alike(runs: Iterable[Run]) -> list[list[Run]]:
    """Runs that differ only in their seed, together, each seed once: the same again is no second opinion.

    Raises UserError where a run is gone.
    """
    groups: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        same = run.story().alike()
        known = any(other.settings.seed == run.settings.seed for other in groups.get(same, []))
        groups[run.id if known else same].append(run)
    return list(groups.values())
