"""What the book printed of its runs."""

from dataclasses import replace
from typing import Any

import pytest

from convlab.chapter.published import (
    _FREE,
    EPOCHS,
    FIGURE_8_13,
    PUBLISHED,
    book_data,
    differences,
    published,
    row_of,
)
from convlab.datasets import cifar10, shelf
from convlab.datasets.dataset import Header
from convlab.networks.designs import DESIGNS
from convlab.training.recipes import RECIPES, book_recipe
from convlab.training.settings import Settings

OWN = ("net_fast", "net_fixed")  # not in the book


def test_the_book_published_a_run_of_each_of_its_designs() -> None:
    designs = {key.removesuffix("_cpu").replace("net_l2", "net") for key in PUBLISHED}
    assert designs == set(DESIGNS) - {"dense", "sequential", *OWN}
    assert published("net", 0.001) == PUBLISHED["net_l2"]
    assert published("sequential") == PUBLISHED["net"]
    assert published("dense") is None
    assert PUBLISHED["net_cpu"].curve[50] == 0.2411
    for run in PUBLISHED.values():
        assert len(run.losses) == len(EPOCHS) == 11
        assert run.losses[0] > run.losses[1] > run.losses[5] > run.losses[10]
        assert run.val_accuracy <= run.train_accuracy


def test_figure_8_13_has_a_row_of_every_design_of_the_book() -> None:
    assert list(FIGURE_8_13) == [
        "net", "net_width", "net_l2", "net_dropout", "net_batch_norm", "net_depth", "net_res",
        "net_res_deep", "dense",
    ]  # fmt: skip
    assert FIGURE_8_13["net_width"] == (0.96, 0.90)
    assert FIGURE_8_13["dense"] == (None, 0.79)
    for row, (train, val) in FIGURE_8_13.items():
        assert train is None or train >= val, row


@pytest.mark.parametrize(
    ("design", "l2", "row"),
    [
        ("net", 0.0, "net"),
        ("sequential", 0.0, "net"),
        ("sequential", 0.1, "net_l2"),
        ("net_width", 0.1, "net_width"),
        ("dense", 0.0, "dense"),
        ("net_fast", 0.0, None),
        ("net_fixed", 0.0, None),
    ],
)
def test_a_run_belongs_to_a_row(design: str, l2: float, row: str | None) -> None:
    assert row_of(design, l2) == row
    assert published(design, l2) == PUBLISHED.get(row or "")


CIFAR = "cifar10"


@pytest.mark.parametrize("design", [key for key in DESIGNS if key not in OWN])
def test_the_books_own_recipes_are_the_books(design: str) -> None:
    assert differences(book_recipe(design).changed(data=CIFAR)) == {}
    if design in ("net", "sequential"):
        assert differences(book_recipe(design, l2=True).changed(data=CIFAR)) == {}


def test_epochs_seed_machine_and_the_books_slips_are_free() -> None:
    free = {"epochs": 5, "seed": 3, "device": "cpu", "threads": 2, "deadline_s": 60.0}
    free |= {"unshuffled": True, "validate_in_train_mode": True}
    assert differences(Settings.parse({"data": CIFAR, **free})) == {}


OTHER: dict[str, Any] = {
    "data": "sketches",
    "batch_size": 32,
    "lr": 0.1,
    "momentum": 0.9,
    "weight_decay": 5e-4,
    "l1": 1e-3,
    "l2": 5e-4,
    "schedule": "one_cycle",
    "label_smoothing": 0.1,
    "flip": True,
    "shift_px": 2,
    "initialisation": "kaiming",
    "normalisation": "data",
    "optimizer": "adam",
}


@pytest.mark.parametrize("name", OTHER)
def test_every_other_setting_counts(name: str) -> None:
    found = differences(Settings.parse({"data": CIFAR, name: OTHER[name]}))
    assert list(found) == [name]
    assert found[name][0] == OTHER[name]


def test_no_setting_is_forgotten() -> None:
    assert set(Settings.model_fields) == {*OTHER, *_FREE, "design", "options", "nesterov"}


def test_options_count_where_they_differ_from_the_books() -> None:
    assert differences(Settings(design="net", options={"activation": "tanh"}, data=CIFAR)) == {}
    assert differences(Settings(design="net", options={"activation": "relu"}, data=CIFAR)) == {
        "activation": ("relu", "tanh")
    }
    found = differences(Settings(design="net_res_deep", lr=3e-3, data=CIFAR))
    assert found == {"n_blocks": (10, 100), "shared": (False, True)}


@pytest.mark.parametrize("data", ["sketches", "cifar10-12345678", "mine"])
def test_only_cifar10_is_the_books(data: str) -> None:
    assert not book_data(data)
    assert differences(Settings(data=data)) == {"data": (data, "cifar10")}


def test_a_copy_of_the_books_pictures_is_the_books_under_any_key(monkeypatch: pytest.MonkeyPatch) -> None:
    copy = Header("mine", ("airplane", "bird"), 1, 1, digest=cifar10.AS_JPEG)
    monkeypatch.setattr(shelf, "entries", lambda: {"mine": copy, "other": replace(copy, digest="0" * 64)})
    assert book_data("mine")
    assert differences(Settings(data="mine")) == {}
    assert not book_data("other")


def test_the_fast_recipe_is_not_the_books() -> None:
    assert published(RECIPES["fast"].settings.design) is None
    found = differences(RECIPES["fast"].settings.changed(data=CIFAR))
    assert {"lr", "momentum", "schedule", "label_smoothing", "flip", "weight_decay"} <= set(found)
