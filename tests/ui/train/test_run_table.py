"""Past runs: which of them a search finds, and what their row says."""

from dataclasses import replace
from pathlib import Path

import pytest

from convlab.training import runs
from convlab.training.engine import EpochRecord
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.ui.train.run_table import all_runs, cells, searched


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    return runs.create(Settings(design="net_width", seed=7, lr=0.25), "Ärger mit 2 Netzen")


@pytest.mark.parametrize(
    ("words", "found"),
    [("", True), ("wider", True), ("WIDER ärger", True), ("0.25 waiting", False), ("dense", False)],
)
def test_a_search_finds_runs_that_have_all_its_words(run: Run, words: str, found: bool) -> None:
    shown, _damaged = searched(all_runs(), words)
    assert (len(shown) == 1) is found


def test_a_row_says_what_was_trained(run: Run) -> None:
    row = cells(run, run.status())
    assert (row["Name"], row["Network"], row["lr"], row["Seed"]) == ("Ärger mit 2 Netzen", "Wider", "0.25", 7)
    assert row["Validation accuracy"] is None
    assert row["Gap"] is None
    record = EpochRecord(1, 0.4, 0.95, 0.5, 0.875, 0.25, 1.0, 100.0, {})
    row = cells(run, replace(run.status(), last=record))
    assert row["Gap"] == record.gap == pytest.approx(0.075)
    assert row["Forked"] == ""


def test_a_run_that_cannot_be_read_is_left_out(run: Run) -> None:
    broken = runs.create(Settings())
    (broken.folder / "settings.json").write_text("{")
    assert [one.id for one, _status in all_runs()] == [run.id]
