"""What is said of a run, and of a comparison's: trained to fail."""

from dataclasses import replace
from typing import Any

import pytest

from convlab.comparison import sweep as sweeps
from convlab.comparison.plan import planned
from convlab.datasets import shelf
from convlab.errors import UserError
from convlab.training import runs, worker
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.ui.compare.look import look
from convlab.ui.runs.findings import finding, of_ended
from tests.training.small import DATASET

TOO_HIGH: dict[str, Any] = {"lr": 100.0, "options": {"activation": "relu"}}


def test_a_run_that_has_not_begun_and_one_that_broke() -> None:
    key = shelf.put(DATASET)
    run = runs.create(
        Settings.parse({"epochs": 4, "batch_size": 8, "device": "cpu", "data": key, **TOO_HIGH})
    )
    assert finding(run, run.status(), run.story()) is None
    worker.train(run)
    found = finding(run, run.status(), run.story())
    assert found is not None
    assert found.kind in ("broke", "dead")
    assert of_ended(run, run.status()) == found


def test_a_run_that_has_ended_is_read_once_until_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"epochs": 3, "batch_size": 8, "device": "cpu", "data": shelf.put(DATASET)}
    run = runs.create(Settings.parse({**own, **TOO_HIGH}))
    worker.train(run)
    found, status = of_ended(run, run.status()), run.status()
    assert found is not None
    with monkeypatch.context() as patch:
        patch.setattr(Run, "metrics", None)
        assert of_ended(run, status) is found
    assert of_ended(run, replace(status, seconds=status.seconds + 1)) == found
    run.delete()
    with pytest.raises(UserError, match="There is no run"):
        of_ended(run, replace(status, seconds=status.seconds + 2))


def test_a_comparison_says_it_once_for_a_design() -> None:
    base = {"data": shelf.put(DATASET), "epochs": 3, "batch_size": 8, "device": "cpu"}
    told = {"good": {"design": "net", "lr": 0.1}, "too high": {"design": "net", **TOO_HIGH}}
    sweep = sweeps.create(planned("two", told, base, range(2)))
    assert look(sweep).troubles() == []
    for cell in sweep.ids:
        worker.train(sweep.make(cell))
    (said,) = look(sweep).troubles()
    assert said.startswith("too high, seed 0: ")
    assert "100" in said or "dead" in said
