"""What a run measured: ``metrics.jsonl``, appended in whole lines and read while it grows.

The first line counts how often the run was resumed; the others are losses of batches, records of epochs,
changes of lr, and where the run halted or went on.
"""

import csv
import io
import json
import math
import operator
import os
import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from convlab.storage import atomic, json_lines, plain_files
from convlab.training.engine import EpochRecord
from convlab.training.kinds import Count, Finite, Place, Positive, Word

_PART = 2**40  # an offset is the count of resumptions and a place in the file
_LOSSES = re.compile(rb'\{"epoch": (\d{1,9}), "batch": (\d{1,9}), "losses": ')
MOST_LOSSES = 10_000_000  # batches of a run, in all epochs
_MOST_BYTES = 2**28  # so many losses take 200 MB


Halted = Literal["paused", "stopped", "timed out", "diverged", "interrupted", "resumed"]


@dataclass(frozen=True)
class Halt:
    """Where a run halted, in which state, or was "resumed": before this batch, both from 1.

    Device and torch are what it went on with, where that is not what it began with.
    """

    epoch: Place
    batch: Place
    state: Halted
    device: Word | None = None
    torch: Word | None = None


@dataclass(frozen=True)
class Metrics:
    """Part of what a run measured; epochs and their batches count from 1.

    Attributes:
        offset: give it to the next ``read``, which then returns what came since.
        whole: this is everything from the beginning: forget what was read before (the run was resumed).
        epoch, batch, loss: of each batch, in order; int64, int64, float64.
        records: of the epochs that ended.
        lrs: (epoch, batch, lr): what somebody set the learning rate to, from that batch on.
        halts: where the run halted or went on.
    """

    offset: int
    whole: bool
    epoch: npt.NDArray[np.int64]
    batch: npt.NDArray[np.int64]
    loss: npt.NDArray[np.float64]
    records: tuple[EpochRecord, ...]
    lrs: tuple[tuple[int, int, float], ...]
    halts: tuple[Halt, ...] = ()


@dataclass(frozen=True)
class _Losses:
    epoch: Place
    batch: Place
    losses: list[Finite]


@dataclass(frozen=True)
class _Ended:
    ended: EpochRecord


@dataclass(frozen=True)
class _Rate:
    epoch: Place
    batch: Place
    lr: Positive


@dataclass(frozen=True)
class _Resumed:
    resumed: Count


_KINDS: dict[str, TypeAdapter[Any]] = {  # by the name that tells one; lines without any are another version's
    "losses": TypeAdapter(_Losses),
    "ended": TypeAdapter(_Ended),
    "lr": TypeAdapter(_Rate),
    "state": TypeAdapter(Halt),
    "resumed": TypeAdapter(_Resumed),
}


@dataclass
class _Sorted:
    """Lines by their kind; of those with losses the epoch, the first batch and the count."""

    stretches: list[tuple[int, int, int]] = field(default_factory=list)
    losses: "array[float]" = field(default_factory=lambda: array("d"))
    records: list[EpochRecord] = field(default_factory=list)
    lrs: list[tuple[int, int, float]] = field(default_factory=list)
    halts: list[Halt] = field(default_factory=list)
    resumed: int = 0

    def add(self, text: bytes) -> None:
        """What a line tells. Raises ValueError where it tells that in another way than ``Log``."""
        kind, told = _told(text)
        if kind == "losses":
            self.stretches.append((told.epoch, told.batch, len(told.losses)))
            self.losses.extend(told.losses)
        elif kind == "ended":
            self.records.append(told.ended)
        elif kind == "lr":
            self.lrs.append((told.epoch, told.batch, told.lr))
        elif kind == "state":
            self.halts.append(told)
        elif kind == "resumed":
            self.resumed = told.resumed


def _told(text: bytes) -> tuple[str, Any]:
    """The kind of a line, "" for another version's, and what it tells. Raises ValueError."""
    kind = "losses"
    if not _LOSSES.match(text):  # nearly all are
        kind = next(filter((json_lines.an_object(text) or {}).__contains__, _KINDS), "")
    return kind, _KINDS[kind].validate_json(text, strict=True) if kind else None


def read(path: Path, since: int = 0) -> Metrics:
    """What was measured since an earlier ``Metrics.offset``, or all of it.

    Raises ValueError and OSError for a file that no ``Log`` wrote.
    """
    found = _Sorted()
    try:
        with plain_files.opened(path, _MOST_BYTES) as file:
            head = next(json_lines.lines(file), b"")
            found.add(head)
            part = found.resumed
            whole = since // _PART != part or since % _PART == 0
            end = len(head) if whole else since % _PART
            file.seek(end)
            for text in json_lines.lines(file) if head else ():
                found.add(text)
                end += len(text)
    except FileNotFoundError:  # not begun, or deleted
        return _as_metrics(found, 0, True)
    return _as_metrics(found, part * _PART + end if head else 0, whole)


def _as_metrics(found: _Sorted, offset: int, whole: bool) -> Metrics:
    epochs, firsts, counts = np.array(found.stretches, np.int64).reshape(-1, 3).T
    begun = np.cumsum(counts) - counts  # place among all losses
    return Metrics(
        offset,
        whole,
        np.repeat(epochs, counts),
        np.arange(len(found.losses)) + np.repeat(firsts - begun, counts),
        np.array(found.losses, np.float64),
        tuple(found.records),
        tuple(found.lrs),
        tuple(found.halts),
    )


@dataclass(frozen=True)
class Outline:
    """What happened to a run, without its losses: epochs that ended, batches of the one after it.

    ``resumed`` is how often it went on; 0.1 did not write down where. The rest is as in ``Metrics``.
    """

    epochs: Count = 0
    batches: Count = 0
    resumed: Count = 0
    lrs: tuple[tuple[Place, Place, Positive], ...] = ()
    halts: tuple[Halt, ...] = ()


def outline(path: Path) -> Outline:
    """The outline of a run: quick enough for a table of runs, as no loss is parsed. Errors as ``read``'s."""
    try:
        about = path.lstat()
        return _outline(path, about.st_size, about.st_mtime_ns, about.st_ino)
    except FileNotFoundError:  # not begun, or deleted
        return Outline()


@lru_cache(maxsize=4096)
def _outline(path: Path, *_changes_with_the_file: int) -> Outline:
    place, few = (0, 0), _Sorted()
    with plain_files.opened(path, _MOST_BYTES) as file:
        for text in json_lines.lines(file):
            if (found := _LOSSES.match(text)) is not None:
                place = int(found[1]), int(found[2]) + text.count(b",", found.end())
            else:
                few.add(text)
    epochs = len(few.records)
    batches = place[1] if place[0] > epochs else 0
    return Outline(epochs, batches, few.resumed, tuple(few.lrs), tuple(few.halts))


def plain(ended: EpochRecord) -> dict[str, Any]:
    """A record as JSON has it: null for what is not finite; penalties that nobody counted are left out."""

    def said(value: Any) -> Any:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    found = {name: said(value) for name, value in asdict(ended).items()}
    if found["penalty"] is None:
        del found["penalty"]
    return found | {"gradient_norms": {layer: said(norm) for layer, norm in ended.gradient_norms.items()}}


_RECORD = TypeAdapter(EpochRecord)


def record(values: dict[str, Any]) -> EpochRecord:
    """The record that ``plain`` took apart; what was not finite is NaN. Raises ValueError for any other."""
    return _RECORD.validate_json(json.dumps(values), strict=True)


class Log:
    """The writing end. Nothing is on disk before ``flush``, which hands whole lines to one write."""

    def __init__(self, path: Path) -> None:
        self._file = plain_files.appending(path)
        new = os.fstat(self._file).st_size == 0
        self._waiting: list[dict[str, Any]] = [{"resumed": 0}] if new else []
        self._losses: list[float] = []
        self._first = (0, 0)

    def loss(self, epoch: int, batch: int, loss: float) -> None:
        """Of one batch; the next call must tell of the batch that follows."""
        if self._first != (epoch, batch - len(self._losses)):
            self._close_line()
            self._first = (epoch, batch)
        self._losses.append(loss)

    def ended(self, record: EpochRecord) -> None:
        """An epoch."""
        self._close_line()
        self._waiting.append({"ended": plain(record)})

    def lr(self, epoch: int, batch: int, lr: float, command: int) -> None:
        """From this batch on; ``command`` is the place of the order in the run's controls."""
        self._close_line()
        self._waiting.append({"epoch": epoch, "batch": batch, "lr": lr, "command": command})

    def halt(self, halt: Halt, command: int) -> None:
        """Where the run halts or goes on; ``command`` as for ``lr``."""
        self._close_line()
        told = {name: value for name, value in asdict(halt).items() if value is not None}
        self._waiting.append({**told, "command": command})

    def _close_line(self) -> None:
        if self._losses:
            epoch, batch = self._first
            self._waiting.append({"epoch": epoch, "batch": batch, "losses": self._losses})
            self._losses = []

    def flush(self) -> None:
        """To the file: a killed process loses nothing of it. Raises OSError where there is no room."""
        self._close_line()
        atomic.write_all(self._file, b"".join(map(json_lines.line, self._waiting)))
        self._waiting.clear()

    def sync(self) -> None:
        """To the disk: a machine without power loses nothing of it."""
        self.flush()
        os.fsync(self._file)

    def close(self) -> None:
        """Without a flush."""
        os.close(self._file)


def cut(path: Path, epoch: int, batch: int, command: int) -> None:
    """Forget what a checkpoint does not know: this batch, from 1, and later; orders after ``command``.

    Errors as ``read``'s.
    """
    data = plain_files.read(path, _MOST_BYTES) if path.exists() else b""
    resumed, kept = 0, []
    for text in json_lines.lines(io.BytesIO(data)):
        _told(text)
    for line in json_lines.parsed(data):
        if "resumed" in line:
            resumed = line["resumed"] + 1
        elif "losses" in line and line["epoch"] <= epoch:
            known = len(line["losses"]) if line["epoch"] < epoch else max(0, batch - line["batch"])
            kept += [{**line, "losses": line["losses"][:known]}] if known else []
        elif ("ended" in line and line["ended"]["epoch"] < epoch) or line.get("command", math.inf) <= command:
            kept.append(line)
    atomic.write(path, b"".join(map(json_lines.line, [{"resumed": resumed}, *kept])))


def epochs_csv(records: Sequence[EpochRecord]) -> str:
    """One line an epoch; each layer's gradient norm in a column of its own."""
    names = [field.name for field in fields(EpochRecord) if field.name != "gradient_norms"]
    layers = list(records[0].gradient_norms) if records else []
    of = operator.attrgetter(*names)
    rows = ([*of(one), *map(one.gradient_norms.get, layers)] for one in records)
    return _csv([*names, *(f"gradient_norm {layer}" for layer in layers)], rows)


def batches_csv(metrics: Metrics, lrs: Sequence[float]) -> str:
    """One line a batch: epoch, batch, loss, and the learning rate, which is given."""
    columns = metrics.epoch.tolist(), metrics.batch.tolist(), metrics.loss.tolist(), lrs
    return _csv(["epoch", "batch", "loss", "lr"], zip(*columns, strict=True))


def _csv(names: list[str], rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([names, *rows])
    return text.getvalue()
