"""Some of the kills that ``python -m benchmarks chaos`` deals out by the dozen."""

import os
import random
import signal
import time

import pytest

from benchmarks import chaos
from convlab.training import worker
from convlab.training.runs import Run

KILLS, LATEST_S = 10, 0.4


def forked(run: Run) -> int:
    """A child with everything imported, that trains; its process id."""
    child = os.fork()
    if child == 0:
        try:
            worker.train(run)
        finally:
            os._exit(0)
    return child


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here: see the benchmark")
def test_a_trainer_may_be_killed_at_any_moment() -> None:
    chance, toll = random.Random(1), chaos.Toll()
    with chaos.laboratory() as key:
        wanted = chaos.reference(key, 40)
        run = chaos.create(key, 40)
        while toll.kills < KILLS:
            child = forked(run)
            time.sleep(chance.uniform(0, LATEST_S))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
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
