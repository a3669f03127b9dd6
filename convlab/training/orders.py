"""Orders to a run that trains: ``control.jsonl``, appended by anybody, read before every batch."""

import contextlib
import os
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from convlab.storage import atomic, json_lines, plain_files
from convlab.training.kinds import Positive

_MOST_BYTES = 2**24  # of all orders to a run; one takes 30


_ORDERS: dict[str, TypeAdapter[Any]] = {
    "wish": TypeAdapter(Literal["pause", "stop", "go"]),
    "lr": TypeAdapter(Positive),
}


def give(path: Path, **order: str | float) -> None:
    """Append one order: ``wish="pause"``, "stop" or "go", which takes both back, or ``lr=0.1``.

    Raises OSError, and ValueError for what is no file.
    """
    file = plain_files.appending(path)
    try:
        atomic.write_all(file, b"\n" + json_lines.line(order))  # first ends what a killed writer left
    finally:
        os.close(file)


class Inbox:
    """The reading end; ``offset`` tells how far it has read. A look that finds nothing takes 2 us."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self._path = path
        self.offset = offset

    def poll(self) -> dict[str, Any]:
        """The last word of each kind, ``wish`` and ``lr``, since the last poll; what is none does not count.

        Raises OSError, ValueError.
        """
        last: dict[str, Any] = {}
        with contextlib.suppress(FileNotFoundError):
            if os.stat(self._path).st_size > self.offset:
                with plain_files.opened(self._path, _MOST_BYTES) as file:
                    file.seek(self.offset)
                    new = json_lines.whole(file.read())
                self.offset += len(new)
                for order in json_lines.parsed(new):
                    for kind in filter(order.__contains__, _ORDERS):
                        with contextlib.suppress(ValidationError):
                            last[kind] = _ORDERS[kind].validate_python(order[kind], strict=True)
        return last
