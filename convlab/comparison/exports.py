"""A comparison's curves for other programs: as a table, and as TensorBoard reads them."""

import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from convlab.comparison.outcome import Comparison
from convlab.errors import N_, UserError
from convlab.training.engine import EpochRecord
from convlab.training.runs import Run

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

_NUMBERS = [field.name for field in fields(EpochRecord) if field.name not in ("epoch", "gradient_norms")]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with which a spreadsheet's formula begins
_NEEDS = N_(
    "TensorBoard's event files need its package: run pip install tensorboard==2.21.0, then try again."
)


def curves_csv(found: Comparison) -> str:
    """A line for each epoch of each run that counts. Raises UserError where a run is gone."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["design", "seed", "epoch", *_NUMBERS])
    for label, seed, run in _runs(found):
        name = f"'{label}" if label.startswith(_FORMULA) else label
        for record in run.metrics().records:
            out.writerow([name, seed, record.epoch, *(getattr(record, one) for one in _NUMBERS)])
    return text.getvalue()


def needs() -> "type[SummaryWriter]":
    """What writes TensorBoard's event files. Raises UserError where its package is missing."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise UserError(_NEEDS) from error
    return SummaryWriter


def write_events(found: Comparison, folder: Path) -> None:
    """TensorBoard's event files, a folder for each run that counts: a scalar for each number of an epoch.

    Raises UserError where the package is missing, or a run is gone.
    """
    writes = needs()
    places = {label: f"{place:02}-{_plain(label)}" for place, label in enumerate(found.designs, 1)}
    for label, seed, run in _runs(found):
        with writes(str(folder / places[label] / f"seed-{seed}")) as writer:
            for record in run.metrics().records:
                for name in _NUMBERS:
                    writer.add_scalar(name, getattr(record, name), record.epoch, walltime=run.created)


def events_zip(found: Comparison) -> bytes:
    """The same as one zip. Raises UserError as ``write_events``."""
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as scratch:
        write_events(found, Path(scratch))
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(Path(scratch).rglob("events.*")):
                archive.write(path, path.relative_to(scratch))
    return packed.getvalue()


def _runs(found: Comparison) -> Iterator[tuple[str, int, Run]]:
    for label, one in found.designs.items():
        for seed, run in one.runs.items():
            yield label, seed, run


def _plain(label: str) -> str:
    """A label as a folder's name, on every system."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", label)[:40] or "design"
