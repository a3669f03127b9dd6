"""ui/train/numbers.py: a run's state, losses and accuracies are read without the browser's curves."""

from pathlib import Path

import pytest

from convlab.training import runs, worker
from convlab.training.settings import Settings
from tests.pages.test_train import ended, home
from tests.ui.driver import received
from tests.ui.panel import column, open_panel, results

__all__ = ["home"]  # the fixture of the page's tests


def test_a_run_that_ended(home: Path) -> None:
    run = ended(3)
    records = run.metrics().records
    app = open_panel("train", run=run.id)
    found = results(app)
    assert found["State"] == received(app, "train.curves")[0]["status"]["state"] == "Finished"
    assert (found["Epochs planned"], found["Epoch"]) == ("3", "3")
    for label, field in (
        ("Training loss", "train_loss"),
        ("Validation loss", "val_loss"),
        ("Training accuracy", "train_accuracy"),
        ("Validation accuracy", "val_accuracy"),
    ):
        wanted = [getattr(one, field) for one in records]
        assert [float(text) for text in column(app, label)] == pytest.approx(wanted, rel=1e-5)
        assert float(found[label]) == pytest.approx(wanted[-1], rel=1e-5)
    assert column(app, "Epoch") == ["1", "2", "3"]
    assert (found["Learning rate now"], found["Learning rate as it went"]) == ("0.01", "0.01")
    assert len(app.expander[0].table) == 2  # nothing happened


def test_what_happened_to_a_run(home: Path) -> None:
    fork = ended(3).fork(2, {"lr": 0.5}, "fork")
    fork.set_lr(1000.0)
    fork.stop()
    worker.train(fork)
    app = open_panel("train", run=fork.id)
    assert float(results(app)["Learning rate now"]) == 1000
    assert column(app, "What happened") == [
        r"fork of net at epoch 2",
        r"stopped at epoch 0",
        "lr 0.5 → 1000 at epoch 0",
    ]


def test_a_run_that_has_measured_nothing_yet(home: Path) -> None:
    run = runs.create(Settings())
    run.set_status(run.status().now("running"))  # nobody trains it
    app = open_panel("train", run=run.id)
    assert len(app.expander[0].table) == 1
    assert results(app)["State"] == "Interrupted"
    assert "press Resume" in results(app)["Message"]
    assert "Training loss" not in results(app)


def test_before_the_first_run_there_is_no_panel(home: Path) -> None:
    assert not open_panel("train").expander
