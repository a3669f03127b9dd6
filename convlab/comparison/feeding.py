"""Feeds the line of a queue with the runs of sweeps: few at a time, so that others' runs come soon."""

import contextlib
import logging
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from weakref import WeakKeyDictionary

from filelock import FileLock

from convlab.comparison.plan import Cell, turns
from convlab.comparison.sweep_files import SweepFiles
from convlab.errors import UserError
from convlab.storage import atomic
from convlab.training import owners, together
from convlab.training.queue import Queue
from convlab.training.runs import Run
from convlab.training.status import GOES_ON, OVER

LOOK_S = 0.5  # between looks at how far the runs are
TRIES = 3  # of a run whose process is killed again and again


@dataclass
class Fed:
    """A sweep that this process feeds; nobody else does, as long as the lock is held.

    Attributes:
        again: whether runs that failed are tried once more.
        waiting: what was not looked at yet, in order.
        begun: what waits in the queue's line or trains.
    """

    sweep: SweepFiles
    lock: FileLock
    again: bool
    waiting: deque[Cell]
    begun: dict[Cell, Run] = field(default_factory=dict)
    tries: dict[Cell, int] = field(default_factory=lambda: defaultdict(int))


class Feeder:
    """Of one queue. All methods may be called from any thread."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._guard = threading.RLock()
        self._fed: dict[str, Fed] = {}
        self._wake = threading.Event()
        self._narrow = queue.slots
        self._thread: threading.Thread | None = None

    def take(self, sweep: SweepFiles, again: bool, slots: int) -> bool:
        """Begin what the line takes, and go on until all is done; False where another lab does so already.

        ``slots``: so many runs train at once meanwhile, where that is more. Raises UserError, OSError.
        """
        with self._guard:
            known = self._fed.get(sweep.id)
            if known is not None and sweep.wish() == "go":
                known.waiting = deque(cell for cell in _turns(sweep) if cell not in known.begun)
                known.again |= again
            else:
                cells, lock = deque(_turns(sweep)), sweep.take()
                if lock is None:
                    return False
                self._fed[sweep.id] = Fed(sweep, lock, again, cells)
                owner = {**asdict(owners.here(self._queue.id)), "slots": slots}
                atomic.write_json(sweep.folder / "owner.json", owner)
            self._queue.widen(max(self._queue.slots, slots))
            self._tend_all()
            if self._thread is None and self._fed:
                self._thread = threading.Thread(target=self._look_again, name="convlab-sweeps", daemon=True)
                self._thread.start()
        return True

    @property
    def fed(self) -> tuple[str, ...]:
        """The ids of its sweeps."""
        return tuple(self._fed)  # nobody waits for a look at the disk

    def look(self) -> None:
        """At once: somebody has changed a wish."""
        self._wake.set()

    def _look_again(self) -> None:
        """As long as there is anything to feed."""
        while True:
            self._wake.wait(LOOK_S)
            self._wake.clear()
            with self._guard:
                self._tend_all()
                if not self._fed:
                    self._queue.widen(self._narrow)
                    self._thread = None
                    return

    def _tend_all(self) -> None:
        for id, fed in list(self._fed.items()):
            over = True
            try:
                over = self._tend(fed)
            except UserError as error:  # somebody has deleted or spoilt it
                logging.getLogger("convlab").warning("%s (%s)", error, id)
            except OSError:  # the disk is full, or does not answer: later perhaps
                over = False
            if over:
                fed.lock.release()
                del self._fed[id]

    def _tend(self, fed: Fed) -> bool:
        """Whether nothing is left to do here."""
        if self._queue.closing:
            return True
        if (wish := fed.sweep.wish()) != "go":
            self._call_off(fed, wish == "pause")
            return True
        for cell, run in list(fed.begun.items()):
            self._watch(fed, cell, run)
        ahead = sum(self._queue.place(run) > 0 for run in fed.begun.values())
        while fed.waiting and ahead < self._queue.slots and self._queue.refusal() is None:
            with self._queue.at_once():
                for cell in self._next(fed):
                    ahead += self._feed(fed, cell)
        if fed.waiting or fed.begun:
            return False
        fed.sweep.set_wish("done")
        return True

    def _next(self, fed: Fed) -> Iterator[Cell]:
        """The next run, and the other seeds of its design where they train together, as the line allows."""
        first = fed.waiting.popleft()
        yield first
        if not together.joins(fed.sweep.plan.settings(*first)):
            return
        for cell in [cell for cell in fed.waiting if cell[0] == first[0]][: together.MOST - 1]:
            if self._queue.refusal() is None:
                fed.waiting.remove(cell)
                yield cell

    def _watch(self, fed: Fed, cell: Cell, run: Run) -> None:
        """What has become of a run that was begun."""
        if any(run in worker.runs for worker in self._queue.workers()):
            return
        state = _state(run)
        if state == "interrupted":  # its process was killed
            del fed.begun[cell]
            fed.tries[cell] += 1
            if fed.tries[cell] < TRIES:
                fed.waiting.appendleft(cell)
        elif state not in ("queued", "running"):
            del fed.begun[cell]

    def _feed(self, fed: Fed, cell: Cell) -> bool:
        """Put a run into the line; False where it is over, or somebody wants it to stand still."""
        try:
            run = fed.sweep.make(cell)
            state = _state(run)
            if state in OVER or (state == "failed" and not fed.again) or _held(run):
                return False
            if state in GOES_ON:
                self._queue.submit(run)
            fed.begun[cell] = run
        except UserError as error:  # it is damaged, deleted at this moment, or another lab has it
            logging.getLogger("convlab").warning("%s (%s)", error, fed.sweep.ids[cell])
            return False
        except OSError:
            fed.waiting.appendleft(cell)
            raise
        return True

    def _call_off(self, fed: Fed, pause: bool) -> None:
        """Take its runs out of the line, and have those that train save and end."""
        for run in fed.begun.values():
            with contextlib.suppress(UserError):
                if pause and self._queue.place(run) == 0 and _state(run) == "running":
                    run.pause()
                else:
                    self._queue.cancel(run)


def _turns(sweep: SweepFiles) -> list[Cell]:
    return turns(sweep.plan, sweep.costs)


def _state(run: Run) -> str:
    """ "gone" for a run that cannot be read."""
    try:
        return run.status().state
    except UserError:
        return "gone"


def _held(run: Run) -> bool:
    """Whether somebody has paused or stopped this one run."""
    return run.last_wish() in ("pause", "stop")


_FEEDERS: "WeakKeyDictionary[Queue, Feeder]" = WeakKeyDictionary()
_GUARD = threading.Lock()


def feeder(queue: Queue) -> Feeder:
    """The one of a queue."""
    with _GUARD:
        return _FEEDERS.setdefault(queue, Feeder(queue))


def look() -> None:
    """All feeders of this process: a wish has changed."""
    with _GUARD:
        known: list[Callable[[], None]] = [one.look for one in _FEEDERS.values()]
    for one in known:
        one()
