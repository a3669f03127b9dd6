"""How runs are put into words: states and times, settings that differ, kernels on a round scale."""

import math
from typing import Any, get_args

import pytest
import torch

from convlab.errors import Sentence
from convlab.training.engine import EpochRecord
from convlab.training.outcome import Outcome
from convlab.training.settings import Settings
from convlab.training.status import LIVE, State, Status
from convlab.ui.runs import labels


@pytest.mark.parametrize("state", get_args(State))
def test_every_state_has_a_name_and_a_tone(state: State) -> None:
    status = Status(state, epochs=10)
    assert labels.state(status)[0].isupper()
    assert labels.tone(status) in ("live", "good", "bad", "still")
    assert (labels.tone(status) == "live") == (state in LIVE)


def test_figures_say_how_far_a_run_is() -> None:
    running = Status("running", 10, 2, 5, 63, 65.0, 100.0, 1234.4)
    assert labels.figures(running) == (
        "epoch 3 of 10, batch 5 of 63 · 1,234 images/s · 1:05 so far · about 1:40 left"
    )
    assert labels.figures(Status("finished", 10, 10, 0, 63, 65.0)) == "10 of 10 epochs · 1:05"
    stopped = Status("stopped", 10, 7, 5, 63, 65.0)
    assert labels.figures(stopped) == "7 of 10 epochs and 5 of 63 batches · 1:05 so far"
    assert labels.figures(Status("finished", 1, 1, 0, 63, 65.0)) == "1 of 1 epoch · 1:05"
    assert "batch 5 of 63 · lr 0.0123 · " in labels.figures(running, 0.0123)
    assert labels.figures(Status("queued", 10, place=2)) == "place 2 in the queue"
    assert labels.figures(Status("queued", 10)) == ""


def test_advice_says_what_happened_and_what_to_do() -> None:
    said = Sentence("The loss is {loss}.", {"loss": "inf"})
    advice = labels.advice(Status("diverged", 10, message=said))
    assert advice.startswith("The loss is inf. ")
    assert "smaller learning rate" in advice
    assert labels.advice(Status("running", 10)) == ""


def test_one_that_was_stopped_before_it_began_has_no_epoch_to_go_on_from() -> None:
    assert labels.advice(Status("stopped", 10)) == "It has not begun: press Start."
    assert "one of its epochs" in labels.advice(Status("stopped", 10, 3, seconds=9.0))


def test_advice_says_once_that_a_run_was_cut() -> None:
    assert labels.advice(Status("interrupted", 10)).count("ended") == 1
    told = labels.advice(Status("interrupted", 10, message=Sentence("It was ended from outside.", {})))
    assert told == "It was ended from outside. Nothing up to its last checkpoint is lost: press Resume."


@pytest.mark.parametrize(
    ("state", "kind", "shown", "tone", "said"),
    [
        ("finished", "learns", "Finished", "good", False),
        ("finished", "guesses", "Finished", "still", True),
        ("finished", "lost", "Lost", "bad", True),
        ("timed out", "lost", "Timed out", "bad", True),
        ("stopped", "lost", "Stopped", "still", False),
        ("stopped", "guesses", "Stopped", "still", False),
        ("running", "lost", "Training", "live", False),
    ],
)
def test_what_became_of_a_run_is_said_where_it_has_ended(
    state: State, kind: Any, shown: str, tone: str, said: bool
) -> None:
    sentence = None if kind == "learns" else Sentence("It is no good.")
    status = Status(state, 10, 10, outcome=Outcome(kind, sentence))
    assert (labels.state(status), labels.tone(status)) == (shown, tone)
    assert ("It is no good." in labels.advice(status)) is said


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
    assert labels.differences([Settings(), Settings(options={"activation": "tanh"})]) == {}
    chosen = [Settings(), Settings(options={"activation": "relu"})]
    assert labels.differences(chosen) == {"activation": ["tanh", "relu"]}


@pytest.mark.parametrize(
    ("size", "end"),
    [(0.99, 1), (1, 1), (1.01, 1.5), (0.21, 0.3), (69, 70), (0, 1), (math.inf, 1)],
)
def test_scales_end_at_round_numbers(size: float, end: float) -> None:
    assert labels.round_up(size) == pytest.approx(end)


def test_kernels_are_places_on_a_scale_around_zero() -> None:
    weights = torch.zeros(40, 3, 3, 3)
    weights[0, 0, 0, 0], weights[0, 0, 0, 1] = 0.5, -0.5
    found = labels.kernels(weights, "net")
    assert found.places.shape == (labels.KERNELS_SHOWN, 3, 3, 3)
    assert found.end == 0.5
    assert found.places[0, 0, 0].tolist() == [255, 0, 128]
    assert found.title == "First-layer kernels, conv1 (the first 32 of 40)"
    assert labels.kernels(torch.ones(5, 3, 32, 32), "dense").title == "First-layer weights, 1"


def test_a_network_that_does_better_on_new_pictures_has_a_gap_below_0() -> None:
    better = EpochRecord(3, 0.25, 0.5, 0.5, 0.75, 0.01, 1.0, 100.0, {})
    assert labels.gap(better) == "−25.0 points"
    assert labels.gap(None) == "–"
