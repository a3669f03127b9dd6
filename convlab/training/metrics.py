"""What a run measured: ``metrics.jsonl``, appended in whole lines and read while it grows.

The first line counts how often the run was resumed; the others are losses of batches, records of epochs and
changes of lr.
"""

import csv
import io
import math
import operator
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from convlab.storage import atomic, json_lines
from convlab.training.engine import EpochRecord

_PART = 2**40  # an offset is the count of resumptions and a place in the file


@dataclass(frozen=True)
class Metrics:
    """Part of what a run measured; epochs and their batches count from 1.

    Attributes:
        offset: give it to the next ``read``, which then returns what came since.
        whole: this is everything from the beginning: forget what was read before (the run was resumed).
        epoch, batch, loss: of each batch, in order; int64, int64, float64.
        records: of the epochs that ended.
        lrs: (epoch, batch, lr): what somebody set the learning rate to, from that batch on.
    """

    offset: int
    whole: bool
    epoch: npt.NDArray[np.int64]
    batch: npt.NDArray[np.int64]
    loss: npt.NDArray[np.float64]
    records: tuple[EpochRecord, ...]
    lrs: tuple[tuple[int, int, float], ...]


def read(path: Path, since: int = 0) -> Metrics:
    """What was measured since an earlier ``Metrics.offset``, or all of it."""
    if not path.exists():
        return _parsed([], 0, True)
    with path.open("rb") as file:
        head = file.readline()
        if not head.endswith(b"\n"):
            return _parsed([], 0, True)
        part = next(json_lines.parsed(head), {}).get("resumed", 0)
        whole = since // _PART != part or since % _PART == 0
        start = len(head) if whole else since % _PART
        file.seek(start)
        new = json_lines.whole(file.read())
    return _parsed(list(json_lines.parsed(new)), part * _PART + start + len(new), whole)


def _parsed(lines: list[dict[str, Any]], offset: int, whole: bool) -> Metrics:
    losses = [line for line in lines if "losses" in line]
    counts = [len(line["losses"]) for line in losses]
    batches = [np.arange(count) + line["batch"] for line, count in zip(losses, counts, strict=True)]
    return Metrics(
        offset,
        whole,
        np.repeat(np.array([line["epoch"] for line in losses], np.int64), counts),
        np.concatenate([np.empty(0, np.int64), *batches]),
        np.array([loss for line in losses for loss in line["losses"]], np.float64),
        tuple(record(line["ended"]) for line in lines if "ended" in line),
        tuple((line["epoch"], line["batch"], line["lr"]) for line in lines if "lr" in line),
    )


def plain(ended: EpochRecord) -> dict[str, Any]:
    """A record as JSON has it: null for what is not finite."""

    def said(value: Any) -> Any:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return {name: said(value) for name, value in asdict(ended).items()}


def record(values: dict[str, Any]) -> EpochRecord:
    """The record that ``plain`` took apart; what was not finite is NaN."""
    names = {field.name for field in fields(EpochRecord)}
    known: dict[str, Any] = {n: math.nan if v is None else v for n, v in values.items() if n in names}
    return EpochRecord(**known)


class Log:
    """The writing end. Nothing is on disk before ``flush``, which hands whole lines to one write."""

    def __init__(self, path: Path) -> None:
        new = not path.exists() or path.stat().st_size == 0
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
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
    """Forget what a checkpoint does not know: this batch, from 1, and later; orders after ``command``."""
    data = path.read_bytes() if path.exists() else b""
    resumed, kept = 0, []
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


def batches_csv(metrics: Metrics) -> str:
    """One line a batch: epoch, batch, loss."""
    columns = metrics.epoch.tolist(), metrics.batch.tolist(), metrics.loss.tolist()
    return _csv(["epoch", "batch", "loss"], zip(*columns, strict=True))


def _csv(names: list[str], rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([names, *rows])
    return text.getvalue()
