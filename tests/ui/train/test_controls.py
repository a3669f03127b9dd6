"""The Train page's controls and a run's settings: one makes the other, both ways."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlab.datasets import cifar10, shelf
from convlab.datasets.dataset import Header
from convlab.datasets.sources import SOURCES
from convlab.errors import UserError
from convlab.networks.designs import DESIGNS
from convlab.training.recipes import RECIPES, book_recipe
from convlab.training.settings import Hyperparameters, Settings
from convlab.ui.train.controls import (
    ALWAYS_SHOWN,
    TrainControls,
    changed,
    controls_of,
    of_data,
    of_design,
    settings_of,
)
from convlab.ui.urls import parse, serialise

RECIPES_OF_THE_BOOK = [book_recipe(design) for design in DESIGNS]
ODD = Settings(
    design="net_res_deep",
    options={"n_blocks": 7, "shared": True, "n_chans1": 16},
    optimizer="adamw",
    lr=0.0031,
    epochs=7,
    weight_decay=0.01,
    l1=1e-4,
    deadline_s=120.0,
    unshuffled=True,
    validate_in_train_mode=True,
    device="cpu",
    threads=2,
)
EVERY = [*RECIPES_OF_THE_BOOK, book_recipe("net", l2=True), RECIPES["fast"].settings, ODD]


@pytest.mark.parametrize("settings", EVERY, ids=lambda settings: settings.design)
def test_settings_survive_the_controls_and_the_link(settings: Settings) -> None:
    controls = TrainControls(**controls_of(settings))
    read, refused = parse(TrainControls, serialise(controls))
    assert refused == []
    found = settings_of(read)
    assert found.model_copy(update={"options": {}}) == settings.model_copy(update={"options": {}})
    for name, value in settings.options.items():  # what is the design's own anyway may go unsaid
        assert found.options.get(name, DESIGNS[settings.design].default(name)) == value


def test_the_defaults_are_the_books_recipe_on_sketches() -> None:
    assert settings_of(TrainControls()) == book_recipe("net")
    assert serialise(TrainControls()) == {}


@pytest.mark.parametrize("size", ["3", "5", "1x3"])
def test_kernel_sizes(size: str) -> None:
    options = settings_of(TrainControls(kernel_size=size)).options  # type: ignore[arg-type]
    assert options == {"3": {}, "5": {"kernel_size": 5}, "1x3": {"kernel_size": (1, 3)}}[size]


def test_an_option_of_another_design_does_not_count() -> None:
    controls = TrainControls(design="dense", kernel_size="5", n_blocks=9, shared=True)
    assert settings_of(controls).options == {}


def test_momentum_is_left_out_where_the_optimiser_has_none() -> None:
    found = settings_of(TrainControls(optimizer="adam", momentum=0.9, nesterov=True))
    assert (found.momentum, found.nesterov) == (0.0, False)


def test_what_does_not_go_together_is_said_in_one_sentence() -> None:
    with pytest.raises(UserError, match="nesterov needs momentum above 0"):
        settings_of(TrainControls(nesterov=True))
    with pytest.raises(UserError, match="n_chans1 cannot be 7"):
        settings_of(TrainControls(design="net_width", n_chans1=7))


def test_a_link_of_version_0_1_with_a_penalty_that_no_run_takes_is_refused() -> None:
    controls, refused = parse(TrainControls, {"l2": "50", "l1": "10", "weight_decay": "10.1", "epochs": "7"})
    assert refused == ["weight_decay", "l2"]
    assert (controls.l2, controls.weight_decay, controls.l1, controls.epochs) == (0, 0, 10, 7)
    settings_of(controls)


def test_a_setting_has_its_limits_and_default_from_the_run() -> None:
    for name, field in Hyperparameters.model_fields.items():
        assert TrainControls.model_fields[name].default == field.default
        if name != "design":  # a link may only name one that there is
            assert TrainControls.model_fields[name].metadata == field.metadata


@pytest.mark.parametrize("run", ["../x", "0" * 15, "G" * 16, "0" * 17, "0" * 16 + "\n"])
def test_a_run_in_a_link_is_an_id_or_nothing(run: str) -> None:
    controls, refused = parse(TrainControls, {"run": run})
    assert (controls.run, refused) == ("", ["run"])


def test_json_of_the_settings_comes_back() -> None:
    text = settings_of(TrainControls(**controls_of(ODD))).model_dump_json()
    assert Settings.parse(json.loads(text)) == ODD


def test_own_pictures_are_normalised_by_themselves_and_going_back_by_the_chapter() -> None:
    assert of_data("my-animals-12345678") == {"data": "my-animals-12345678", "normalisation": "data"}
    for key in SOURCES:
        assert of_data(key) == {"data": key, "normalisation": "cifar10"}


def test_the_books_pictures_are_normalised_by_the_chapter_whoever_brings_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    brought = Header("mine", ("airplane", "bird"), 1, 1, digest=cifar10.AS_JPEG)
    monkeypatch.setattr(shelf, "entries", lambda: {"mine": brought})
    assert of_data("mine") == {"data": "mine", "normalisation": "cifar10"}


def test_a_design_brings_none_of_anothers_options() -> None:
    deep = TrainControls(**controls_of(ODD))
    other = TrainControls(**{**dict(deep), **of_design("net_width")})
    assert settings_of(other).options == {}
    assert other.lr == ODD.lr


@given(st.data())
def test_what_is_not_as_usual_is_named_and_nothing_else_is(data: st.DataObject) -> None:
    odd = {**controls_of(ODD), "data": "mine-1", "device": "cpu", "normalisation": "cifar10"}
    names = data.draw(st.sets(st.sampled_from(sorted(odd))))
    mine = TrainControls(**{name: odd[name] for name in names})
    usual = TrainControls(**of_data(mine.data), design=mine.design)
    told = set(changed(mine)) - {"deadline_s"} | (
        {"deadline_min"} if "deadline_s" in changed(mine) else set()
    )
    plain = {**dict(mine), **{name: getattr(usual, name) for name in told}}
    always = {name: getattr(mine, name) for name in ALWAYS_SHOWN}
    # With what is named taken back, only what stands in the open is left.
    assert settings_of(TrainControls(**plain)) == settings_of(TrainControls(**{**dict(usual), **always}))
    for name in told:
        assert getattr(mine, name) != getattr(usual, name)


@pytest.mark.parametrize("seconds", [1.0, 20.0, 90.0, 100.0, 604_800.0])
def test_a_time_limit_comes_back_as_it_was(seconds: float) -> None:
    settings = Settings(deadline_s=seconds)
    assert settings_of(TrainControls(**controls_of(settings))) == settings
