"""Curves as CSV and as TensorBoard's event files."""

import csv
import importlib.util
import io
from pathlib import Path

import pytest

from convlab.comparison import exports
from convlab.comparison.outcome import Comparison, of_one
from convlab.training.runs import Run
from tests.training.small import create, train


def made(*labels: str) -> tuple[Comparison, Run]:
    train(run := create(epochs=2))
    return Comparison("0" * 16, {label: of_one({0: run}) for label in labels}, []), run


def test_a_line_of_the_table_is_an_epoch_of_a_run() -> None:
    found, run = made("net, wide", "=1+1")
    lines = list(csv.DictReader(io.StringIO(exports.curves_csv(found))))
    assert [(one["design"], one["seed"], one["epoch"]) for one in lines] == [
        ("net, wide", "0", "1"),
        ("net, wide", "0", "2"),
        ("'=1+1", "0", "1"),
        ("'=1+1", "0", "2"),
    ]
    records = run.metrics().records
    assert [float(one["val_loss"]) for one in lines[:2]] == [record.val_loss for record in records]
    assert [float(one["train_accuracy"]) for one in lines[:2]] == [one.train_accuracy for one in records]


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="tensorboard is not installed")
def test_tensorboard_reads_what_was_written(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found, run = made("../net", "net/../..")
    folder = tmp_path / "events"
    exports.write_events(found, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["01-_net", "02-net_"]
    told = EventAccumulator(str(folder / "01-_net" / "seed-0"))
    told.Reload()
    scalars = told.Scalars("val_accuracy")
    assert [one.step for one in scalars] == [1, 2]
    values = [record.val_accuracy for record in run.metrics().records]
    assert [one.value for one in scalars] == pytest.approx(values, rel=1e-6)
