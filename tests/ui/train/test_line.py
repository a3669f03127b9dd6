"""Now and next: the strip of what trains and waits, and the last runs where none is shown."""

import pytest
from streamlit.testing.v1 import AppTest

from convlab.comparison import sweep as sweeps
from convlab.comparison.plan import planned
from convlab.storage import atomic
from convlab.training import queue, runs, worker
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.ui.train.line import begins, called, whole_s
from tests.few import few
from tests.pages.test_train import PAGE, home
from tests.pages.test_train_diagnosis import pool
from tests.ui.driver import open_page, troubles

__all__ = ["home", "pool"]


def waiting(pool: queue.Queue, *names: str) -> list[Run]:
    made = [runs.create(Settings.parse({"epochs": 2, "device": "cpu"}), name) for name in names]
    for run in made:
        pool.submit(run)
    return made


def strip(app: AppTest) -> list[str]:
    """Its lines, without what they say of time."""
    told = [one.value for one in app.markdown if " · waits, place" in one.value or " · paused" in one.value]
    return [one.partition(", begins")[0] for one in told]


@pytest.mark.parametrize(
    ("lefts", "slots", "whole"),
    [([], 1, 0.0), ([3.0, 4.0], 1, 7.0), ([3.0, 4.0, 2.0], 2, 5.0), ([3.0, None], 1, None), ([5.0], 3, 5.0)],
)
def test_how_long_all_take(lefts: list[float | None], slots: int, whole: float | None) -> None:
    assert whole_s(lefts, slots) == whole


@pytest.mark.parametrize(
    ("lefts", "slots", "found"),
    [
        ([5.0, 3.0, 9.0], 1, [0.0, 5.0, 8.0]),
        ([5.0, 3.0, 9.0], 2, [0.0, 0.0, 3.0]),
        ([5.0, None, 9.0], 1, [0.0, 5.0, None]),
        ([None, 3.0, 9.0], 1, [0.0, None, None]),
        ([], 1, []),
    ],
)
def test_when_each_begins(lefts: list[float | None], slots: int, found: list[float | None]) -> None:
    assert begins(lefts, slots) == found


def test_runs_of_one_name_are_told_apart_by_what_differs(pool: queue.Queue) -> None:
    made = [runs.create(Settings.parse({"lr": lr}), "net") for lr in (0.1, 0.05)]
    made.append(runs.create(Settings(), "other"))
    assert list(called(made).values()) == ["**net**, lr 0\\.1", "**net**, lr 0\\.05", "**other**"]


def test_what_waits_is_listed_moved_and_cancelled(pool: queue.Queue) -> None:
    first, second, third = waiting(pool, "one", "two", "three")
    app = open_page(PAGE, run=first.id)
    assert troubles(app) == []
    assert strip(app) == [
        f"**{name}** · waits, place {n}" for n, name in enumerate(("one", "two", "three"), 1)
    ]
    assert any(one.value.startswith("**3 runs wait: about") for one in app.markdown)
    keys = {one.key for one in app.button}
    assert f"train.show.{first.id}" not in keys  # it is shown
    assert f"train.arrow_upward.{first.id}" not in keys  # nothing is before it
    app.button(key=f"train.arrow_upward.{third.id}").click().run()
    assert [pool.place(run) for run in (first, second, third)] == [1, 3, 2]
    assert [line.partition(" ·")[0] for line in strip(app)] == ["**one**", "**three**", "**two**"]
    app.button(key=f"train.close.{third.id}").click().run()
    assert third.status().state == "stopped"
    assert [pool.place(run) for run in (first, second)] == [1, 2]
    app.button(key=f"train.show.{second.id}").click().run()
    assert app.session_state["train.controls"].run == second.id


def test_what_is_paused_stands_behind_and_goes_on_or_ends_from_there(pool: queue.Queue) -> None:
    paused, other = (runs.create(Settings.parse({"epochs": 2, "device": "cpu"}), n) for n in ("p", "o"))
    for run in (paused, other):
        run.set_status(run.status().now("paused"))
    (waits,) = waiting(pool, "w")
    app = open_page(PAGE, run=waits.id)
    told = ["**w** · waits, place 1", "**p** · paused, epoch 1 of 2", "**o** · paused, epoch 1 of 2"]
    assert sorted(strip(app)) == sorted(told)
    assert strip(app)[0] == told[0]
    assert any(one.value.startswith("**1 run waits, 2 are paused: about") for one in app.markdown)
    app.button(key=f"train.play_arrow.{paused.id}").click().run()
    assert (paused.status().state, pool.place(paused)) == ("queued", 2)
    app.button(key=f"train.close.{other.id}").click().run()
    assert other.status().state == "stopped"
    assert [line.partition(" ·")[0] for line in strip(app)] == ["**w**", "**p**"]


def test_a_run_that_is_paused_alone_can_be_stopped(pool: queue.Queue) -> None:
    run = runs.create(Settings.parse({"epochs": 2, "device": "cpu"}))
    run.set_status(run.status().now("paused"))
    assert any(one.value == "**1 run is paused**" for one in open_page(PAGE).markdown)
    app = open_page(PAGE, run=run.id)
    app.button(key="train.stop").click().run()
    assert run.status().state == "stopped"
    assert strip(app) == []


def test_runs_that_a_comparison_puts_into_the_line_later_count_too(
    pool: queue.Queue,
) -> None:
    made = sweeps.create(planned("two", {"net": {"design": "net"}}, {"epochs": 2, "device": "cpu"}, range(5)))
    atomic.write_json(made.folder / "costs.json", {"net": 600.0})
    sweeps.begin(sweeps.get(made.id), pool)
    app = open_page(PAGE)
    begun, slots = len(made.runs()), pool.slots
    told = next(one.value for one in app.markdown if "of comparisons come: about" in one.value)
    wait = "1 run waits" if begun == 1 else f"{begun} runs wait"
    assert told.startswith(f"**{wait}, {5 - begun} more of comparisons come: about ")
    minutes = int(told.partition("about ")[2].partition(":")[0])
    assert 10 * ((5 - begun) // slots) <= minutes <= 10 * (5 - begun) + 1
    made.pause()
    assert "of comparisons" not in " ".join(one.value for one in app.run().markdown)


def test_the_run_that_is_shown_alone_needs_no_strip(pool: queue.Queue) -> None:
    (run,) = waiting(pool, "one")
    assert strip(open_page(PAGE, run=run.id)) == []
    assert len(strip(open_page(PAGE))) == 1


def test_a_plain_page_offers_the_last_runs(pool: queue.Queue) -> None:
    assert any("Nothing is training yet" in one.value for one in open_page(PAGE).markdown)
    run = runs.create(Settings.parse({"epochs": 1, "device": "cpu"}), "mine **b**")
    worker.train(run, data=lambda key: few())
    app = open_page(PAGE)
    assert not any("Nothing is training yet" in one.value for one in app.markdown)
    button = app.button(key=f"train.last.{run.id}")
    assert button.label == f"**mine \\*\\*b\\*\\***, {run.metrics().records[0].val_accuracy:.1%}"
    app.button(key="train.all_runs").click().run()
    assert app.session_state["train.controls"].experiment == "past"
    app.button(key=f"train.last.{run.id}").click().run()
    assert app.session_state["train.controls"].run == run.id
