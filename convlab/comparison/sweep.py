"""A sweep is a folder: a plan, the ids of its runs, and what somebody wants of it.

Its runs are ordinary ones. Nothing else holds its state: whoever kills any process at any moment finds the
folder readable afterwards, and ``go_on`` takes it up again.
"""

import contextlib
import os
import shutil
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter

from convlab import device
from convlab.comparison import feeding
from convlab.comparison.plan import Cell, Plan, checked_name, expected, makespan, turns
from convlab.comparison.sweep_files import (
    FILES,
    PART,
    Meta,
    SweepFiles,
    Wish,
    is_sweep,
    no_sweep,
    sweeps_folder,
)
from convlab.errors import N_, UserError
from convlab.storage import atomic, locks, plain_files
from convlab.training import making, memory, owners, queue, run_files, runs, slots, status
from convlab.training.cluster import asked
from convlab.training.owners import Owner
from convlab.training.queue import Queue
from convlab.training.run_files import MOST_BYTES, UNREAD
from convlab.training.runs import Run
from convlab.training.status import GOES_ON, LIVE, Status

_PRIOR = 0.1  # what was expected counts as much as this share of a run
_FAILED = ("failed", "diverged", "timed out")
_ELSEWHERE = N_("Another process runs this comparison: end it there first.")
_RUNS_LIVE = N_("Some runs of this comparison still train: stop it, then delete it.")


@dataclass(frozen=True)
class Progress:
    """How far a sweep is.

    Attributes:
        waiting: not begun, in the line, paused, stopped or interrupted.
        failed: failed, diverged or out of time: they have no last epoch to compare.
        share: of the work, 0 to 1.
        seconds_left: from what its runs have taken, and the expected time where none has; 0 at the end.
    """

    done: int
    running: int
    waiting: int
    failed: int
    share: float
    seconds_left: float

    @property
    def over(self) -> bool:
        """Whether nothing is left to train."""
        return not self.running and not self.waiting


class Sweep(SweepFiles):
    """A sweep's folder. Every question reads the disk: any process may ask."""

    def runs(self) -> dict[Cell, Run]:
        """The runs that are there, in the plan's order."""
        found = {cell: self.run(cell) for cell in self.ids}
        return {cell: run for cell, run in found.items() if run is not None}

    @property
    def owner(self) -> Owner | None:
        """Who feeds it, as long as anybody does."""
        if not locks.held(self.folder / "lock"):
            return None
        with contextlib.suppress(UserError):
            return owners.parsed(self.parsed("owner.json", _OWNER))
        return None

    def progress(self) -> Progress:
        """Cheap enough to ask each second, of 10,000 runs too."""
        _ = self.meta  # of one that is gone
        states = self._statuses()
        each = self._each(states)
        counts: dict[str, int] = defaultdict(int)
        left, whole = [], 0.0
        for label, seed in turns(self.plan, self.costs):
            found = states[label, seed]
            kind = _kind(found)
            counts[kind] += 1
            over = kind in ("done", "failed")
            left.append(0.0 if over else each[label] * (1 - (found.share if found else 0.0)))
            whole += each[label]
        share = max(0.0, 1 - sum(left) / whole) if whole else float(not any(left))
        done, running, waiting, failed = (counts[kind] for kind in ("done", "running", "waiting", "failed"))
        return Progress(done, running, waiting, failed, share, makespan(left, max(running, self._slots())))

    def to_come(self) -> list[float]:
        """Seconds of each run that is to train but does not stand in the queue's line yet, in their order."""
        if self.wish() != "go":
            return []
        states = self._statuses()
        each = self._each(states)
        return [each[label] for label, seed in turns(self.plan, self.costs) if states[label, seed] is None]

    def _each(self, states: Mapping[Cell, Status | None]) -> dict[str, float]:
        """Label -> seconds of one of its runs, by what they have taken."""
        seconds: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for (label, _seed), found in states.items():
            if found is not None and (share := found.share) > 0:
                seconds[label].append((found.seconds, share))
        return {label: _of_one(expected, seconds[label]) for label, expected in self.costs.items()}

    def _statuses(self) -> dict[Cell, Status | None]:
        """Of each run; None where there is none. Only who seems to live is asked twice."""
        folder, found = str(run_files.runs_folder()), {}
        for cell, id in self.ids.items():
            now = _written(os.path.join(folder, id, "status.json"))
            if now is not None and now.state in LIVE:
                with contextlib.suppress(UserError):
                    now = runs.get(id).status()
            found[cell] = now
        return found

    def _slots(self) -> int:
        """How many of its runs train at once, as far as anybody wrote it down."""
        with contextlib.suppress(UserError):
            told = self.parsed("owner.json", _OWNER).get("slots")
            if isinstance(told, int) and 1 <= told <= 64:
                return told
        return slots.wanted() or slots.cores()

    def pause(self) -> None:
        """Runs that train save and let go within one batch; nothing more begins until ``resume``."""
        self._want("pause")

    def stop(self) -> None:
        """The same, for good; it can be resumed all the same."""
        self._want("stop")

    def _want(self, wish: Wish) -> None:
        if self.wish() != "done":
            self.set_wish(wish)
            feeding.look()

    def resume(self, line: Queue) -> None:
        """Go on: all of its runs that are paused, stopped, interrupted, failed, deleted or not begun.

        Raises UserError where another process does so already, OSError.
        """
        at_once = slots_for(self.plan)
        for cell, found in self._statuses().items():
            if found is not None and found.state in GOES_ON:
                with contextlib.suppress(UserError):
                    runs.get(self.ids[cell]).carry_on()
        self.set_wish("go")
        if not feeding.feeder(line).take(self, again=True, slots=at_once):
            raise UserError(_ELSEWHERE)

    def rename(self, name: str) -> None:
        """Raises UserError for an empty or too long name."""
        atomic.write_json(self.folder / "meta.json", asdict(replace(self.meta, name=checked_name(name))))

    def delete(self) -> None:
        """Everything, its runs too. Raises UserError while any of them trains or waits."""
        if any(found is not None and found.state in LIVE for found in self._statuses().values()):
            raise UserError(_RUNS_LIVE)
        lock = self.take()
        if lock is None:
            raise UserError(_ELSEWHERE)
        try:
            for run in self.runs().values():
                run.delete()
            gone = None if atomic.OPEN_STAYS else making.hide(self.folder)
        finally:
            lock.release()
        shutil.rmtree(gone or making.hide(self.folder), ignore_errors=True)


def create(plan: Plan) -> Sweep:
    """A new sweep; nothing trains it yet, see ``begin``. Raises UserError for data that are not there."""
    costs, found = expected(plan), Sweep(runs.new_id())
    with making.in_the_making(found.id, PART) as folder:
        found.write(folder, Meta(plan.name, time.time()), plan, costs)
        folder.rename(found.folder)  # in one step: a half made sweep is never seen
        atomic.sync_folder(found.folder.parent)
    return found


def begin(sweep: Sweep, line: Queue) -> None:
    """Make its runs and submit them, as places come free. Raises UserError, OSError."""
    sweep.resume(line)


def go_on(line: Queue) -> list[Sweep]:
    """Take up what a restart has cut: the sweeps that go on here from now on. Cheap where there are none."""
    making.sweep(PART)
    found = []
    for sweep in reversed(all_sweeps()):
        with contextlib.suppress(UserError):
            wanted = slots_for(sweep.plan) if sweep.wish() == "go" else 0
            if wanted and feeding.feeder(line).take(sweep, again=False, slots=wanted):
                found.append(sweep)
    return found


def resume_all() -> None:
    """``go_on`` with the queue of this process, where anything was cut. Raises UserError, OSError."""
    if any(sweep.wish() == "go" for sweep in all_sweeps()):
        go_on(queue.shared())


def slots_for(plan: Plan) -> int:
    """How many of its runs train at once here: ``$CONVLAB_SLOTS``, or as many as cores and memory allow.

    On a GPU one after another; on a cluster as many as it has room for. Raises UserError where that does not
    answer.
    """
    if (told := slots.wanted()) is not None:
        return told
    if (cluster := asked.address()) is not None:
        asked.command()
        return asked.slots(cluster)
    settings = [plan.settings(label, 0) for label in plan.designs]
    if any(device.resolve(one.device).type != "cpu" for one in settings):
        return 1
    room = memory.room_of("cpu")
    most = slots.cores() if room is None else max(1, room // (2 * memory.PROCESS))
    return min(slots.cores(), most)


def get(id: str) -> Sweep:
    """The sweep of an id that somebody typed. Raises UserError where there is none."""
    with contextlib.suppress(OSError):
        if is_sweep(id):
            return Sweep(id)
    raise no_sweep(repr(id)[:40])


def all_sweeps() -> list[Sweep]:
    """Every sweep that can be read, the newest first."""
    known = {}
    for path in os.scandir(sweeps_folder()) if sweeps_folder().is_dir() else ():
        stamp = run_files.stamp(path.path, FILES)
        kept, found = _KNOWN.get(path.path, (None, None))
        with contextlib.suppress(UserError):
            if found is None or stamp is None or kept != stamp:
                found = get(path.name)
                found.check()
            known[path.path] = stamp, found
    for gone in _KNOWN.keys() - known.keys():
        _KNOWN.pop(gone, None)
    _KNOWN.update(known)
    listed = [found for _stamp, found in known.values()]
    return sorted(listed, key=lambda sweep: (sweep.created, sweep.id), reverse=True)


_KNOWN: dict[str, tuple[run_files.Stamp | None, Sweep]] = {}  # what was last found to be in order


_OWNER: TypeAdapter[dict[str, object]] = TypeAdapter(dict[str, object])


def _written(path: str) -> Status | None:
    try:
        about = os.lstat(path)
        return _parsed(path, about.st_mtime_ns, about.st_size, about.st_ino)
    except UNREAD:
        return None


@lru_cache(maxsize=32_768)
def _parsed(path: str, *_changes_with_the_file: int) -> Status:
    return plain_files.parsed(Path(path), status.KIND, MOST_BYTES)


def _of_one(expected: float, told: list[tuple[float, float]]) -> float:
    """Seconds of a whole run, from seconds and shares of some; first batches are slow, and tell little."""
    seconds, shares = sum(seconds for seconds, _share in told), sum(share for _seconds, share in told)
    return (seconds + _PRIOR * expected) / (shares + _PRIOR)


def _kind(found: Status | None) -> str:
    state = "stopped" if found is None else found.state
    if state == "finished":
        return "done"
    return "failed" if state in _FAILED else "running" if state == "running" else "waiting"
