"""convlab.training.hired: a process that is handed runs, seen from outside; here it is one that says back."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from convlab.training.hired import Worker
from convlab.training.runs import Run

SAYS_BACK = "import sys\nfor line in sys.stdin:\n    print('had', line, end='', flush=True)"
RUNS = tuple(Run(letter * 16) for letter in "abc")


@pytest.fixture
def worker() -> Iterator[Worker]:
    one = Worker([sys.executable, "-c", SAYS_BACK])
    yield one
    one.hang_up()
    one.process.wait(60)
    assert one.process.stdout
    one.process.stdout.close()


@pytest.fixture
def slot(tmp_path: Path) -> FileLock:
    taken = FileLock(tmp_path / "slot")
    taken.acquire()
    return taken


def test_runs_are_handed_over_in_one_line(worker: Worker, slot: FileLock) -> None:
    worker.train(RUNS, slot)
    assert worker.runs == RUNS
    assert worker.process.stdout
    assert worker.process.stdout.readline() == f"had {' '.join(run.id for run in RUNS)}\n"


def test_the_slot_is_free_when_the_last_run_is_done(worker: Worker, slot: FileLock) -> None:
    worker.train(RUNS, slot)
    assert worker.free([RUNS[1].id]) == [RUNS[1]]
    assert worker.runs == (RUNS[0], RUNS[2])
    assert slot.is_locked
    assert worker.free(["d" * 16]) == []
    assert worker.free() == [RUNS[0], RUNS[2]]
    assert not slot.is_locked
    assert worker.free() == []


def test_it_goes_when_its_stdin_ends(worker: Worker) -> None:
    worker.hang_up()
    assert worker.process.wait(60) == 0


def test_a_dead_process_is_noticed_by_who_listens(worker: Worker, slot: FileLock) -> None:
    worker.process.kill()
    worker.process.wait(60)
    worker.train(RUNS[:1], slot)
    assert worker.free() == [RUNS[0]]
    assert not slot.is_locked
