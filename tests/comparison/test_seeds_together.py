"""Seeds of one design as one network in a process of its own, as on a GPU: ordinary runs all the same."""

import os
import signal
import sys
from collections.abc import Iterator

import pytest
import torch

from convlab.comparison import sweep as sweeps
from convlab.comparison.plan import planned
from convlab.training import runs, together, worker
from convlab.training.queue import Queue
from convlab.training.runs import Run
from tests.training.small import outcome, wait

PATIENCE_S = 240.0  # for processes that import PyTorch on a busy machine
PAYS = "from convlab.training import together, worker\ntogether.pays = lambda *_: True\nworker.main()"


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    monkeypatch.setattr(together, "DEVICES", ("cpu",))
    monkeypatch.setenv("CONVLAB_SLOTS", "1")
    found = Queue(command=[sys.executable, "-c", PAYS])
    yield found
    found.close()


def alike(one: Run, other: Run) -> None:
    """But for rounding."""
    (losses, records, weights), (losses2, records2, weights2) = outcome(one), outcome(other)
    assert [loss for *_place, loss in losses] == pytest.approx([loss for *_place, loss in losses2], rel=1e-3)
    assert len(records) == len(records2)
    for key, value in weights.items():
        assert torch.allclose(value, weights2[key], rtol=1e-2, atol=1e-4), key


@pytest.mark.timeout(2 * PATIENCE_S)
def test_one_is_stopped_and_the_process_is_killed(data: str, queue: Queue) -> None:
    base = {"data": data, "epochs": 40, "batch_size": 8, "device": "cpu"}
    sweep = sweeps.create(planned("seeds", {"net": {"design": "net"}}, base, range(3)))
    sweeps.begin(sweep, queue)
    wait(lambda: len(sweep.runs()) == 3, PATIENCE_S)
    first, second, third = several = list(sweep.runs().values())
    wait(lambda: all(run.metrics().loss.size > 10 for run in several), PATIENCE_S)
    process = queue.workers()[0]
    assert process.runs == tuple(several)
    first.stop()
    wait(lambda: first.status().state == "stopped", PATIENCE_S)
    assert (second.status().state, third.status().state) == ("running", "running")
    wait(lambda: process.runs == (second, third), PATIENCE_S)
    os.kill(process.process.pid, signal.SIGKILL)
    wait(lambda: sweep.wish() == "done", PATIENCE_S)
    assert [run.status().state for run in several] == ["stopped", "finished", "finished"]
    assert all("resumed" in [halt.state for halt in run.metrics().halts] for run in (second, third))
    wait(lambda: sweep.owner is None, PATIENCE_S)
    sweep.resume(queue)
    wait(lambda: sweep.progress().done == 3, PATIENCE_S)
    for run in several:
        twin = runs.create(run.settings)
        worker.train(twin)
        alike(run, twin)
