"""Where a run stands, as ``status.json`` has it."""

import json
import math
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from pydantic import TypeAdapter

from convlab.errors import Sentence
from convlab.training import metrics
from convlab.training.engine import EpochRecord
from convlab.training.kinds import Count, Id, Said, Seconds
from convlab.training.outcome import Outcome

State = Literal[
    "queued", "running", "paused", "finished", "stopped", "diverged", "timed out", "failed", "interrupted"
]
LIVE: tuple[State, ...] = ("queued", "running")
GOES_ON: tuple[State, ...] = ("paused", "stopped", "failed", "interrupted")  # what can be resumed
OVER: tuple[State, ...] = ("finished", "diverged", "timed out")  # what cannot


@dataclass(frozen=True)
class Status:
    """How far a run is; at most half a second old (a large network: longer) while it trains.

    Attributes:
        state: "stopped" at epoch 0 has not begun.
        epoch, batch: epochs that ended, batches of the present epoch that were trained.
        batches_per_epoch: 0 until the run has begun.
        seconds: of training, all sessions together.
        seconds_left: at its own pace; None until that has settled, and where nothing is left.
        images_per_s: lately.
        message: why it ended, or None.
        place: in the queue, 1 is next; 0 or None where it does not wait.
        last: the newest epoch.
        outcome: what that epoch says of the run; None before there is one, and from 0.1, which did not ask.
    """

    state: State
    epochs: Count
    epoch: Count = 0
    batch: Count = 0
    batches_per_epoch: Count = 0
    seconds: Seconds = 0.0
    seconds_left: Seconds | None = None
    images_per_s: Seconds = 0.0
    message: Said | None = None
    queue: Id | None = None
    place: Count | None = None
    last: EpochRecord | None = None
    outcome: Outcome | None = None

    @property
    def share(self) -> float:
        """Of the run's work that is done, from 0 to 1."""
        batches = self.batch / self.batches_per_epoch if self.batches_per_epoch else 0.0
        return min(1.0, (self.epoch + batches) / max(1, self.epochs))

    def now(self, state: State, said: Sentence | None = None) -> "Status":
        """The same progress in another state."""
        return replace(self, state=state, message=said, queue=None, place=None, seconds_left=None)

    def waiting(self, queue: str) -> "Status":
        """The same progress, in the line of a queue."""
        return replace(self.now("queued"), queue=queue)

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        values = asdict(self)
        if self.message is not None:
            told = values["message"]["values"]
            told |= {name: str(v) for name, v in told.items() if not isinstance(v, str | int | float)}
        if self.outcome is None:
            del values["outcome"]
        values["last"] = None if self.last is None else metrics.plain(self.last)
        values["seconds_left"] = self.seconds_left if math.isfinite(self.seconds_left or 0) else None
        return values


KIND = TypeAdapter(Status)  # of what ``plain`` made, as JSON


def parsed(values: dict[str, Any]) -> Status:
    """What ``plain`` made. Raises ValueError for any other."""
    return KIND.validate_json(json.dumps(values), strict=True)
