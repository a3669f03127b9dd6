"""A run that another process trains: its folder lives here, its orders go there, and it outlives that."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from convlab.comparison import sweep as sweeps
from convlab.datasets import shelf
from convlab.errors import UserError
from convlab.storage import locks
from convlab.training import runs, worker
from convlab.training.cluster import carrying
from convlab.training.cluster.carrying import Lost
from convlab.training.runs import Run
from tests.comparison.small import plan
from tests.training.cluster import killed
from tests.training.cluster.machines import LocalMachine
from tests.training.small import DATASET, assert_same, create, wait

PATIENCE_S = 240.0  # for processes that import PyTorch on a busy machine
pytestmark = pytest.mark.timeout(2 * PATIENCE_S)


@pytest.fixture(autouse=True)
def lab_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(carrying, "LOOK_S", 0.02)
    return tmp_path / "home"


class Cluster:
    """Gives a new machine in place of one that was lost."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.machines = folder, list[LocalMachine]()

    def machine(self) -> LocalMachine:
        self.machines.append(LocalMachine(str(self._folder)))
        return self.machines[-1]

    def carry(self, run: Run, **others: Any) -> Thread:
        thread = Thread(target=carrying.carry, args=(run, self.machine, others.get("leave", lambda: None)))
        thread.start()
        return thread


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    (tmp_path / "elsewhere").mkdir()
    found = Cluster(tmp_path / "elsewhere")
    yield found
    for machine in found.machines:
        machine.kill()


def test_it_is_killed_and_goes_on_elsewhere(cluster: Cluster) -> None:
    """Curves are here while it trains; the machine is killed, then it equals its uncut twin."""
    run = create(epochs=30, data=shelf.put(DATASET))
    thread = cluster.carry(run)
    wait(lambda: run.metrics().loss.size > 20, PATIENCE_S)
    assert run.status().state == "running"
    cluster.machines[0].kill()
    thread.join()
    assert len(cluster.machines) == 2
    assert run.status().state == "finished"
    assert "resumed" in [halt.state for halt in run.metrics().halts]
    twin = runs.create(run.settings)
    worker.train(twin)
    assert_same(run, twin)
    assert run.epochs_stored() == twin.epochs_stored()
    assert sorted(path.name for path in run.folder.iterdir()) == sorted(
        path.name for path in twin.folder.iterdir()
    )


def test_orders_follow_it_and_it_is_resumed(cluster: Cluster) -> None:
    run = create(epochs=1000, data=shelf.put(DATASET))
    thread = cluster.carry(run)
    wait(lambda: run.metrics().loss.size > 5, PATIENCE_S)
    run.set_lr(0.02)
    wait(lambda: run.metrics().lrs, PATIENCE_S)
    run.pause()
    thread.join()
    assert run.status().state == "paused"
    at = run.metrics().loss.size
    run.carry_on()
    leaving = list[bool]()
    thread = cluster.carry(run, leave=lambda: "interrupted" if leaving else None)
    wait(lambda: run.metrics().loss.size > at + 5, PATIENCE_S)
    leaving.append(True)
    thread.join()
    assert run.status().state == "interrupted"
    assert run.metrics().loss.size > at


class Told:
    """A machine that is never free."""

    ended = False

    def ready(self, patience_s: float) -> bool:
        time.sleep(patience_s)
        return False

    def call(self, method: str, *arguments: Any) -> Any:
        raise AssertionError(method)

    def end(self) -> None:
        self.ended = True


def test_a_run_that_waits_for_a_machine_can_be_stopped() -> None:
    run, busy = create(data=shelf.put(DATASET)), Told()
    thread = Thread(target=carrying.carry, args=(run, lambda: busy, lambda: None))
    thread.start()
    wait(lambda: locks.held(run.folder / "lock"), PATIENCE_S)
    run.stop()
    thread.join()
    assert (run.status().state, busy.ended) == ("stopped", True)


def test_machines_that_are_lost_again_and_again_are_given_up() -> None:
    asked = list[int]()

    def lost() -> LocalMachine:
        asked.append(1)
        raise Lost

    run = create(data=shelf.put(DATASET))
    carrying.carry(run, lost, lambda: None)
    assert len(asked) == carrying.TRIES
    assert run.status().state == "interrupted"
    assert "lost 3 times" in str(run.status().message)


def test_a_machine_of_another_version_says_so() -> None:
    class Old(Told):
        def ready(self, patience_s: float) -> bool:
            return True

        def call(self, method: str, *arguments: Any) -> Any:
            assert method == "version"
            return "0.8.0"

    run, old = create(data=shelf.put(DATASET)), Old()
    carrying.carry(run, lambda: old, lambda: None)
    assert (run.status().state, old.ended) == ("failed", True)
    assert "has ConvLab 0.8.0, and here is" in str(run.status().message)


def test_data_travel_once(cluster: Cluster) -> None:
    key = shelf.put(DATASET)
    one, other = create(data=key), create(data=key, seed=1)
    machine = cluster.machine()
    for run in (one, other):
        carrying.carry(run, lambda: machine, lambda: None)
        assert run.status().state == "finished"
    assert machine.calls.count("take") == 1


def test_the_lab_is_killed_and_another_goes_on(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("CONVLAB_SLOTS", "2")
    sweep = sweeps.create(plan(shelf.put(DATASET), seeds=[0], epochs=60))
    killed.survives(sweep, [sys.executable, "-m", "tests.training.cluster.local"], PATIENCE_S)
    wait(lambda: not list((tmp_path / "elsewhere").glob("convlab-*")), PATIENCE_S)


def test_what_another_process_trains_is_left_to_it(cluster: Cluster) -> None:
    run = create(data=shelf.put(DATASET))
    with run.claimed(), pytest.raises(UserError, match="another process"):
        carrying.carry(run, cluster.machine, lambda: None)
