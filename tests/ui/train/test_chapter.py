"""Beside the book: whose mean stands in the figure, and who is left out and why."""

from dataclasses import replace
from typing import Any

import pytest

from convlab.comparison.statistics import interval
from convlab.datasets import shelf
from convlab.training import runs
from convlab.training.recipes import RECIPES
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.ui.train.chapter import _apart, _title, own_runs, recipe_of
from tests.few import few_sketches
from tests.training.small import at_batch, train


@pytest.fixture(autouse=True)
def sketches() -> None:
    few_sketches()


def ended(**changes: Any) -> Run:
    run = runs.create(Settings.parse({"epochs": 2, "batch_size": 160, **changes}))
    train(run, data=shelf.get)
    return run


BOOKS = (("epochs", 2), ("batch_size", 160))


def test_runs_that_differ_only_in_their_seed_count_together() -> None:
    mine = [ended(seed=1), ended(seed=2), ended(seed=3, design="net_width")]
    ended(seed=2)  # the same numbers once more
    own = own_runs("sketches")
    assert {row: set(found) for row, found in own.counted[BOOKS].items()} == {"net": {1, 2}, "net_width": {3}}
    assert own.counted[BOOKS]["net"][1] == mine[0].status().last
    assert own.left_out == {}


@pytest.mark.parametrize(
    "changes", [{"lr": 0.1}, {"epochs": 1}, {"normalisation": "data"}, {"flip": True}, {"unshuffled": True}]
)
def test_runs_with_other_settings_are_other_runs(changes: dict[str, Any]) -> None:
    first, other = ended(seed=1), ended(seed=2, **changes)
    own = own_runs("sketches")
    assert set(own.counted) == {recipe_of(first), recipe_of(other)}
    assert len(own.counted) == 2
    assert all(len(rows["net"]) == 1 for rows in own.counted.values())


def test_an_option_of_the_design_makes_another_recipe() -> None:
    recipe = recipe_of(ended(options={"activation": "relu"}))
    assert recipe == (*BOOKS[:1], ("activation", "relu"), *BOOKS[1:])
    assert _title(recipe) == "2 epochs; activation: relu; batch_size: 160"


def test_who_is_left_out_is_counted_with_the_reason() -> None:
    first = ended()
    train(first.fork(1), data=shelf.get)
    steered, half, changed = (runs.create(first.settings.changed(seed=seed)) for seed in (5, 6, 7))
    train(steered, data=shelf.get, leave=at_batch(1, lambda run: run.set_lr(0.5))(steered))
    train(half, data=shelf.get, leave=at_batch(3, lambda run: "stopped")(half))
    train(changed, data=shelf.get)
    file = changed.folder / "environment.json"
    file.write_text(file.read_text().replace(first.environment["data"]["digest"], "0" * 64))
    own = own_runs("sketches")
    assert {row: set(found) for row, found in own.counted[BOOKS].items()} == {"net": {0}}
    assert own.left_out == {
        "forked, or with a changed learning rate": 2,
        "not trained to the end": 1,
        "on pictures that have changed since": 1,
    }


def test_a_network_that_the_figure_does_not_have_is_not_in_it() -> None:
    fast = RECIPES["fast"].settings
    ended(design=fast.design, options=fast.options)
    assert own_runs("sketches").counted == {}


def test_the_mean_is_no_best_of() -> None:
    found = [ended(seed=seed).status().last for seed in (1, 2, 3)]
    records = own_runs("sketches").counted[BOOKS]["net"].values()
    values = [one.val_accuracy for one in records]
    assert sorted(values) == sorted(one.val_accuracy for one in found if one)
    assert interval([replace(one, val_accuracy=0.5).val_accuracy for one in records]).mean == 0.5


def test_what_the_book_had_otherwise_is_said() -> None:
    assert _apart("cifar10", (("epochs", 100),)) == ""
    told = _apart("sketches", (("epochs", 5), ("lr", 0.1)))
    assert "other pictures, 100 epochs, other settings" in told
    assert _title((("epochs", 100),)) == "100 epochs; otherwise the book's settings"
