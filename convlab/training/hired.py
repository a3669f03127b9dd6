"""A warm process that trains, seen from the queue; what it obeys stands in ``worker``."""

import contextlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock

from convlab.storage import data_folder
from convlab.training.runs import Run

_PACKAGE = Path(__file__).resolve().parents[2]


class Worker:
    """It trains one run, or several that are alike but for their seeds."""

    def __init__(self, command: list[str]) -> None:
        path = os.pathsep.join(filter(None, (str(_PACKAGE), os.environ.get("PYTHONPATH"))))
        env = {**os.environ, "CONVLAB_HOME": str(data_folder.folder()), "PYTHONPATH": path}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, encoding="utf-8", bufsize=1
        )
        self.ready = self.leaving = False
        self.runs: tuple[Run, ...] = ()
        self._slot: FileLock | None = None

    def train(self, several: Sequence[Run], slot: FileLock) -> None:
        """Hand runs over; a dead process is noticed by who listens to it."""
        self.runs, self._slot = tuple(several), slot
        assert self.process.stdin
        with contextlib.suppress(OSError):
            self.process.stdin.write(" ".join(run.id for run in several) + "\n")

    def free(self, ids: Sequence[str] = ()) -> list[Run]:
        """It is done with these runs, or with all, or dead."""
        freed = [run for run in self.runs if not ids or run.id in ids]
        self.runs = tuple(run for run in self.runs if run not in freed)
        if self._slot is not None and not self.runs:
            self._slot.release()
            self._slot = None
        return freed

    def hang_up(self) -> None:
        """End its stdin: it saves and goes."""
        assert self.process.stdin
        with contextlib.suppress(OSError):
            self.process.stdin.close()
