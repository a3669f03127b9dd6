"""Settings: checked, and round-tripping."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convlab.errors import UserError
from convlab.networks.designs import DESIGNS
from convlab.training.settings import Settings

OPTIONS = {
    key: {name: list(allowed) for name, allowed in entry.options.items() if name != "num_classes"}
    for key, entry in DESIGNS.items()
}


KEY = "give the key of a data set, 1 to 64 of a-z, 0-9, _ and -."


@st.composite
def valid(draw: Any) -> dict[str, Any]:
    """Values of a run, some of its fields."""
    design = draw(st.sampled_from(sorted(DESIGNS)))
    optimizer = draw(st.sampled_from(["sgd", "adam", "adamw"]))
    momentum = draw(st.sampled_from([0.0, 0.9, 0.5])) if optimizer == "sgd" else 0.0
    options = {name: draw(st.sampled_from(allowed)) for name, allowed in OPTIONS[design].items()}
    return {
        "design": design,
        "options": options if draw(st.booleans()) else {},
        "data": draw(st.from_regex(r"[a-z0-9_-]{1,64}", fullmatch=True)),
        "epochs": draw(st.integers(1, 1000)),
        "batch_size": draw(st.integers(1, 1024)),
        "optimizer": optimizer,
        "lr": draw(st.floats(0, 1e9, exclude_min=True)),
        "momentum": momentum,
        "nesterov": momentum > 0 and draw(st.booleans()),
        "weight_decay": draw(st.floats(0, 10)),
        "label_smoothing": draw(st.floats(0, 0.99)),
        "shift_px": draw(st.integers(0, 8)),
        "seed": draw(st.integers(0, 2**31 - 1)),
        "deadline_s": draw(st.none() | st.floats(1, 604_800)),
        **draw(st.fixed_dictionaries({}, optional={"flip": st.booleans(), "unshuffled": st.booleans()})),
    }


@given(valid())
@settings(max_examples=60)
def test_settings_round_trip_through_json(values: dict[str, Any]) -> None:
    found = Settings.parse(values)
    assert Settings.parse(json.loads(found.model_dump_json())) == found
    assert Settings.model_validate_json(found.model_dump_json()) == found
    assert found.changed(seed=7).changed(seed=found.seed) == found
    assert {name: getattr(found, name) for name in values} == values


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"epochs": 0}, "epochs cannot be 0: choose a whole number from 1 to 1000."),
        ({"epochs": "5"}, "epochs cannot be '5': choose a whole number from 1 to 1000."),
        ({"batch_size": True}, "batch_size cannot be True: choose a whole number from 1 to 1024."),
        ({"lr": float("nan")}, "lr cannot be 'nan': choose a number above 0, at most 1e9."),
        ({"lr": 1e10}, "lr cannot be 10000000000.0: choose a number above 0, at most 1e9."),
        ({"lr": 0}, "lr cannot be 0: choose a number above 0, at most 1e9."),
        ({"l2": 50}, "l2 cannot be 50: choose a number from 0 to 10."),
        ({"seed": -1}, "seed cannot be -1: choose a whole number from 0 to 2147483647."),
        ({"flip": 1}, "flip cannot be 1: it is on or off."),
        ({"design": 3}, "design cannot be 3: give the key of a network."),
        ({"momentum": 1}, "momentum cannot be 1: choose a number from 0 to below 1."),
        (
            {"data": "../x"},
            "data cannot be '../x': give the key of a data set, 1 to 64 of a-z, 0-9, _ and -.",
        ),
        ({"data": "x\n"}, "data cannot be 'x\\n': " + KEY),
        ({"optimizer": "lion"}, "optimizer cannot be 'lion': choose one of sgd, adam, adamw."),
        ({"device": "tpu"}, "device cannot be 'tpu': choose one of auto, cpu, cuda, mps."),
        ({"nesterov": True}, "nesterov needs momentum above 0: set momentum too, 0.9 for example."),
        (
            {"optimizer": "adam", "momentum": 0.9},
            "momentum and nesterov belong to sgd: leave them out, or choose sgd.",
        ),
        ({"speed": 3}, "A run has no setting 'speed': leave it out."),
        ({"options": {"kernel_size": 4}}, "kernel_size cannot be 4: choose one of 3, 5, (1, 3)."),
        (
            {"options": {"num_classes": 3}},
            "num_classes is no option of a run: the data set says how many there are.",
        ),
        ({"options": 3}, "options cannot be 3: give names of the design's options with their values."),
        ({"deadline_s": 0}, "deadline_s cannot be 0: choose a number from 1 to 604800, or none."),
    ],
)
def test_a_wrong_field_is_named_in_one_sentence(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError) as error:
        Settings.parse(values)
    assert str(error.value) == sentence


def test_every_field_has_its_sentence() -> None:
    for name in Settings.model_fields:
        with pytest.raises(UserError) as error:
            Settings.parse({name: object()})
        assert str(error.value).startswith(f"{name} cannot be <object")
