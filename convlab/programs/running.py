"""The gallery's programs run from the lab: one warm process that runs them, one after the other."""

import atexit
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from convlab.errors import N_, UserError
from convlab.programs.program import Program

_LOOK_S = 0.1
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Result:
    """What came of a run.

    Attributes:
        output: what the program printed, and its error as Python prints it.
        ending: the error's name; "" for none; None where it was stopped at a limit.
        seconds: from the order to the end.
    """

    output: str
    ending: str | None
    seconds: float


class Runner:
    """A process of ``convlab.programs.host``, begun when it is wanted; ``command`` starts it.

    All methods may be called from any thread.
    """

    def __init__(self, command: list[str] | None = None) -> None:
        self._command = command or [sys.executable, "-m", "convlab.programs.host"]
        self._turn, self._starting = threading.Lock(), threading.Lock()
        self._host: _Host | None = None

    def warm(self) -> None:
        """Begin the process, without waiting for it: PyTorch takes it seconds to load."""
        with self._starting:
            if self._host is None or not self._host.lives:
                self._host = _Host(self._command)

    def run(
        self, program: Program, repair: int | None = None, look: Callable[[], object] = lambda: None
    ) -> Result:
        """Run a program as it is, or with one of its repairs, when those before it are done.

        ``look`` is called again and again meanwhile: what it raises ends the run and is passed on. Raises
        UserError where the process dies.
        """
        while not self._turn.acquire(timeout=_LOOK_S):
            look()
        try:
            return self._asked({"program": program.name, "repair": repair}, look)
        finally:
            self._turn.release()

    def _asked(self, order: dict[str, str | int | None], look: Callable[[], object]) -> Result:
        """The answer of the process; of another, where that has ended for want of work."""
        for _attempt in range(2):
            self.warm()
            assert self._host is not None
            fresh = not self._host.asked
            if (result := self._host.ask(order, look)) is not None:
                return result
            if fresh:
                break
        raise UserError(N_("The process that runs the programs has ended: run the program again."))

    def close(self) -> None:
        """End the process, and the program that it runs."""
        if self._host is not None:
            self._host.kill()


class _Host:
    def __init__(self, command: list[str]) -> None:
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        quiet = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": path, "PYTHONUTF8": "1"}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **quiet},
            text=True,
            encoding="utf-8",
            bufsize=1,
            start_new_session=True,
        )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.lives, self.asked, self._ready = True, False, threading.Event()
        threading.Thread(target=self._listen, name="convlab-programs", daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            if self._ready.is_set():
                self._lines.put(line)
            self._ready.set()
        self.lives = False
        self._ready.set()
        self._lines.put("")
        self._process.wait()

    def ask(self, order: dict[str, str | int | None], look: Callable[[], object]) -> Result | None:
        """What it answers; None where it ends without."""
        while not self._ready.wait(_LOOK_S):
            look()
        self.asked = True
        assert self._process.stdin
        with contextlib.suppress(OSError):
            self._process.stdin.write(json.dumps(order) + "\n")
        try:
            line = self._answer(look)
        except BaseException:
            self.kill()
            raise
        return Result(**json.loads(line)) if line else None

    def _answer(self, look: Callable[[], object]) -> str:
        while True:
            with contextlib.suppress(queue.Empty):
                return self._lines.get(timeout=_LOOK_S)
            look()

    def kill(self) -> None:
        self.lives = False
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)  # with the program that it runs
            else:
                self._process.kill()


@cache
def runner() -> Runner:
    """The one of this lab."""
    made = Runner()
    atexit.register(made.close)
    return made
