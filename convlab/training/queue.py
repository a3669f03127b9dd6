"""The pool: a few warm processes that train, and the line of runs that wait for them."""

import atexit
import contextlib
import secrets
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from convlab.errors import N_, Sentence, UserError
from convlab.storage import atomic, data_folder, disk, locks
from convlab.training import making, owners, runs, together
from convlab.training import slots as places
from convlab.training.cluster import asked
from convlab.training.hired import Worker
from convlab.training.owners import Owner
from convlab.training.runs import Run
from convlab.training.status import GOES_ON

LONGEST = 100  # runs that may wait
PATIENCE = 3  # workers that may die in a row before any was ready
CLOSING_S = 5.0  # for the last checkpoints
LOOK_S = 0.5  # between looks at what other labs leave free
_STALE_S = 60.0
_FULL = N_("{limit} runs wait already: stop some of them, or try again later.")
_NEARLY = N_("{left} more runs can wait: start no more than these, or stop some that wait.")
_NOT_BEGUN = N_("The training could not begin: the log of the server tells why.")


class Queue:
    """First come, first served. All methods may be called from any thread.

    Its folder holds a lock file that tells other processes that the waiting runs are not forgotten. The slots
    are the runs that train at once, ``$CONVLAB_SLOTS`` or 1, those of other labs with the same folder counted
    too; the command starts a worker, on this machine or for a Ray cluster (``$CONVLAB_RAY_ADDRESS``). Raises
    OSError where its folder cannot be written, UserError where Ray is wanted and not installed.
    """

    def __init__(self, slots: int | None = None, command: list[str] | None = None) -> None:
        self.slots = slots or places.wanted() or 1
        self.id = secrets.token_hex(8)
        elsewhere = asked.command() if command is None else None
        self._command = command or elsewhere or [sys.executable, "-m", "convlab.training.worker"]
        self._places = "ray-" if elsewhere else ""
        self._guard = threading.RLock()
        self._waiting: deque[Run] = deque()
        self._workers: list[Worker] = []
        self.closing = self._looking = self._held = False
        self._failures, self._turn = 0, 0.0  # the turn: to take a slot, by the clock that never goes back
        folder = data_folder.part("queues")
        _sweep(folder)
        making.sweep()
        self._list, self._lock_file = folder / f"{self.id}.json", folder / f"{self.id}.lock"
        self._settle()
        try:
            self._write_list()
        except OSError:
            locks.drop(self._lock)
            raise

    def warm(self) -> None:
        """Start the workers, without waiting for them: it takes them seconds to be ready."""
        with self._guard:
            while sum(not worker.leaving for worker in self._workers) < self.slots and not self.closing:
                worker = Worker(self._command)
                self._workers.append(worker)
                threading.Thread(target=self._listen, args=(worker,), daemon=True).start()

    def widen(self, slots: int) -> None:
        """Train so many runs at once from now on; of fewer, who is idle goes."""
        with self._guard:
            self.slots = slots
            self._go()

    def submit(self, run: Run) -> int:
        """Train a run as soon as a worker is free, from where it stopped.

        Its place in the line is returned, 0 where it starts now. Raises UserError where the line is full, the
        run is over, or it trains or waits already.
        """
        with self._guard:
            self._enqueue(run)
            self._go()
            return self.place(run)

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """What is submitted inside begins when it ends: runs that train together are in the line by then."""
        with self._guard:
            self._held = True
            try:
                yield
            finally:
                self._held = False
                self._go()

    def refusal(self, count: int = 1) -> UserError | None:
        """Why so many more runs could not be taken, if so."""
        with self._guard:
            left = LONGEST - len(self._waiting)
        if self.closing:
            return UserError(N_("The lab is closing: start it again, then resume the run."))
        if count > left:
            return UserError(_NEARLY, left=left) if left else UserError(_FULL, limit=LONGEST)
        return None

    def begin(self, makers: Sequence[Callable[[], Run]]) -> list[Run]:
        """Make runs and submit them: all of them, or none, and nothing is left behind.

        Raises UserError, also what a maker raises; OSError.
        """
        made: list[Run] = []
        with self._guard:
            if (reason := self.refusal(len(makers))) is not None:
                raise reason
            try:
                for make in makers:
                    made.append(make())
                    self._enqueue(made[-1])
            except BaseException:
                for run in made:
                    self._forget(run)
                raise
            self._go()
        return made

    def resume(self, run: Run) -> int:
        """``submit`` a paused, stopped, failed or interrupted run, or keep one that is about to pause."""
        run.carry_on()
        with self._guard:
            if any(run in worker.runs for worker in self._workers):
                return 0  # it has not stopped yet; if it does all the same, _done sees the wish
            return self.submit(run)

    def cancel(self, run: Run) -> None:
        """Take a waiting run out of its line, this or another lab's, or stop one that trains or is paused."""
        run.stop()  # for who takes it up at this moment
        with self._guard:
            self._leave_line(run)
            if run.written().state in ("queued", "paused"):
                with run.claimed() as status:
                    if status is not None and status.state in ("queued", "interrupted", "paused"):
                        run.set_status(status.now("stopped"))

    def sooner(self, run: Run) -> None:
        """A run that waits here changes places with the one before it."""
        with self._guard:
            if (n := self.place(run)) > 1:
                self._waiting[n - 2], self._waiting[n - 1] = run, self._waiting[n - 2]
                self._tell_list()

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
            self.closing = True
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
        locks.drop(self._lock)
        atomic.remove(self._list)

    def _settle(self) -> None:
        """Take its place in the folder, anew where somebody has deleted that. Raises OSError."""
        if not self._lock_file.exists():
            lock = locks.take(data_folder.part("queues") / self._lock_file.name)
            assert lock is not None  # a name that nobody else has
            self._lock = lock

    def _enqueue(self, run: Run) -> None:
        """Put it into the line, or leave all as it is."""
        if (reason := self.refusal()) is not None:
            raise reason
        self._settle()
        with run.claimed() as status:  # of two labs that resume it at once, one does
            state = "running" if status is None else status.state
            if status is None or state not in GOES_ON:
                raise UserError(N_("This run is {state}: it cannot be started again."), state=state)
            self._waiting.append(run)
            try:
                self._write_list()
                run.set_owner(owners.here(self.id))
                run.set_status(status.waiting(self.id))
            except BaseException:
                self._leave_line(run)
                raise
        self._failures = 0

    def _forget(self, run: Run) -> None:
        self._leave_line(run)
        with contextlib.suppress(UserError, OSError):
            run.delete(waiting=True)

    def _leave_line(self, run: Run) -> None:
        if run in self._waiting:
            self._waiting.remove(run)
            self._tell_list()

    def _go(self) -> None:
        """Train what can be trained now, and look again as long as anything waits."""
        if self._held:
            return
        with contextlib.suppress(OSError, UserError):  # the disk refuses, or no process can be started now
            self.warm()
            self._thin()
            self._dispatch()
        if self._waiting and not self._looking:
            self._looking = True
            threading.Thread(target=self._look_again, name="convlab-queue", daemon=True).start()

    def _look_again(self) -> None:
        """While runs wait: other labs leave a slot, or take a run out of the line."""
        while self._looking:
            time.sleep(LOOK_S)
            with self._guard:
                for run in [run for run in self._waiting if not self._has(run)]:
                    self._leave_line(run)
                self._looking = bool(self._waiting) and not self.closing
                if self._looking:
                    self._go()

    def _has(self, run: Run) -> bool:
        """Whether a run still waits here; where the disk does not answer, it does."""
        try:
            found = run.written()
        except UserError:  # somebody has deleted it
            return False
        except OSError:
            return True
        return found.state == "queued" and found.queue == self.id

    def _thin(self) -> None:
        """Let idle workers go that are more than the slots."""
        living = [worker for worker in self._workers if not worker.leaving]
        idle = [worker for worker in living if worker.ready and not worker.runs]
        for worker in idle[: max(0, len(living) - self.slots)]:
            worker.leaving = True
            worker.hang_up()

    def _dispatch(self) -> None:
        for worker in self._workers:
            idle = worker.ready and not worker.runs and not worker.leaving and not self.closing
            if self._waiting and idle and time.monotonic() >= self._turn:
                slot = places.take(self.slots, self._places)
                if slot is None:
                    return
                several = self._alike()
                for run in several:
                    self._waiting.remove(run)
                worker.train(several, slot)
                self._tell_list()

    def _alike(self) -> list[Run]:
        """The next run, and those that train with it: alike but for their seeds, on a GPU of this machine."""
        first, *others = self._waiting
        with contextlib.suppress(UserError):
            settings = first.settings
            if not self._places and together.joins(settings):
                same = [run for run in others if run.settings.changed(seed=settings.seed) == settings]
                return [first, *same[: together.MOST - 1]]
        return [first]

    def _listen(self, worker: Worker) -> None:
        """In a thread of its own, blocked in a read for as long as the worker lives."""
        assert worker.process.stdout
        for line in worker.process.stdout:
            with self._guard:
                if line.strip() == "ready":
                    worker.ready, self._failures = True, 0
                else:
                    self._done(worker, line.split()[1:])
                self._go()
        code = worker.process.wait()
        worker.hang_up()
        with self._guard:
            self._lost(worker, code)

    def _done(self, worker: Worker, ids: Sequence[str]) -> None:
        for run in worker.free(ids):
            with contextlib.suppress(UserError, OSError):  # somebody has deleted it, or the disk is full
                if self._others_wait():
                    self._turn = time.monotonic() + 2 * LOOK_S
                if self._has(run):
                    self._lay_aside(run, Sentence(_NOT_BEGUN))
                if run.status().state == "paused" and run.last_wish() == "go":
                    self._enqueue(run)  # resumed while it was still saving

    def _others_wait(self) -> bool:
        """Whether a run waits in another lab: labs take turns."""
        lists = runs.queue_folder().glob("*.json")
        others = [file for file in lists if file != self._list and file.stat().st_size > len("[]")]
        return any(locks.held(file.with_suffix(".lock")) for file in others)

    def _lost(self, worker: Worker, code: int) -> None:
        """A worker has died: say so in its run, and replace it."""
        self._workers.remove(worker)
        cut = worker.free()
        if self.closing:
            return
        for run in cut:
            told = N_("The process that trained it was ended from outside (exit code {code}).")
            self._lay_aside(run, Sentence(told, {"code": code}))
        self._failures += not worker.ready
        if self._failures < PATIENCE:
            self._go()
            return
        told = N_("No process for training can be started ({code}): the log of the server tells why.")
        waiting, self._waiting = self._waiting, deque()
        for run in waiting:
            self._lay_aside(run, Sentence(told, {"code": code}))
        self._tell_list()

    def _lay_aside(self, run: Run, said: Sentence) -> None:
        """Say in a run that it was cut. Where the disk takes no word and it had not begun, it waits again."""
        try:
            _interrupt(run, said)
        except OSError:
            if self._has(run):
                self._waiting.append(run)
                self._turn = time.monotonic() + 2 * LOOK_S

    def _tell_list(self) -> None:
        """Where the disk is full, others see an older list: places in it may be wrong, and no more."""
        with contextlib.suppress(OSError):
            self._write_list()

    def _write_list(self) -> None:
        atomic.write_json(self._list, [run.id for run in self._waiting])


def _interrupt(run: Run, said: Sentence) -> None:
    """Unless another process trains it by now, or it has been deleted. Raises OSError."""
    with contextlib.suppress(UserError), run.claimed() as status:
        if status is not None and status.state in ("interrupted", "queued"):
            run.set_status(status.now("interrupted", said))


def _sweep(folder: Path) -> None:
    """Remove what dead queues left; one that is just being born is not a minute old."""
    atomic.sweep(folder, _STALE_S)
    for lock in folder.glob("*.lock"):
        with contextlib.suppress(OSError):
            young = 0 <= time.time() - lock.stat().st_mtime <= _STALE_S
            if young or lock.name.startswith(places.PREFIX):
                continue
            if (dead := locks.take(lock, patience_s=0)) is not None:  # whatever the clock says
                atomic.remove(lock.with_suffix(".json"))
                locks.drop(dead)


@lru_cache(maxsize=1)
def shared() -> Queue:
    """The one queue of this process; its workers end with it. Raises UserError where there can be none."""
    with disk.told():
        queue = Queue()
    atexit.register(queue.close)
    return queue


def stranger(run: Run) -> Owner | None:
    """Who lives and has a run, where that is not this process."""
    owner = run.owner
    if owner is None or (shared.cache_info().currsize and owner.lab == shared().id):
        return None
    terminal = owner.lab == owners.TERMINAL
    lock = run.folder / "lock" if terminal else runs.queue_folder() / f"{owner.lab}.lock"
    return owner if locks.held(lock) else None
