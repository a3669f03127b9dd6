"""The files in a sweep's folder, each read as what another user or another version may have filled."""

import contextlib
import errno
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args

from filelock import FileLock
from pydantic import Field, TypeAdapter

from convlab.comparison.plan import Cell, Plan
from convlab.errors import N_, UserError
from convlab.storage import atomic, data_folder, locks, plain_files
from convlab.training import run_files, runs
from convlab.training.kinds import Id, Seconds, is_id
from convlab.training.run_files import NAME_LENGTH, UNREAD
from convlab.training.runs import Run

PART = "sweeps"  # the part of the data folder where they lie
FILES = ("plan.json", "runs.json", "costs.json", "meta.json", "wish.json")
Wish = Literal["go", "pause", "stop", "done"]
_MOST_BYTES = 2**22  # of a file; 10,000 runs take half a megabyte
_YEAR_9999 = 253_402_214_400
_NO_SWEEP = N_("There is no comparison {id}: it was deleted, or never was here.")
_DAMAGED = N_("{file} of this comparison is damaged, or another version of ConvLab wrote it: start it again.")

_NO_LOCK = (errno.ELOOP, errno.EISDIR, errno.ENOTDIR, errno.ENXIO)  # a link, a folder, a pipe

T = TypeVar("T")


class _NoLock(Exception):
    """What lies in the place of the lock is no file."""


@dataclass(frozen=True)
class Meta:
    """``meta.json``: what a sweep is called (free text), when it was made (Unix time)."""

    name: Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)]
    created: Annotated[float, Field(ge=0, le=_YEAR_9999)]


_META = TypeAdapter(Meta)
_PLAN: TypeAdapter[Plan] = TypeAdapter(Plan)
_IDS: TypeAdapter[dict[str, dict[str, Id]]] = TypeAdapter(dict[str, dict[str, Id]])
_COSTS: TypeAdapter[dict[str, Seconds]] = TypeAdapter(dict[str, Seconds])
_WISH: TypeAdapter[Wish] = TypeAdapter(Wish)
WISHES: tuple[Wish, ...] = get_args(Wish)


@dataclass(frozen=True)
class SweepFiles:
    """What a sweep is on the disk. Where the folder is gone, every method raises UserError.

    plan.json, runs.json (label -> seed -> id of its run) and costs.json (label -> expected seconds) never
    change: the runs' ids are drawn before there is any run, so that no kill leaves one that nobody knows.
    """

    id: str

    @cached_property
    def folder(self) -> Path:
        """Where everything lies."""
        return sweeps_folder() / self.id

    @cached_property
    def plan(self) -> Plan:
        """What was asked for."""
        return self.parsed("plan.json", _PLAN)

    @property
    def meta(self) -> Meta:
        """What it is called, and when it was made."""
        return self.parsed("meta.json", _META)

    @property
    def name(self) -> str:
        """Free text, as somebody typed it."""
        return self.meta.name

    @cached_property
    def created(self) -> float:
        """Unix time in seconds."""
        return self.meta.created

    @cached_property
    def ids(self) -> dict[Cell, str]:
        """The id that each run has, or will have, in the plan's order."""
        told = self.parsed("runs.json", _IDS)
        with self.guarding("runs.json", (KeyError, ValueError)):
            found = {(label, seed): told[label][str(seed)] for label, seed in self.plan.cells}
            if len(set(found.values())) < len(found):
                raise ValueError("one run twice")
        return found

    @cached_property
    def costs(self) -> dict[str, float]:
        """Label -> seconds of one of its runs, as they were expected before the first began."""
        told = self.parsed("costs.json", _COSTS)
        return {label: told.get(label, 0.0) for label in self.plan.designs}

    def wish(self) -> Wish:
        """What somebody wants of it; "done" once nothing is left to begin."""
        return self.parsed("wish.json", _WISH)

    def set_wish(self, wish: Wish) -> None:
        """From now on. Raises UserError where it is gone, OSError."""
        _ = self.meta
        atomic.write_json(self.folder / "wish.json", wish)

    def run(self, cell: Cell) -> Run | None:
        """The run of a label and a seed; None where it is not there (yet), or is none of what was planned."""
        with contextlib.suppress(UserError):
            found = runs.get(self.ids[cell])
            if found.settings == self.plan.settings(*cell):
                return found
        return None

    def make(self, cell: Cell) -> Run:
        """The same, made where it is not there. Raises UserError, OSError."""
        label, seed = cell
        if (found := self.run(cell)) is not None:
            return found
        if os.path.lexists(run_files.runs_folder() / self.ids[cell]):
            raise UserError(_DAMAGED, file="runs.json")
        return runs.create(self.plan.settings(*cell), f"{label}, seed {seed}", id=self.ids[cell])

    def take(self) -> FileLock | None:
        """The right to feed it, or to delete it, until it is released; None where another has it."""
        _ = self.meta  # filelock would make the folder of one that is gone
        with self.guarding("lock", (_NoLock,)):
            try:
                return locks.take(self.folder / "lock")
            except OSError as error:
                raise _NoLock if error.errno in _NO_LOCK else error from None

    def parsed(self, name: str, kind: TypeAdapter[T]) -> T:
        """A JSON file of a kind."""
        with self.guarding(name):
            return plain_files.parsed(self.folder / name, kind, _MOST_BYTES)

    @contextlib.contextmanager
    def guarding(self, name: str, errors: tuple[type[Exception], ...] = UNREAD) -> Iterator[None]:
        """The one place where a file of the sweep that cannot be read or trusted becomes a sentence."""
        try:
            yield
        except UserError:
            raise
        except errors as error:
            raise (UserError(_DAMAGED, file=name) if self.folder.exists() else no_sweep(self.id)) from error

    def check(self) -> None:
        """Raises UserError where what a list says of it cannot be read."""
        _ = self.meta, self.ids, self.costs, self.wish()

    def write(self, folder: Path, meta: Meta, plan: Plan, costs: dict[str, float]) -> None:
        """Everything, into a folder that is in the making."""
        ids: dict[str, dict[str, str]] = {label: {} for label in plan.designs}
        for label, seed in plan.cells:
            ids[label][str(seed)] = runs.new_id()
        atomic.write(folder / "plan.json", plan.model_dump_json(indent=1).encode())
        atomic.write_json(folder / "runs.json", ids)
        atomic.write_json(folder / "costs.json", costs)
        atomic.write_json(folder / "meta.json", asdict(meta))
        atomic.write_json(folder / "wish.json", "pause")


def no_sweep(id: str) -> UserError:
    """What to raise where a sweep is gone, or never was."""
    return UserError(_NO_SWEEP, id=id)


def sweeps_folder() -> Path:
    """Where sweeps lie, each in a folder of its own."""
    return data_folder.path() / PART


def is_sweep(name: str) -> bool:
    """Whether a folder of this name is one; OSError where nobody may look."""
    folder = sweeps_folder() / name
    return is_id(name) and plain_files.is_folder(folder) and os.path.isfile(folder / "meta.json")
