"""Past runs as rows: which of them filters find, in which order, with which columns, and what a row says."""

import math
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from convlab.training import runs
from convlab.training.engine import EpochRecord
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.ui.train import run_rows
from convlab.ui.train.controls import TrainControls
from convlab.ui.train.run_rows import Entry, all_runs, cells, columns, found


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    return runs.create(Settings(design="net_width", seed=7, lr=0.25), "Ärger mit 2 Netzen")


def record(**changes: Any) -> EpochRecord:
    return replace(EpochRecord(1, 0.4, 0.95, 0.5, 0.875, 0.25, 1.0, 100.0, {}), **changes)


def names(**asked: Any) -> list[str]:
    return [entry.run.name for entry in found(all_runs(), TrainControls(**asked))[0]]


@pytest.mark.parametrize(
    ("words", "hits"),
    [("", True), ("wider", True), ("WIDER ärger", True), ("0.25 stopped", True), ("dense", False),
     ("talk", True), ("smooth at the end", True), ("talk dense", False)],
)  # fmt: skip
def test_a_search_finds_runs_that_have_all_its_words(run: Run, words: str, hits: bool) -> None:
    run.tag(["Talk"])
    run.note("A smooth curve\nat the end")
    assert bool(names(search=words)) is hits


def test_filters_ask_for_network_data_state_and_date(run: Run) -> None:
    old = runs.create(Settings(data="cifar10"), "old")
    meta = old.folder / "meta.json"
    meta.write_text(meta.read_text().replace(str(old.created), str(time.time() - 2 * 86_400)))
    assert names() == [run.name, "old"]
    assert names(only_design="net_width") == names(only_data="sketches") == names(begun="day") == [run.name]
    assert names(begun="week", only_data="cifar10") == ["old"]
    run.set_status(run.status().now("diverged"))
    assert names(only_state="diverged") == [run.name]


def test_rows_are_sorted_by_any_column_and_what_is_missing_comes_last(run: Run) -> None:
    for name, accuracy in (("low", 0.2), ("high", 0.9), ("lost", math.nan)):
        made = runs.create(Settings(), name)
        made.set_status(replace(made.status(), last=record(val_accuracy=accuracy)))
    assert names(sort="val_accuracy")[:2] == ["high", "low"]
    assert names(sort="val_accuracy", ascending=True)[:2] == ["low", "high"]
    assert names(sort="name", ascending=True) == ["high", "lost", "low", run.name]
    assert names(sort="lr")[0] == run.name
    assert len(names(sort="no_such_column")) == 4


def test_the_settings_in_which_the_runs_differ_come_first(run: Run) -> None:
    entries = [Entry(*row) for row in all_runs()]
    same = columns(entries)
    assert same.index("val_accuracy") < same.index("seed")
    assert {"notes", "tags"}.isdisjoint(same)
    runs.create(Settings(design="net_width", seed=8, lr=0.25, l2=0.001))
    entries = [Entry(*row) for row in all_runs()]
    apart = columns(entries)
    assert apart[:4] == ["name", "state", "seed", "l2"]
    assert columns(entries, ["val_loss", "markup<img>", "l2"]) == ["name", "val_loss", "l2"]


def test_a_row_says_what_was_trained(run: Run) -> None:
    entry = Entry(run, run.status())
    row = cells(entry, run_rows.SORTABLE)
    assert (row["name"], row["design"], row["lr"], row["seed"]) == ("Ärger mit 2 Netzen", "Wider", "0.25", 7)
    assert row["val_accuracy"] is row["gap"] is None
    row = cells(Entry(run, replace(run.status(), last=record())), ["gap", "forked", "epochs"])
    assert row["gap"] == pytest.approx(7.5)
    assert (row["forked"], row["epochs"]) == ("", f"0 / {run.settings.epochs}")


def test_long_notes_are_one_short_line_in_a_row(run: Run) -> None:
    run.note("many\nwords " * 40)
    told = cells(Entry(run, run.status()), ["notes"])["notes"]
    assert told.startswith("many words many")
    assert len(told) == 120


def test_a_run_that_cannot_be_read_is_left_out(run: Run) -> None:
    broken = runs.create(Settings())
    (broken.folder / "settings.json").write_text("{")
    assert [one.id for one, _status in all_runs()] == [run.id]
