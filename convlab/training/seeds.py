"""Runs that are alike but for their seed."""

from collections import defaultdict
from collections.abc import Iterable

from convlab.training.runs import Run
from convlab.training.status import Status
from convlab.training.story import Story


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
