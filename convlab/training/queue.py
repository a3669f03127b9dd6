"""The pool: a few warm processes that train, and the line of runs that wait for them."""

import atexit
import contextlib
import os
import secrets
import subprocess
import sys
import threading
import time
from collections import deque
from functools import lru_cache
from pathlib import Path

from convlab.errors import N_, Sentence, UserError
from convlab.storage import atomic, data_folder, locks
from convlab.training import runs
from convlab.training.runs import Run
from convlab.training.status import GOES_ON

LONGEST = 100  # runs that may wait
PATIENCE = 3  # workers that may die in a row before any was ready
CLOSING_S = 5.0  # for the last checkpoints
_STALE_S = 60.0
_PACKAGE = Path(__file__).resolve().parents[2]


class Worker:
    """A warm process, seen from the queue."""

    def __init__(self, command: list[str]) -> None:
        path = os.pathsep.join(filter(None, (str(_PACKAGE), os.environ.get("PYTHONPATH"))))
        environment = {**os.environ, "CONVLAB_HOME": str(data_folder.folder()), "PYTHONPATH": path}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True, bufsize=1
        )
        self.ready = False
        self.run: Run | None = None

    def train(self, run: Run) -> None:
        """Hand a run over; a dead process is noticed by who listens to it."""
        self.run = run
        assert self.process.stdin
        with contextlib.suppress(OSError):
            self.process.stdin.write(f"{run.id}\n")

    def hang_up(self) -> None:
        """End its stdin: it saves and goes."""
        assert self.process.stdin
        with contextlib.suppress(OSError):
            self.process.stdin.close()


class Queue:
    """First come, first served. All methods may be called from any thread.

    Its folder holds a lock file that tells other processes that the waiting runs are not forgotten. The slots
    are the runs that train at once, ``$CONVLAB_SLOTS`` or 1; the command starts a worker.
    """

    def __init__(self, slots: int | None = None, command: list[str] | None = None) -> None:
        self.slots = slots or _slots()
        self.id = secrets.token_hex(8)
        self._command = command or [sys.executable, "-m", "convlab.training.worker"]
        self._guard = threading.RLock()
        self._waiting: deque[Run] = deque()
        self._workers: list[Worker] = []
        self._failures = 0
        self._closing = False
        _sweep(runs.queue_folder())
        self._list = runs.queue_folder() / f"{self.id}.json"
        self._lock_file = runs.queue_folder() / f"{self.id}.lock"
        self._write_list()
        lock = locks.take(self._lock_file)
        assert lock is not None  # a name that nobody else has
        self._lock = lock

    def warm(self) -> None:
        """Start the workers, without waiting for them: it takes them seconds to be ready."""
        with self._guard:
            while len(self._workers) < self.slots and not self._closing:
                worker = Worker(self._command)
                self._workers.append(worker)
                threading.Thread(target=self._listen, args=(worker,), daemon=True).start()

    def submit(self, run: Run) -> int:
        """Train a run as soon as a worker is free, from where it stopped.

        Its place in the line is returned, 0 where it starts now. Raises UserError where the line is full, the
        run is over, or it trains or waits already.
        """
        with self._guard:
            state = run.status().state
            if state not in GOES_ON:
                raise UserError(N_("This run is {state}: it cannot be started again."), state=state)
            if len(self._waiting) >= LONGEST:
                told = N_("{limit} runs wait already: stop some of them, or try again later.")
                raise UserError(told, limit=LONGEST)
            self._enqueue(run)
            return self.place(run)

    def resume(self, run: Run) -> int:
        """``submit`` a paused, stopped, failed or interrupted run, or keep one that is about to pause."""
        run.carry_on()
        with self._guard:
            if any(worker.run == run for worker in self._workers):
                return 0  # it has not stopped yet; if it does all the same, _done sees the wish
            return self.submit(run)

    def cancel(self, run: Run) -> None:
        """Take a waiting run out of the line ("stopped"), or stop one that trains."""
        with self._guard:
            if run in self._waiting:
                self._waiting.remove(run)
                run.set_status(run.status().now("stopped"))
                self._write_list()
            else:
                run.stop()

    def place(self, run: Run) -> int:
        """1: next. 0: does not wait here."""
        with self._guard:
            return self._waiting.index(run) + 1 if run in self._waiting else 0

    def workers(self) -> tuple[Worker, ...]:
        """Those that live, or have died too lately to be missed."""
        with self._guard:
            return tuple(self._workers)

    def close(self, patience_s: float = CLOSING_S) -> None:
        """Let all workers save and go; their runs and those that wait are "interrupted" from now on."""
        with self._guard:
            self._closing = True
            workers = list(self._workers)
        for worker in workers:
            worker.hang_up()
        deadline = time.monotonic() + patience_s
        for worker in workers:
            try:
                worker.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
        self._lock.release()
        for file in (self._list, self._lock_file):
            file.unlink(missing_ok=True)

    def _enqueue(self, run: Run) -> None:
        if self._closing:
            raise UserError(N_("The lab is closing: start it again, then resume the run."))
        status = run.status()
        self._waiting.append(run)
        self._write_list()
        run.set_status(status.waiting(self.id))
        self._failures = 0
        self.warm()
        self._dispatch()

    def _dispatch(self) -> None:
        """Give waiting runs to idle workers."""
        for worker in self._workers:
            if self._waiting and worker.ready and worker.run is None:
                worker.train(self._waiting.popleft())
                self._write_list()

    def _listen(self, worker: Worker) -> None:
        """In a thread of its own, blocked in a read for as long as the worker lives."""
        assert worker.process.stdout
        for line in worker.process.stdout:
            with self._guard:
                if line.strip() == "ready":
                    worker.ready, self._failures = True, 0
                elif worker.run is not None:
                    self._done(worker)
                self._dispatch()
        code = worker.process.wait()
        worker.hang_up()
        with self._guard:
            self._lost(worker, code)

    def _done(self, worker: Worker) -> None:
        run, worker.run = worker.run, None
        with contextlib.suppress(UserError):  # somebody has deleted it
            if run is not None and run.status().state == "paused" and run.last_wish() == "go":
                self._enqueue(run)  # resumed while it was still saving

    def _lost(self, worker: Worker, code: int) -> None:
        """A worker has died: say so in its run, and replace it."""
        self._workers.remove(worker)
        if self._closing:
            return
        if worker.run is not None:
            told = N_("The process that trained was ended from outside ({code}): resume the run.")
            _interrupt(worker.run, Sentence(told, {"code": code}))
        self._failures += not worker.ready
        if self._failures < PATIENCE:
            self.warm()
            return
        told = N_("No process for training can be started ({code}): the log of the server tells why.")
        for run in self._waiting:
            _interrupt(run, Sentence(told, {"code": code}))
        self._waiting.clear()
        self._write_list()

    def _write_list(self) -> None:
        atomic.write_json(self._list, [run.id for run in self._waiting])


def _interrupt(run: Run, said: Sentence) -> None:
    """Unless another process trains it by now."""
    with contextlib.suppress(UserError, OSError):
        lock = locks.take(run.folder / "lock")
        if lock is not None:
            status = run.status()
            if status.state in ("running", "queued"):
                run.set_status(status.now("interrupted", said))
            lock.release()


def _slots() -> int:
    """``$CONVLAB_SLOTS``; 1 where it is no number from 1 to 64."""
    text = os.environ.get("CONVLAB_SLOTS", "")
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text) <= 64 else 1


def _sweep(folder: Path) -> None:
    """Remove what dead queues left; a queue that is just being born is not a minute old."""
    for lock in folder.glob("*.lock"):
        with contextlib.suppress(OSError):
            if time.time() - lock.stat().st_mtime > _STALE_S and not locks.held(lock):
                lock.unlink()
                lock.with_suffix(".json").unlink(missing_ok=True)


@lru_cache(maxsize=1)
def shared() -> Queue:
    """The one queue of this process; its workers end with it."""
    queue = Queue()
    atexit.register(queue.close)
    return queue
