"""A comparison's curves for other programs: as a table, and as TensorBoard reads them."""

import csv
import io
import re
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from convlab.comparison import event_files
from convlab.comparison.outcome import Comparison
from convlab.training.engine import EpochRecord
from convlab.training.runs import Run

_NUMBERS = [field.name for field in fields(EpochRecord) if field.name not in ("epoch", "gradient_norms")]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with which a spreadsheet's formula begins


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


def write_events(found: Comparison, folder: Path) -> None:
    """TensorBoard's event files, a folder for each run that counts: a scalar for each number of an epoch.

    Raises UserError where a run is gone, OSError.
    """
    places = {label: f"{place:02}-{_plain(label)}" for place, label in enumerate(found.designs, 1)}
    for label, seed, run in _runs(found):
        path = folder / places[label] / f"seed-{seed}"
        path.mkdir(parents=True, exist_ok=True)
        steps = [
            (one.epoch, {name: getattr(one, name) for name in _NUMBERS}) for one in run.metrics().records
        ]
        name = f"events.out.tfevents.{int(run.created)}.convlab"
        (path / name).write_bytes(event_files.events(steps, run.created))


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
