"""Orders to a run that trains: ``control.jsonl``, appended by anybody, read before every batch."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convlab.storage import json_lines


@dataclass(frozen=True)
class Orders:
    """What several orders come to: the last word of each kind, or None.

    Attributes:
        wish: "pause", "stop", or "go", which takes an earlier one back.
        lr: the learning rate from the next batch on.
    """

    wish: str | None
    lr: float | None


def give(path: Path, **order: str | float) -> None:
    """Append one order: ``wish="stop"`` or ``lr=0.1``."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, b"\n" + json_lines.line(order))  # first ends what a killed writer left
    finally:
        os.close(file)


class Inbox:
    """The reading end; ``offset`` tells how far it has read. A look that finds nothing takes 2 us."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._path = path
        self.offset = offset

    def poll(self) -> Orders:
        """The orders that came since the last poll."""
        try:
            if os.stat(self._path).st_size <= self.offset:
                return Orders(None, None)
        except FileNotFoundError:
            return Orders(None, None)
        with self._path.open("rb") as file:
            file.seek(self.offset)
            new = file.read()
        new = json_lines.whole(new)
        self.offset += len(new)
        last: dict[str, Any] = {}
        for order in json_lines.parsed(new):
            last |= order
        return Orders(last.get("wish"), last.get("lr"))
