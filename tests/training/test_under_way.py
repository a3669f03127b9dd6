"""What trains or waits, found among all runs."""

from pathlib import Path

import pytest

from convlab.storage import locks
from convlab.training import queue, runs, under_way, worker
from convlab.training.runs import Run
from convlab.training.settings import Settings
from tests.few import few

SHORT = Settings.parse({"epochs": 1, "device": "cpu", "batch_size": 64})


def found() -> dict[Run, str]:
    return {run: status.state for run, status in under_way.survey()}


def test_nothing_is_under_way_where_there_is_no_run(lab_home: Path) -> None:
    assert found() == {}


def test_what_waits_and_what_trains_is_found_and_no_more(
    lab_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue.Queue, "warm", lambda self: None)
    line = queue.Queue()
    waits, trains, ended = (runs.create(SHORT, name) for name in ("waits", "trains", "ended"))
    worker.train(ended, data=lambda key: few())
    line.submit(waits)
    lock = locks.take(trains.folder / "lock")
    assert lock is not None
    trains.set_status(trains.status().now("running"))
    assert found() == {waits: "queued", trains: "running"}
    lock.release()
    assert found() == {waits: "queued"}  # who trained it has died
    again = locks.take(trains.folder / "lock")
    assert again is not None
    assert found() == {waits: "queued", trains: "running"}
    again.release()
    line.cancel(waits)
    assert found() == {}
    line.submit(waits)
    assert found() == {waits: "queued"}
    line.close()
    assert found() == {}


def test_what_is_paused_is_told_and_read_once(lab_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = runs.create(SHORT)
    run.set_status(run.status().now("paused"))
    monkeypatch.setattr("convlab.training.run_files.settled", lambda changed_ns: True)
    assert found() == {run: "paused"}
    looked: list[str] = []
    monkeypatch.setattr(Run, "status", lambda self: looked.append(self.id))
    assert found() == {run: "paused"}
    assert looked == []
    monkeypatch.undo()
    run.set_status(run.written().now("stopped"))
    assert found() == {}


def test_what_rests_is_not_read_again_until_it_changes(
    lab_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runs.create(SHORT)
    monkeypatch.setattr("convlab.training.run_files.settled", lambda changed_ns: True)
    assert found() == {}
    looked: list[str] = []
    status = Run.status
    monkeypatch.setattr(Run, "status", lambda self: looked.append(self.id) or status(self))  # type: ignore[func-returns-value]
    assert found() == {}
    assert looked == []
    lock = locks.take(run.folder / "lock")
    assert lock is not None
    run.set_status(run.written().now("running"))
    assert found() == {run: "running"}
    lock.release()
    run.delete()
    assert found() == {}
