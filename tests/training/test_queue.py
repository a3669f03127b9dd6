"""The pool of warm processes: nobody is lost, whoever dies."""

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from convlab.datasets import shelf
from convlab.errors import UserError
from convlab.storage import data_folder, locks
from convlab.training import runs, together
from convlab.training.queue import Queue
from convlab.training.runs import Run
from tests.training.small import DATASET, assert_same, settings, train, wait

IDLE = [sys.executable, "-c", "import sys; sys.stdin.read()"]  # never ready
LONG = {"epochs": 1000}


@pytest.fixture(scope="module")
def pool_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("queue") / "home"


@pytest.fixture(autouse=True)
def lab_home(pool_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVLAB_HOME", str(pool_home))
    return pool_home


@pytest.fixture(scope="module")
def pool(pool_home: Path) -> Iterator[Queue]:
    """One process for all tests here: it takes seconds to warm."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(pool_home))
        shelf.put(DATASET)
        found = Queue(slots=1)
        found.warm()
        wait(lambda: found.workers()[0].ready)
        yield found
        processes = [worker.process for worker in found.workers()]
        found.close()
    assert all(process.returncode is not None for process in processes)


@pytest.fixture
def fake() -> Iterator[Queue]:
    found = Queue(slots=1, command=IDLE)
    yield found
    found.close()


def create(**changes: object) -> Run:
    return runs.create(settings(data=shelf.put(DATASET), **changes))


def state(run: Run) -> str:
    return run.status().state


def until(run: Run, wanted: str) -> None:
    wait(lambda: state(run) == wanted)


def until_loss(run: Run, more_than: int = 0) -> None:
    wait(lambda: run.metrics().loss.size > more_than)


def pid(pool: Queue) -> int:
    return pool.workers()[0].process.pid


def test_the_first_loss_comes_quickly(pool: Queue) -> None:
    """It can: other tests run beside it, so the quickest of up to ten tries counts."""
    waited: list[float] = []
    while len(waited) < 10 and min(waited, default=1) >= 0.5:
        run = create(epochs=1)
        started = time.perf_counter()
        pool.submit(run)
        until_loss(run)
        waited.append(time.perf_counter() - started)
        until(run, "finished")
    assert min(waited) < 0.5


def test_twenty_at_once(pool: Queue) -> None:
    first = create(**LONG)
    pool.submit(first)
    until(first, "running")
    many = [create(epochs=1, seed=seed) for seed in range(20)]
    assert [pool.submit(run) for run in many] == list(range(1, 21))
    assert [(state(run), run.status().place) for run in many] == [("queued", n) for n in range(1, 21)]
    pool.cancel(many[3])
    assert (state(many[3]), many[4].status().place) == ("stopped", 4)
    first.stop()
    ended: list[Run] = []

    def all_over() -> bool:
        ended.extend(run for run in many if run not in ended and state(run) in ("finished", "stopped"))
        return len(ended) == 20

    wait(all_over, 60)
    assert [run for run in ended if run != many[3]] == [run for run in many if run != many[3]]
    assert all(run.metrics().loss.size == 5 for run in many if run != many[3])


def test_a_paused_run_lets_the_next_one_in(pool: Queue) -> None:
    whole, long, short = create(epochs=40), create(epochs=40), create(epochs=1)
    train(whole)
    pool.submit(long)
    assert pool.submit(short) in (0, 1)
    until_loss(long, 3)
    long.pause()
    until(short, "finished")
    assert state(long) == "paused"
    assert pool.resume(long) in (0, 1)  # 1: the worker has not said yet that it is free
    until(long, "finished")
    assert_same(whole, long)


def test_a_pause_can_be_taken_back_at_once(pool: Queue) -> None:
    for _ in range(3):
        run = create(epochs=15)
        pool.submit(run)
        until_loss(run)
        run.pause()
        pool.resume(run)
        until(run, "finished")


def test_what_cannot_be_submitted(pool: Queue) -> None:
    done = create(epochs=1)
    train(done)
    with pytest.raises(UserError, match="This run is finished"):
        pool.submit(done)
    going = create(**LONG)
    pool.submit(going)
    until(going, "running")
    with pytest.raises(UserError, match="This run is running"):
        pool.submit(going)
    assert pool.resume(going) == 0
    pool.cancel(going)
    until(going, "stopped")


def test_an_idle_worker_costs_nothing_and_is_nice(pool: Queue) -> None:
    wait(lambda: pool.workers()[0].ready and not pool.workers()[0].runs)
    assert os.getpriority(os.PRIO_PROCESS, pid(pool)) == os.getpriority(os.PRIO_PROCESS, 0) + 5
    before = _cpu_ticks(pid(pool))
    time.sleep(0.5)
    assert _cpu_ticks(pid(pool)) - before <= 1


def _cpu_ticks(process: int) -> int:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_a_killed_worker_is_replaced_and_its_run_resumed(pool: Queue) -> None:
    whole, cut, next_ = create(epochs=60), create(epochs=60), create(epochs=1)
    train(whole)
    pool.submit(cut)
    until_loss(cut, 20)
    pool.submit(next_)
    os.kill(pid(pool), signal.SIGKILL)
    wait(lambda: cut.status().message is not None)
    assert state(cut) == "interrupted"
    assert "ended from outside (exit code -9)" in str(cut.status().message)
    until(next_, "finished")  # by the new worker
    pool.resume(cut)
    until(cut, "finished")
    assert_same(whole, cut)


def test_sigterm_saves(pool: Queue) -> None:
    run = create(**LONG)
    pool.submit(run)
    until_loss(run, 3)
    process = pool.workers()[0].process
    process.terminate()
    assert process.wait(30) == 0
    until(run, "interrupted")
    saved = run.status()
    assert saved.epoch * 5 + saved.batch == run.metrics().loss.size
    wait(lambda: pool.workers() and pool.workers()[0].ready)


def test_a_hundred_may_wait(fake: Queue) -> None:
    many = [create() for _ in range(101)]
    assert [fake.submit(run) for run in many[:100]] == list(range(1, 101))
    with pytest.raises(UserError, match="100 runs wait already"):
        fake.submit(many[100])
    assert state(many[100]) == "stopped"
    fake.cancel(many[7])
    assert fake.submit(many[100]) == 100
    assert (fake.place(many[8]), fake.place(many[7])) == (8, 0)


def test_many_threads_may_submit(fake: Queue) -> None:
    many = [create() for _ in range(24)]
    threads = [threading.Thread(target=fake.submit, args=(run,)) for run in many]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(fake.place(run) for run in many) == list(range(1, 25))
    assert len(fake.workers()) == 1


def test_closing_leaves_interrupted_runs() -> None:
    pool = Queue(slots=2, command=IDLE)
    run = create()
    pool.submit(run)
    assert len(pool.workers()) == 2
    pool.close()
    assert state(run) == "interrupted"
    with pytest.raises(UserError, match="closing"):
        pool.submit(run)


def test_workers_that_do_not_start_are_not_started_for_ever() -> None:
    pool = Queue(slots=1, command=[sys.executable, "-c", "raise SystemExit(3)"])
    run = create()
    pool.submit(run)
    wait(lambda: run.status().message)
    assert (state(run), pool.workers()) == ("interrupted", ())
    assert "can be started (3)" in str(run.status().message)
    pool.close()


def test_what_dead_queues_left_is_swept() -> None:
    folder = data_folder.part("queues")
    for name in ("a.lock", "a.json", "b.lock"):
        (folder / name).write_text("[]")
    os.utime(folder / "a.lock", (0, 0))
    pool = Queue(slots=1, command=IDLE)
    left = {path.name for path in folder.iterdir()}
    assert not left & {"a.lock", "a.json"}
    assert {"b.lock", f"{pool.id}.lock", f"{pool.id}.json"} <= left
    pool.close()


def test_a_queue_lives_on_though_the_clock_jumps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path / "home"))  # of no other queue
    first, now = Queue(slots=1), time.time
    monkeypatch.setattr(time, "time", lambda: now() + 86_400)
    second = Queue(slots=1)
    assert locks.held(runs.queue_folder() / f"{first.id}.lock")
    assert {path.stem for path in runs.queue_folder().glob("*.json")} == {first.id, second.id}
    first.close()
    second.close()


def test_a_queue_whose_folder_was_deleted_takes_its_place_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path / "home"))
    pool = Queue(slots=1, command=IDLE)
    shutil.rmtree(tmp_path / "home")
    [run] = pool.begin([create])
    assert locks.held(runs.queue_folder() / f"{pool.id}.lock")
    assert state(run) == "queued"
    pool.close()


def test_the_order_of_the_line_is_changed_by_hand(fake: Queue) -> None:
    first, second, third = (create() for _ in range(3))
    for run in (first, second, third):
        fake.submit(run)
    fake.sooner(third)
    assert [run.status().place for run in (first, third, second)] == [1, 2, 3]
    fake.sooner(first)  # nothing is before it
    other = create()
    fake.sooner(other)  # it does not wait
    assert [fake.place(run) for run in (first, third, second, other)] == [1, 2, 3, 0]


def test_seeds_of_one_design_train_together_on_a_gpu(fake: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "DEVICES", ("cpu",))
    fake.warm()
    worker = fake.workers()[0]
    first, other, *mates = create(seed=0), create(seed=0, lr=0.5), create(seed=1), create(seed=2)
    with fake.at_once():
        worker.ready = True
        for run in (first, other, *mates):
            fake.submit(run)
        assert not worker.runs
    assert worker.runs == (first, *mates)
    assert fake.place(other) == 1
    assert fake.resume(mates[0]) == 0  # it trains
    fake._done(worker, [mates[0].id])
    assert (worker.runs, state(mates[0])) == ((first, mates[1]), "interrupted")
    worker.process.kill()
    wait(lambda: [state(run) for run in (first, mates[1])] == ["interrupted"] * 2)


def test_on_a_cpu_each_run_has_a_process(fake: Queue) -> None:
    fake.warm()
    fake.workers()[0].ready = True
    one, other = create(seed=0), create(seed=1)
    with fake.at_once():
        fake.submit(one)
        fake.submit(other)
    assert (fake.workers()[0].runs, fake.place(other)) == ((one,), 1)
