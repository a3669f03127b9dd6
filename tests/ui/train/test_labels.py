"""How runs are put into words: states and times, settings that differ, kernels on a round scale."""

import math
from typing import get_args

import pytest
import torch

from convlab.errors import Sentence
from convlab.training.settings import Settings
from convlab.training.status import State, Status
from convlab.ui.train import labels


@pytest.mark.parametrize("state", get_args(State))
def test_every_state_has_a_name_and_a_tone(state: State) -> None:
    status = Status(state, epochs=10)
    assert labels.state(status)[0].isupper()
    assert labels.tone(status) in ("live", "good", "bad", "still")
    assert (labels.tone(status) == "live") == (state in labels.LIVE)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (math.inf, ""),
        (math.nan, ""),
        (-3, "0:00"),
        (7.4, "0:07"),
        (725, "12:05"),
        (3723, "1:02:03"),
    ],
)
def test_a_duration_is_a_clock(seconds: float | None, text: str) -> None:
    assert labels.duration(seconds) == text


def test_figures_say_how_far_a_run_is() -> None:
    running = Status("running", 10, 2, 5, 63, 65.0, 100.0, 1234.4)
    assert labels.figures(running) == (
        "epoch 3 of 10, batch 5 of 63 · 1,234 images/s · 1:05 so far · about 1:40 left"
    )
    assert labels.figures(Status("finished", 10, 10, 0, 63, 65.0)) == "10 of 10 epochs · 1:05"
    assert labels.figures(Status("queued", 10, place=2)) == "place 2 in the queue"
    assert labels.figures(Status("queued", 10)) == ""


def test_advice_says_what_happened_and_what_to_do() -> None:
    said = Sentence("The loss is {loss}.", {"loss": "inf"})
    advice = labels.advice(Status("diverged", 10, message=said))
    assert advice.startswith("The loss is inf. ")
    assert "smaller learning rate" in advice
    assert labels.advice(Status("running", 10)) == ""


def test_settings_that_differ_are_listed_with_all_their_values() -> None:
    first = Settings(design="net_res_deep", options={"n_blocks": 5}, lr=0.1)
    other = Settings(design="net", lr=0.1, nesterov=True, momentum=0.5, seed=3)
    deep = "Very deep, with residual blocks"
    assert labels.differences([first, other, first]) == {
        "Network": [deep, "Net, the baseline", deep],
        r"n\_blocks": ["5", "–", "5"],
        "momentum": ["0", r"0\.5", "0"],
        "nesterov": ["off", "on", "off"],
        "Seed": ["0", "3", "0"],
    }
    assert labels.differences([first, first]) == {}


@pytest.mark.parametrize(
    ("size", "end"),
    [(0.99, 1), (1, 1), (1.01, 1.5), (0.21, 0.3), (69, 70), (0, 1), (math.inf, 1)],
)
def test_scales_end_at_round_numbers(size: float, end: float) -> None:
    assert labels.round_up(size) == pytest.approx(end)


def test_kernels_are_places_on_a_scale_around_zero() -> None:
    weights = torch.zeros(40, 3, 3, 3)
    weights[0, 0, 0, 0], weights[0, 0, 0, 1] = 0.5, -0.5
    found = labels.kernels(weights, "conv1")
    assert found.places.shape == (labels.KERNELS_SHOWN, 3, 3, 3)
    assert found.end == 0.5
    assert found.places[0, 0, 0].tolist() == [255, 0, 128]
    assert found.title == "First-layer kernels, conv1 (the first 32 of 40)"
    assert labels.kernels(torch.ones(5, 3, 32, 32), "fc1").title == "First-layer weights, fc1"
