"""A lab that is killed while its sweep trains on a cluster, and another that goes on.

``python -m tests.training.cluster.killed SWEEP COMMAND...`` is the lab; the command starts its workers.
"""

import os
import signal
import subprocess
import sys
import threading

from convlab.comparison import sweep as sweeps
from convlab.comparison.sweep import Sweep
from convlab.training import runs, worker
from convlab.training.queue import Queue
from tests import sources
from tests.training.small import assert_same, wait


def survives(sweep: Sweep, command: list[str], patience_s: float) -> None:
    """Every run was cut by ``kill -9`` of the lab, goes on under the next, and equals its uncut twin."""
    path = os.pathsep.join([str(sources.ROOT), os.environ.get("PYTHONPATH", "")])
    lab = [sys.executable, "-m", "tests.training.cluster.killed", sweep.id, *command]
    with subprocess.Popen(lab, env={**os.environ, "PYTHONPATH": path}) as first:
        try:
            wait(lambda: _trains(sweep), patience_s)
        finally:
            os.kill(first.pid, signal.SIGKILL)
    wait(lambda: sweep.owner is None, patience_s)
    assert sweep.progress().done == 0
    queue = Queue(command=command)
    try:
        assert [one.id for one in sweeps.go_on(queue)] == [sweep.id]
        wait(lambda: sweep.wish() == "done", patience_s)
    finally:
        queue.close()
    found = sweep.runs()
    assert len(found) == sweep.progress().done == 2
    for run in found.values():
        assert "resumed" in [halt.state for halt in run.metrics().halts]
        twin = runs.create(run.settings)
        worker.train(twin)
        assert_same(run, twin)
        assert run.epochs_stored() == twin.epochs_stored()


def _trains(sweep: Sweep) -> bool:
    found = [run for run in sweep.runs().values() if run.status().state == "running"]
    return len(found) == 2 and all(run.metrics().loss.size > 20 for run in found)


def main() -> None:
    """Feed the sweep until killed."""
    sweeps.begin(sweeps.get(sys.argv[1]), Queue(command=sys.argv[2:]))
    threading.Event().wait()


if __name__ == "__main__":
    main()
