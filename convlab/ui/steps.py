"""Undo and redo: what a learner has made, and which of it is there now.

Where a link can bring it too, the browser's Back and Forward move over the same: what the link brings is the
step before or behind, if it is one of the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Beside = Mapping[str, tuple[Any, Any]]  # control -> its value before and after a step

MOST = 100


@dataclass
class Steps(Generic[T]):
    """All that there was, oldest first, and what was changed beside it; ``at`` is what is there."""

    had: list[T] = field(default_factory=list)
    at: int = -1
    heard: int = 0  # of the browser: how far it has asked to go since it opened, back counted as less than 0

    def __post_init__(self) -> None:
        self.beside: list[Beside] = [{} for _one in self.had]

    def made(self, new: T, beside: Beside | None = None) -> None:
        """The learner has made this, and changed that beside it: what was undone before is given up."""
        if self.had and self.had[self.at] == new and not beside:
            return
        self.had = [*self.had[: self.at + 1], new][-MOST - 1 :]
        self.beside = [*self.beside[: self.at + 1], beside or {}][-MOST - 1 :]
        self.at = len(self.had) - 1

    def seen(self, now: T) -> None:
        """This is there, which may have come from elsewhere."""
        for at in (self.at, self.at - 1, self.at + 1):
            if 0 <= at < len(self.had) and self.had[at] == now:
                self.at = at
                return
        self.made(now)

    def along(self, by: int) -> dict[str, Any]:
        """The controls that ``moved(by)`` changes beside."""
        there = self._place(by)
        undone = [(self.beside[n], 0) for n in range(self.at, there, -1)]
        redone = [(self.beside[n], 1) for n in range(self.at + 1, there + 1)]
        return {name: ends[way] for beside, way in undone + redone for name, ends in beside.items()}

    def moved(self, by: int) -> T:
        """What was there so many steps on; the last that there is."""
        self.at = self._place(by)
        return self.had[self.at]

    def _place(self, by: int) -> int:
        return max(0, min(len(self.had) - 1, self.at + by))

    @property
    def behind(self) -> int:
        """How many there are to undo."""
        return max(0, self.at)

    @property
    def ahead(self) -> int:
        """How many there are to redo."""
        return len(self.had) - 1 - self.at
