"""Several labs with one folder: they share the slots, know whose a run is, and lose none."""

import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from convlab.errors import UserError
from convlab.storage import data_folder, locks
from convlab.training import owners, queue, runs, slots
from convlab.training.queue import Queue
from convlab.training.runs import Run
from tests.sources import ROOT
from tests.training import lab
from tests.training.small import create, wait

IDLE = [sys.executable, "-c", "import sys; sys.stdin.read()"]  # never ready
SAYS_DONE = "import sys\nprint('ready', flush=True)\nfor _ in sys.stdin: print('done', flush=True)"
NOTHING = [sys.executable, "-c", SAYS_DONE]  # is what it does


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "LOOK_S", lab.LOOK_S)


@contextmanager
def opened(*commands: list[str]) -> Iterator[list[Queue]]:
    """Labs in this process."""
    found = [Queue(slots=1, command=command) for command in commands]
    try:
        yield found
    finally:
        for one in found:
            one.close()


@contextmanager
def elsewhere(*options: str) -> Iterator["subprocess.Popen[str]"]:
    """A lab in another process, its id read."""
    command = [sys.executable, "-m", "tests.training.lab", *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdout
        assert len(process.stdout.readline().strip()) == 16
        yield process
        assert process.stdin
        process.stdin.close()


def begun(process: "subprocess.Popen[str]", count: int) -> list[Run]:
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{count}\n")
    return [runs.get(id) for id in process.stdout.readline().split()]


def test_twenty_sessions_of_two_labs_train_one_at_a_time_and_none_is_lost_or_trained_twice() -> None:
    with elsewhere() as process, opened(lab.COMMAND) as (pool,):
        here: list[Run] = []
        thread = threading.Thread(target=lambda: here.extend(lab.begin_from_many_sessions(pool, 10)))
        thread.start()
        there = begun(process, 10)
        thread.join()
        assert all(run.status().state in ("queued", "finished") for run in (*here, *there))
        wait(lambda: all(run.status().state == "finished" for run in (*here, *there)))
    log = [line.split() for line in (data_folder.path() / "log").read_text().splitlines()]
    assert [word for word, _id in log] == ["begin", "end"] * 20  # never two at once
    order = [id for word, id in log if word == "begin"]
    assert sorted(order) == sorted(run.id for run in (*here, *there))
    labs = [id in {run.id for run in here} for id in order]
    assert len(list(itertools.groupby(labs))) > 4  # they take turns


def test_of_two_labs_that_resume_a_run_at_once_one_does() -> None:
    with opened(IDLE, IDLE) as pools:
        for _ in range(5):
            refused = resumed_at_once(run := create(), pools)
            assert len(refused) == 1
            assert refused[0].startswith("This run is ")
            assert sum(bool(pool.place(run)) for pool in pools) == 1


def resumed_at_once(run: Run, pools: list[Queue]) -> list[str]:
    """What those say that refuse."""
    barrier, refused = threading.Barrier(len(pools)), list[str]()

    def resume(pool: Queue) -> None:
        barrier.wait()
        try:
            pool.resume(run)
        except UserError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=resume, args=(pool,)) for pool in pools]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def test_a_run_that_waits_in_another_lab_is_stopped_and_leaves_its_line() -> None:
    with opened(IDLE, IDLE) as (one, other):
        first, second, third = one.begin([create] * 3)
        assert [run.status().place for run in (first, second, third)] == [1, 2, 3]
        other.cancel(second)
        assert second.status().state == "stopped"
        wait(lambda: third.status().place == 2)
        assert other.resume(second) == 1
        with pytest.raises(UserError, match="stop it before you delete it"):
            third.delete()
        assert [one.place(run) for run in (first, second, third)] == [1, 0, 2]


def test_a_run_in_the_middle_of_a_line_leaves_it_too() -> None:
    with opened(IDLE, IDLE) as (one, other):
        first, second, third = (one.begin([create])[0] for _ in range(3))
        assert third.status().place == 3
        other.cancel(second)
        wait(lambda: third.status().place == 2)
        assert first.status().place == 1


def test_a_run_says_whose_it_is_as_long_as_its_lab_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    with elsewhere("idle") as process, opened(IDLE) as (pool,):
        queue.shared.cache_clear()
        monkeypatch.setattr(queue, "Queue", lambda: pool)
        assert queue.shared() is pool
        (theirs,), (ours,) = begun(process, 1), pool.begin([create])
        assert queue.stranger(ours) is None
        owner = queue.stranger(theirs)
        assert owner is not None
        assert (owner.pid, owner.here, owner.lab) == (process.pid, True, theirs.status().queue)
        process.kill()
        process.wait()
        assert (theirs.status().state, queue.stranger(theirs)) == ("interrupted", None)
        theirs.set_owner(replace(owner, pid=os.getpid()))  # another process has its number by now
        assert (theirs.status().state, queue.stranger(theirs)) == ("interrupted", None)
        assert pool.resume(theirs) == 2
        assert queue.stranger(theirs) is None
    queue.shared.cache_clear()


def test_a_terminal_has_a_run_as_long_as_it_trains() -> None:
    run = create()
    run.set_owner(owners.here(owners.TERMINAL))
    assert queue.stranger(run) is None
    lock = locks.take(run.folder / "lock")
    assert lock is not None
    assert queue.stranger(run) == run.owner
    lock.release()


def test_a_slot_is_taken_from_all_labs_and_free_when_its_lab_is_dead() -> None:
    (slot, none) = slots.take(1), slots.take(1)
    assert slot is not None
    assert none is None
    with opened(lab.COMMAND) as (pool,):
        (run,) = pool.begin([create])
        wait(lambda: pool.workers()[0].ready)
        time.sleep(4 * lab.LOOK_S)
        assert (run.status().state, run.status().place) == ("queued", 1)
        slot.release()
        wait(lambda: run.status().state == "finished")


def test_a_run_that_could_not_begin_says_so_or_waits_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process could not take the lock: the disk was full."""
    with opened(NOTHING) as (pool,):
        (run,) = pool.begin([create])
        wait(lambda: run.status().state == "interrupted")
        assert "could not begin" in str(run.status().message)
        with monkeypatch.context() as patch:
            patch.setattr(Run, "set_status", lambda run, new: _refuse(run, new))
            pool.resume(run)
            time.sleep(10 * lab.LOOK_S)
            assert run.status().state == "queued"
        wait(lambda: run.status().state == "interrupted")


def _refuse(run: Run, new: object) -> None:
    from convlab.storage import atomic

    if getattr(new, "state", "") != "queued":
        raise OSError(28, "No space left on device")
    atomic.write_json(run.folder / "status.json", new.plain())  # type: ignore[attr-defined]


def test_a_full_queue_leaves_nothing_behind() -> None:
    with opened(IDLE) as (pool,):
        pool._waiting.extend(create() for _ in range(1))
        queue_room = queue.LONGEST - 1
        assert pool.refusal(queue_room) is None
        before = runs.all_runs()
        assert "99 more runs can wait" in str(pool.refusal(queue_room + 1))
        with pytest.raises(UserError, match="99 more runs can wait"):
            pool.begin([create] * (queue_room + 1))
        assert runs.all_runs() == before
