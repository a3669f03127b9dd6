"""Some of the kills that ``python -m benchmarks chaos`` deals out by the dozen."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from benchmarks import chaos
from convlab.storage import locks
from convlab.training import worker
from convlab.training.runs import Run
from tests.sources import ROOT

KILLS, LATEST_S = 10, 0.4


@contextlib.contextmanager
def forks() -> Iterator["subprocess.Popen[str]"]:
    """``tests.training.forks``; it warms up while others go on."""
    command = [sys.executable, "-m", "tests.training.forks"]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as server:
        yield server  # at the end its stdin ends, and so does it


def killed(server: "subprocess.Popen[str]", run: Run, after_s: float) -> None:
    """Have a child train the run, for so long."""
    assert server.stdin
    assert server.stdout
    server.stdin.write(f"{run.id}\n")
    child = int(server.stdout.readline())
    time.sleep(after_s)
    with contextlib.suppress(ProcessLookupError):  # it may have come to its end
        os.kill(child, signal.SIGKILL)
    chaos.wait(lambda: not alive(child))
    # Where it was about to start a process (`uname -p`), that one has its lock too, until it has begun.
    chaos.wait(lambda: not locks.held(run.folder / "lock"))


def alive(child: int) -> bool:
    """Whether there is such a process; its parent lets the dead leave at once."""
    try:
        os.kill(child, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here: see the benchmark")
def test_a_trainer_may_be_killed_at_any_moment() -> None:
    chance, toll = random.Random(1), chaos.Toll()
    with chaos.laboratory() as key, forks() as server:
        wanted = chaos.reference(key, 40)
        run = chaos.create(key, 40)
        while toll.kills < KILLS:
            killed(server, run, chance.uniform(0, LATEST_S))
            if run.status().state == "stopped":
                continue  # it had not even begun
            chaos.look(run, toll)
            if run.status().state == "finished":
                chaos.compare(run, wanted, toll)
                run = chaos.create(key, 40)
        worker.train(run)
        chaos.compare(run, wanted, toll)
    assert (toll.lost, toll.unreadable, toll.wrong_state, toll.unequal) == ([], [], [], [])
    assert toll.while_training >= 3


def test_a_server_may_be_killed_at_any_moment() -> None:
    toll = chaos.kill_servers(kills=1, epochs=40, seed=3)
    assert (toll.lost, toll.unreadable, toll.wrong_state, toll.unequal, toll.orphans) == ([], [], [], [], 0)
    assert (toll.kills, toll.while_training, toll.finished) == (1, 2, 2)
