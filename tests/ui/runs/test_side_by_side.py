"""Runs that belong together: which are found again, and what their table says."""

from convlab.training.engine import EpochRecord
from convlab.training.status import Status
from convlab.ui.runs.side_by_side import found, table
from tests.training.small import create, settings, train

RECORD = EpochRecord(3, 0.25, 0.9, 0.5, 0.875, 0.01, 1.0, 100.0, {})


def test_a_run_is_found_by_its_settings_whoever_started_it() -> None:
    wanted = {"three": settings(), "five": settings(options={"kernel_size": 5})}
    assert found(wanted) == {}
    other, five = create(lr=0.02), create(options={"kernel_size": 5})
    assert found(wanted) == {"five": five}
    three = create()
    assert found(wanted) == {"three": three, "five": five}
    assert other not in found(wanted).values()


def test_the_newest_stands_for_its_settings_but_none_that_was_steered() -> None:
    first, second = create(), create()
    assert found({"it": settings()}) == {"it": second}
    train(first)
    fork = first.fork(1)
    assert fork.settings == first.settings
    assert found({"it": settings()}) == {"it": second}


def test_the_table_has_a_row_for_each_run_and_says_how_much_was_learned_by_heart() -> None:
    done = Status("finished", 3, 3, 0, 5, 2.0, last=RECORD)
    rows = table(
        {"a*b": settings(), "c": settings(), "d": settings()}, {"d": Status("queued", 3), "a*b": done}
    )
    assert rows["Run"] == ["a\\*b", "d"]
    assert rows["State"] == ["Finished", "Waiting"]
    assert rows["Training accuracy"] == ["90.0%", "–"]
    assert rows["Training loss"] == ["0.25", "–"]
    assert rows["Gap"] == ["+2.5 points", "–"]
