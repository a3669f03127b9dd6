"""Where a run stands, as ``status.json`` has it."""

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from convlab.errors import UserError
from convlab.training import metrics
from convlab.training.engine import EpochRecord

State = Literal[
    "queued", "running", "paused", "finished", "stopped", "diverged", "timed out", "failed", "interrupted"
]
GOES_ON: tuple[State, ...] = ("paused", "stopped", "failed", "interrupted")  # what can be resumed


@dataclass(frozen=True)
class Message:
    """A sentence for people: the template is translated, then its fields are filled."""

    template: str
    values: dict[str, str | int | float] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.values)


def message(error: UserError) -> Message:
    """What an error says."""
    plain = {
        name: value if isinstance(value, str | int | float) else str(value)
        for name, value in error.values.items()
    }
    return Message(error.template, plain)


@dataclass(frozen=True)
class Status:
    """How far a run is; at most half a second old (a large network: longer) while it trains.

    Attributes:
        state: "stopped" at epoch 0 has not begun.
        epoch: epochs that ended.
        batch: batches of the present epoch that were trained.
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
    message: Message | None = None
    queue: str | None = None
    place: int | None = None
    last: EpochRecord | None = None

    def now(self, state: State, said: Message | None = None) -> "Status":
        """The same progress in another state."""
        return replace(self, state=state, message=said, queue=None, place=None, seconds_left=None)

    def waiting(self, queue: str) -> "Status":
        """The same progress, in the line of a queue."""
        return replace(self.now("queued"), queue=queue)

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        values = asdict(self)
        values["last"] = None if self.last is None else metrics.plain(self.last)
        values["seconds_left"] = self.seconds_left if math.isfinite(self.seconds_left or 0) else None
        return values


def parsed(values: dict[str, Any]) -> Status:
    """What ``plain`` made."""
    said, last = values["message"], values["last"]
    return Status(
        **{
            **values,
            "message": None if said is None else Message(**said),
            "last": None if last is None else metrics.record(last),
        }
    )
