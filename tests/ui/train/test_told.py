"""A run's settings as they were: what was asked for stands beside what it came to."""

from pathlib import Path

import pytest

from convlab.training import runs
from convlab.training.runs import Run
from convlab.ui.train.told import as_it_was
from tests.training.small import create, settings, train


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))


def trained(**changes: object) -> Run:
    run = create(**changes)
    train(run, watch=lambda session: run.set_lr(0.5) if session.done == 7 else None)
    return run


def test_before_it_begins_a_run_tells_what_was_asked_for() -> None:
    found = as_it_was(create(design="net_width", options={"n_chans1": 8}, lr=0.25, deadline_s=90).story())
    assert (found["Network"], found["n_chans1"], found["activation"]) == ("Wider", "8", "tanh")
    assert (found["lr"], found["Epochs"], found["Seed"]) == ("0.25", "0 of 3", "0")
    assert (found["Device"], found["Time limit (s)"]) == ("cpu", "90")
    assert not {"momentum", "l1", "Flip", "Unshuffled"} & found.keys()


def test_afterwards_it_tells_what_that_came_to() -> None:
    found = as_it_was(trained(device="auto", normalisation="data").story())
    assert found["lr"] == "0.01 → 0.5 at epoch 1.4"
    assert found["Classes"] == "dark, bright"
    assert "num_classes" not in found
    assert (found["Epochs"], found["Batches an epoch"], found["Data"]) == ("3 of 3", "5", "small")
    assert found["Device"].endswith("(asked for: auto)")
    assert found["Normalisation"].startswith("the data's own mean: mean 0.")
    assert found["Initialisation"] == "the design's own"


def test_a_fork_and_given_weights_have_no_initialisation() -> None:
    run = trained()
    assert as_it_was(run.fork(2).story())["Initialisation"] == "fork of net at epoch 2"
    given = runs.create(settings(), start=run.weights_at(1), file="mine.pt")
    assert as_it_was(given.story())["Initialisation"] == "begun with the weights of mine.pt"
