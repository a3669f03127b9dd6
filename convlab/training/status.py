"""Where a run stands, as ``status.json`` has it."""

import math
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from convlab.errors import Sentence
from convlab.training import metrics
from convlab.training.engine import EpochRecord

State = Literal[
    "queued", "running", "paused", "finished", "stopped", "diverged", "timed out", "failed", "interrupted"
]
GOES_ON: tuple[State, ...] = ("paused", "stopped", "failed", "interrupted")  # what can be resumed


@dataclass(frozen=True)
class Status:
    """How far a run is; at most half a second old (a large network: longer) while it trains.

    Attributes:
        state: "stopped" at epoch 0 has not begun.
        epoch, batch: epochs that ended, batches of the present epoch that were trained.
        batches_per_epoch: 0 until the run has begun.
        seconds: of training, all sessions together.
        seconds_left: estimated; None where nothing is known or nothing is left.
        images_per_s: lately.
        message: why it ended, or None.
        place: in the queue, 1 is next; 0 or None where it does not wait.
        last: the newest epoch.
    """

    state: State
    epochs: int
    epoch: int = 0
    batch: int = 0
    batches_per_epoch: int = 0
    seconds: float = 0.0
    seconds_left: float | None = None
    images_per_s: float = 0.0
    message: Sentence | None = None
    queue: str | None = None
    place: int | None = None
    last: EpochRecord | None = None

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
        values["last"] = None if self.last is None else metrics.plain(self.last)
        values["seconds_left"] = self.seconds_left if math.isfinite(self.seconds_left or 0) else None
        return values


def parsed(values: dict[str, Any]) -> Status:
    """What ``plain`` made."""
    said, last = values["message"], values["last"]
    message = None if said is None else Sentence(**said)
    return Status(**{**values, "message": message, "last": None if last is None else metrics.record(last)})
