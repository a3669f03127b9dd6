"""Sweeps: folders of a plan whose runs a queue trains; whatever ends, they go on."""

import json
from pathlib import Path

import pytest

from convlab.comparison import sweep as sweeps
from convlab.comparison.sweep import Sweep
from convlab.errors import UserError
from convlab.training import queue, runs
from convlab.training.queue import Queue
from tests.comparison.small import plan
from tests.training.lab import COMMAND
from tests.training.small import train, wait


def over(sweep: Sweep) -> None:
    wait(lambda: sweep.wish() == "done")


def test_all_runs_are_made_and_trained_in_order(data: str, quick: Queue, lab_home: Path) -> None:
    sweep = sweeps.create(plan(data, seeds=(4, 2, 9)))
    assert sweep.runs() == {}
    assert (sweep.progress().waiting, sweep.progress().share) == (6, 0.0)
    sweeps.begin(sweep, quick)
    over(sweep)
    found = sweep.runs()
    assert list(found) == sweep.plan.cells
    assert {(run.settings.design, run.settings.seed) for run in found.values()} == {
        (design, seed) for design in ("net", "net_width") for seed in (4, 2, 9)
    }
    assert found["wide", 9].name == "wide, seed 9"
    log = [line.split() for line in (lab_home / "log").read_text().splitlines()]
    assert sorted(id for word, id in log if word == "begin") == sorted(run.id for run in found.values())
    assert sweep.progress().done == 6
    assert sweep.progress().over


def test_the_line_is_left_to_others(data: str, lab_home: Path) -> None:
    """Whoever starts a run of their own waits for a few runs of a sweep, not for all."""
    idle = Queue(slots=2, command=["sleep", "60"])
    try:
        sweep = sweeps.create(plan(data, seeds=range(20)))
        sweeps.begin(sweep, idle)
        own = runs.create(sweep.plan.settings("net", 99))
        assert idle.submit(own) <= idle.slots + 1
        assert len(sweep.runs()) <= idle.slots
        still, each = sweep.to_come(), sorted(set(sweep.costs.values()))
        assert len(still) == len(sweep.plan.cells) - len(sweep.runs())
        assert sorted({round(one, 9) for one in still}) == pytest.approx(each)
        sweep.stop()
        wait(lambda: idle.place(own) == 1)
        assert sweep.to_come() == []
    finally:
        for worker in idle.workers():
            worker.process.kill()
        idle.close()


def test_pause_and_resume(data: str, quick: Queue) -> None:
    sweep = sweeps.create(plan(data, seeds=range(30)))
    sweeps.begin(sweep, quick)
    wait(lambda: sweep.progress().done >= 2)
    sweep.pause()
    wait(lambda: sweep.owner is None)
    done = sweep.progress().done
    assert done < 60
    assert sweep.wish() == "pause"
    sweep.resume(quick)
    over(sweep)
    assert sweep.progress().done == 60


def test_a_restart_goes_on(data: str) -> None:
    sweep = sweeps.create(plan(data, seeds=range(6)))
    first = Queue(slots=1, command=COMMAND)
    sweeps.begin(sweep, first)
    wait(lambda: sweep.progress().done >= 1)
    first.close(0)
    wait(lambda: sweep.owner is None)
    assert sweep.wish() == "go"
    second = Queue(slots=1, command=COMMAND)
    try:
        assert sweeps.go_on(second) == [sweep]
        over(sweep)
        assert sweep.progress().done == 12
        wait(lambda: sweep.owner is None)
        assert sweeps.go_on(second) == []
    finally:
        second.close()


def test_a_server_takes_up_what_was_cut_and_makes_no_queue_for_nothing(
    data: str, quick: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[int]()

    def shared() -> Queue:
        asked.append(1)
        return quick

    monkeypatch.setattr(queue, "shared", shared)
    sweep = sweeps.create(plan(data))
    sweeps.resume_all()
    assert asked == []
    sweep.set_wish("go")
    sweeps.resume_all()
    over(sweep)
    assert sweep.progress().done == 4


def test_it_is_renamed_and_deleted_whole(data: str, quick: Queue) -> None:
    other = runs.create(plan(data).settings("net", 0))
    sweep = sweeps.create(plan(data))
    sweep.rename("mine")
    assert (sweep.name, sweeps.get(sweep.id).name) == ("mine", "mine")
    with pytest.raises(UserError, match="1 to 80 characters"):
        sweep.rename(" ")
    sweeps.begin(sweep, quick)
    over(sweep)
    wait(lambda: sweep.owner is None)
    sweep.delete()
    assert sweeps.all_sweeps() == []
    assert runs.all_runs() == [other]
    with pytest.raises(UserError, match="There is no comparison"):
        sweeps.get(sweep.id)
    with pytest.raises(UserError, match="There is no comparison"):
        sweep.progress()


def test_a_run_that_is_not_as_planned_is_not_the_sweeps(data: str) -> None:
    """Nor does it go with the sweep: another user may have written its id there."""
    sweep = sweeps.create(plan(data))
    other = runs.create(sweep.plan.settings("net", 77))
    told = json.loads((sweep.folder / "runs.json").read_text())
    told["net"]["0"] = other.id
    (sweep.folder / "runs.json").write_text(json.dumps(told))
    found = sweeps.get(sweep.id)
    assert found.runs() == {}
    found.delete()
    assert runs.all_runs() == [other]


def test_progress_counts_work_and_time(data: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVLAB_SLOTS", "1")
    sweep = sweeps.create(plan(data))
    at_first = sweep.progress()
    assert at_first.seconds_left == pytest.approx(2 * sum(sweep.costs.values()))
    run = sweep.make(("net", 0))
    train(run)
    now = sweep.progress()
    seconds = run.status().seconds
    assert (now.done, now.running, now.waiting, now.failed) == (1, 0, 3, 0)
    net, wide = (seconds + 0.1 * sweep.costs["net"]) / 1.1, sweep.costs["wide"]
    assert now.seconds_left == pytest.approx(net + 2 * wide)
    assert now.share == pytest.approx(net / (2 * net + 2 * wide))


def test_no_id_reaches_elsewhere(data: str) -> None:
    run = runs.create(sweeps.create(plan(data)).plan.settings("net", 0))  # its folder has a meta.json too
    for id in ("", "..", "../runs", f"../runs/{run.id}", "x" * 16, "0" * 16):
        with pytest.raises(UserError, match="There is no comparison"):
            sweeps.get(id)


def test_a_folder_that_lies_elsewhere_is_none(data: str, tmp_path: Path) -> None:
    """Whoever deletes it would delete what is there."""
    sweep = sweeps.create(plan(data))
    sweep.folder.rename(tmp_path / "elsewhere")
    sweep.folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="There is no comparison"):
        sweeps.get(sweep.id)
    assert sweeps.all_sweeps() == []


def test_none_is_deleted_while_a_run_of_it_waits(data: str) -> None:
    idle = Queue(slots=1, command=["sleep", "60"])
    try:
        sweep = sweeps.create(plan(data))
        sweeps.begin(sweep, idle)
        wait(lambda: sweep.progress().waiting == 4 and sweep.runs())
        with pytest.raises(UserError, match="still train: stop it, then delete it"):
            sweep.delete()
        assert sweeps.all_sweeps() == [sweep]
    finally:
        for worker in idle.workers():
            worker.process.kill()
        idle.close()
