"""Runs that a page starts: what stands against it, and all or none of them in the queue."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from convlab.datasets import shelf
from convlab.datasets.sources import SOURCES
from convlab.errors import UserError
from convlab.training import cost, memory, runs
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.training.status import Status
from convlab.ui.runs import starting
from tests.few import few_sketches
from tests.training.small import settings


class Line:
    """A queue that takes so many runs and trains none."""

    def __init__(self, room: int) -> None:
        self.room = room

    def refusal(self, count: int = 1) -> UserError | None:
        return UserError("The line is full.") if count > self.room else None

    def begin(self, makers: Sequence[Callable[[], Run]]) -> list[Run]:
        return [make() for make in makers]

    def warm(self) -> None:
        """It has no process."""


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    found = Line(2)
    monkeypatch.setattr("convlab.training.queue.shared", lambda: found)
    return found


def test_our_own_pictures_have_to_be_there_first() -> None:
    assert not shelf.ready("sketches")
    assert starting.missing("sketches") is None  # they come with ConvLab
    assert shelf.digest("sketches") == SOURCES["sketches"].digest
    assert "not on this machine yet" in str(starting.missing("cifar10"))
    assert starting.missing("mine-01234567") is None  # of others, the page knows that they are there


def test_a_run_that_is_too_long_or_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    few_sketches()
    starting.check(Settings())
    monkeypatch.setattr("convlab.training.metrics.MOST_LOSSES", 1)
    with pytest.raises(UserError, match="choose fewer epochs"):
        starting.check(Settings())
    monkeypatch.undo()
    monkeypatch.setattr(memory, "room_of", lambda name: 1)
    with pytest.raises(UserError, match="GB of memory"):
        starting.check(Settings())


def test_a_full_line_says_so_before_anybody_presses(line: Line) -> None:
    assert starting.refusal(2) is None
    assert "full" in str(starting.refusal(3))


def test_runs_have_the_names_and_settings_that_were_wanted(line: Line) -> None:
    made = starting.begin({"three": settings(), "five": settings(options={"kernel_size": 5})})
    assert [(run.name, run.settings.options) for run in made] == [("three", {}), ("five", {"kernel_size": 5})]


def test_the_time_left_is_what_its_settings_make_expect_until_the_run_knows(
    lab_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few_sketches()
    monkeypatch.setattr(starting, "expected_s", lambda settings: 60.0)
    run = runs.create(settings(epochs=4))
    begun = Status("running", 4, epoch=1, batch=2, batches_per_epoch=4)
    assert starting.left_s(run, begun) == 60.0 * (1 - 1.5 / 4)
    assert starting.left_s(run, replace(begun, seconds_left=7.0)) == 7.0
    assert starting.left_s(run, Status("queued", 4, place=1)) == 60.0
    assert starting.left_s(run, Status("finished", 4, 4)) is None
    monkeypatch.setattr(starting, "expected_s", lambda settings: None)
    assert starting.left_s(run, begun) is None


def test_what_takes_as_long_is_measured_once(lab_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few_sketches()
    asked = []

    def cost_of(settings: Settings, dataset: object) -> cost.Cost:
        asked.append(settings)
        return cost.Cost(100.0, 1.0, 0.1)

    monkeypatch.setattr(cost, "estimate", cost_of)
    assert starting.expected_s(settings(lr=0.1, seed=3)) == 100.0
    assert starting.expected_s(settings(lr=0.2, deadline_s=5.0)) == 5.0
    assert asked[0] == asked[1]
    assert starting.expected_s(settings(data="gone-01234567")) is None
