"""pages/train.py: what went wrong with the run that is shown, and the button that mends it."""

from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest
from streamlit.testing.v1 import AppTest

from convlab.training import queue, runs, worker
from convlab.training.diagnosis import Remedy
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.ui.train import diagnosed
from convlab.ui.train.controls import State
from tests.few import few
from tests.pages.test_train import PAGE, home
from tests.ui.driver import open_page, received

__all__ = ["home"]


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[queue.Queue]:
    """A queue that starts no process: what is begun waits."""
    monkeypatch.setattr(queue.Queue, "warm", lambda self: None)
    queue.shared.cache_clear()
    pool = queue.shared()
    yield pool
    pool.close()
    queue.shared.cache_clear()


def trained(**changes: Any) -> Run:
    """A run on the easy pictures, in this process."""
    run = runs.create(Settings.parse({"batch_size": 64, "epochs": 3, "device": "cpu", **changes}), "mine")
    worker.train(run, data=lambda key: few())
    return run


def sentence(app: AppTest) -> str:
    found = next(
        one.value for one in app.markdown if one.value.startswith((":material/ste", ":material/inf"))
    )
    return str(found).replace("\\", "")


def test_a_rate_that_is_too_high_is_said_and_a_button_starts_again_with_a_lower_one(
    pool: queue.Queue,
) -> None:
    run = trained(lr=100.0, options={"activation": "relu"})
    app = open_page(PAGE, run=run.id)
    assert sentence(app).endswith("It has learned nothing: lr 100 is too high from the beginning.")
    status = received(app, "train.curves")[0]["status"]
    assert "smaller learning rate" not in status["message"]  # it is said once
    button = app.button(key="train.remedy")
    assert button.label == "Start again: lr 0.1"
    button.click().run()
    newest = runs.all_runs()[0]
    assert app.session_state["train.controls"].run == newest.id != run.id
    assert newest.settings == run.settings.changed(lr=0.1)
    assert newest.parent is None


def test_a_run_that_could_go_on_is_forked_from_its_end(pool: queue.Queue) -> None:
    run = trained(lr=0.02)
    app = open_page(PAGE, run=run.id)
    assert "It has not converged yet" in sentence(app)
    assert app.button(key="train.remedy").label == "Train 3 more epochs"
    app.button(key="train.remedy").click().run()
    newest = runs.all_runs()[0]
    assert newest.parent is not None
    assert (newest.parent.run, newest.parent.epoch, newest.settings.epochs) == (run.id, 3, 3)


def test_a_run_that_is_not_over_makes_room_for_the_one_that_takes_its_place(pool: queue.Queue) -> None:
    over, waits = trained(), pool.begin([partial(runs.create, Settings(epochs=3), "waits")])[0]
    again = Remedy("again", {"lr": 0.1})
    assert [diagnosed.gives_way(run, again) for run in (over, waits)] == [False, True]
    assert not diagnosed.gives_way(waits, Remedy("rate", {"lr": 0.1}))
    shown: list[str] = []
    diagnosed.use(cast(State, SimpleNamespace(change=lambda run: shown.append(run))), waits, again)
    assert waits.status().state == "stopped"
    assert [runs.get(run).status().state for run in shown] == ["queued"]


def test_the_diagnosis_stands_among_the_numbers() -> None:
    run = trained(lr=100.0, options={"activation": "relu"})
    app = open_page(PAGE, run=run.id)
    app.session_state["train.by_numbers"] = True
    app.run()
    results = dict(app.expander[0].table[0].value.values)
    assert "lr 100 is too high" in results["Diagnosis"]


def test_a_healthy_run_hears_nothing() -> None:
    run = trained(lr=0.05, epochs=8, batch_size=32)
    app = open_page(PAGE, run=run.id)
    assert not [one for one in app.markdown if "stethoscope" in one.value]
