"""Orders to a run that trains: ``control.jsonl``, appended by anybody, read before every batch."""

import contextlib
import os
from pathlib import Path
from typing import Any

from convlab.storage import json_lines


def give(path: Path, **order: str | float) -> None:
    """Append one order: ``wish="pause"``, "stop" or "go", which takes both back, or ``lr=0.1``."""
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

    def poll(self) -> dict[str, Any]:
        """The orders that came since the last poll: the last word of each kind, ``wish`` and ``lr``."""
        last: dict[str, Any] = {}
        with contextlib.suppress(FileNotFoundError):
            if os.stat(self._path).st_size > self.offset:
                with self._path.open("rb") as file:
                    file.seek(self.offset)
                    new = json_lines.whole(file.read())
                self.offset += len(new)
                for order in json_lines.parsed(new):
                    last |= order
        return last
