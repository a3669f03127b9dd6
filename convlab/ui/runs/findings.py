"""What the rules of ``training.diagnosis`` say of a run."""

from convlab.training import diagnosis
from convlab.training.diagnosis import Finding, Measured
from convlab.training.runs import Run
from convlab.training.status import Status
from convlab.training.story import Story
from convlab.ui.runs.history import history


def finding(run: Run, status: Status, told: Story) -> Finding | None:
    """What they say; None where all is well, or it has not begun."""
    classes = run.environment.get("classes")
    if not classes:
        return None
    outcome = None if status.outcome is None else status.outcome.kind
    records = tuple(history(run).records)
    return diagnosis.diagnose(Measured(told.leg, records, len(classes), outcome, run.epochs_stored()))
