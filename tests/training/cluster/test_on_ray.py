"""A sweep on a real Ray cluster of two machines on 127.0.0.1, one of which is killed meanwhile.

Needs Ray: ``pip install -r requirements-ray.txt``. ``make test`` does without it.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from convlab.comparison import sweep as sweeps
from convlab.datasets import shelf
from convlab.errors import UserError
from convlab.training import runs, worker
from convlab.training.cluster import asked
from convlab.training.queue import Queue
from tests import sources
from tests.comparison.small import plan
from tests.training.cluster import killed
from tests.training.small import DATASET, assert_same, wait

asked.stay_local("127.0.0.1")  # before Ray is imported
ray = pytest.importorskip("ray", reason="Ray is not installed: pip install -r requirements-ray.txt")
PATIENCE_S = 240.0  # for processes that import PyTorch on a busy machine
HOST = "127.0.0.1"
MACHINE: dict[str, Any] = {"num_cpus": 1, "node_ip_address": HOST, "object_store_memory": 80 * 2**20}
SOON = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 1000,
    "health_check_failure_threshold": 3,
}


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(sources.ROOT), os.environ.get("PYTHONPATH", "")]))
    monkeypatch.delenv("CONVLAB_SLOTS", raising=False)
    found = Cluster()
    try:
        found.add_node(**MACHINE, include_dashboard=False, _system_config=SOON)
        found.add_node(**MACHINE)
        monkeypatch.setenv(asked.ADDRESS, found.address)
        asked.slots.cache_clear()
        yield found
    finally:
        found.shutdown()
        asked.slots.cache_clear()


@pytest.mark.timeout(2 * PATIENCE_S)
def test_a_machine_is_killed_and_nothing_is_lost(cluster: Any) -> None:
    sweep = sweeps.create(plan(shelf.put(DATASET), epochs=150))
    assert sweeps.slots_for(sweep.plan) == 2
    queue = Queue()
    try:
        sweeps.begin(sweep, queue)

        def both_train() -> bool:
            found = [run for run in sweep.runs().values() if run.status().state == "running"]
            return len(found) == 2 and all(run.metrics().loss.size > 20 for run in found)

        wait(both_train, PATIENCE_S)  # live: their curves are here while they train
        cluster.remove_node(max(cluster.worker_nodes, key=str), allow_graceful=False)
        wait(lambda: sweep.wish() == "done", PATIENCE_S)
    finally:
        queue.close()
    assert sweep.progress().done == 4
    found = sweep.runs()
    halts = [halt.state for run in found.values() for halt in run.metrics().halts]
    assert "resumed" in halts  # one was cut
    for run in found.values():
        assert run.epochs_stored() == tuple(range(151))
        assert not (run.folder / "checkpoint.safetensors").exists()
        twin = runs.create(run.settings)
        worker.train(twin)
        assert_same(run, twin)


@pytest.mark.timeout(2 * PATIENCE_S)
def test_the_lab_is_killed_and_nothing_is_lost(cluster: Any) -> None:
    sweep = sweeps.create(plan(shelf.put(DATASET), seeds=[0], epochs=150))
    killed.survives(sweep, asked.COMMAND, PATIENCE_S)


def test_no_cluster_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(asked.ADDRESS, "127.0.0.1:1")
    monkeypatch.setattr(asked, "_PATIENCE_S", 20.0)
    with pytest.raises(UserError, match=r"127\.0\.0\.1:1 does not answer"):
        asked.slots("127.0.0.1:1")
