"""What the rules of ``training.diagnosis`` say of a run."""

from collections.abc import Sequence
from functools import lru_cache

from convlab.training import diagnosis, runs
from convlab.training.diagnosis import Finding, Measured
from convlab.training.engine import EpochRecord
from convlab.training.runs import Run
from convlab.training.status import State, Status
from convlab.training.story import Story
from convlab.ui.runs.history import history


def finding(run: Run, status: Status, told: Story) -> Finding | None:
    """What they say; None where all is well, or it has not begun."""
    return _finding(run, status, told, history(run).records)


def of_ended(run: Run, status: Status) -> Finding | None:
    """The same of a run that has ended, of which many are asked every second. Raises UserError without it."""
    return _of_ended(run.id, status.state, status.seconds)  # one that was resumed has trained for longer


@lru_cache(maxsize=16_384)
def _of_ended(id: str, _state: State, _seconds: float) -> Finding | None:
    run = runs.get(id)
    return _finding(run, run.status(), run.story(), run.metrics().records)


def _finding(run: Run, status: Status, told: Story, records: Sequence[EpochRecord]) -> Finding | None:
    classes = run.environment.get("classes")
    if not classes:
        return None
    outcome = None if status.outcome is None else status.outcome.kind
    return diagnosis.diagnose(Measured(told.leg, tuple(records), len(classes), outcome, run.epochs_stored()))
