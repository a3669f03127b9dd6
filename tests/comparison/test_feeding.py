"""Feeding: few runs ahead, no run twice, and never by two labs at once."""

from convlab.comparison import feeding
from convlab.comparison import sweep as sweeps
from convlab.storage import locks
from convlab.training.queue import Queue
from tests.comparison.small import plan
from tests.training.lab import COMMAND
from tests.training.small import wait


def test_one_feeder_for_each_queue(quick: Queue) -> None:
    assert feeding.feeder(quick) is feeding.feeder(quick)
    assert feeding.feeder(quick) is not feeding.feeder(Queue(slots=1, command=COMMAND))


def test_what_another_lab_feeds_is_left_to_it(data: str, quick: Queue) -> None:
    sweep = sweeps.create(plan(data))
    lock = locks.take(sweep.folder / "lock")
    assert lock is not None
    assert not feeding.feeder(quick).take(sweep, again=False, slots=2)
    assert sweep.runs() == {}
    lock.release()


def test_a_run_that_somebody_stopped_stays_so_until_the_sweep_is_resumed(data: str, quick: Queue) -> None:
    sweep = sweeps.create(plan(data))
    run = sweep.make(("net", 0))
    run.stop()
    sweep.set_wish("go")
    assert feeding.feeder(quick).take(sweep, again=False, slots=2)
    wait(lambda: sweep.wish() == "done")
    assert (sweep.progress().done, run.status().state) == (3, "stopped")
    wait(lambda: sweep.owner is None)
    sweep.resume(quick)
    wait(lambda: sweep.progress().done == 4)


def test_a_queue_is_wide_only_as_long_as_it_is_fed(data: str, quick: Queue) -> None:
    sweep = sweeps.create(plan(data, seeds=range(10)))
    sweep.set_wish("go")
    assert feeding.feeder(quick).take(sweep, again=False, slots=3)
    assert quick.slots == 3
    wait(lambda: sweep.wish() == "done")
    wait(lambda: quick.slots == 2)
    wait(lambda: len(quick.workers()) == 2)
