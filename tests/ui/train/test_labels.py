"""Runs in words: times, progress, advice, what differs, kernels on a scale that seldom changes."""

import pytest
import torch

from convlab.training.settings import Settings
from convlab.training.status import State, Status
from convlab.ui.train import labels


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (float("inf"), ""),
        (-1, "0:00"),
        (7, "0:07"),
        (59.6, "1:00"),
        (725, "12:05"),
        (3723, "1:02:03"),
    ],
)
def test_a_duration(seconds: float | None, text: str) -> None:
    assert labels.duration(seconds) == text


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (Status("queued", 9, place=2), "place 2 in the queue"),
        (
            Status("running", 9, 3, 1, 5, seconds=10, seconds_left=20, images_per_s=1234.5),
            "epoch 4 of 9, batch 1 of 5 · 1,234 images/s · 0:10 so far · about 0:20 left",
        ),
        (Status("finished", 9, 9, 0, 5, seconds=61), "9 of 9 epochs · 1:01"),
        (Status("stopped", 9), ""),
    ],
)
def test_how_far_a_run_is(status: Status, text: str) -> None:
    assert labels.figures(status) == text


def test_every_state_has_a_name_and_those_that_wait_for_somebody_have_advice() -> None:
    states: tuple[State, ...] = State.__args__  # type: ignore[attr-defined]
    assert set(labels.STATES) == set(states)
    silent = {state for state in states if not labels.advice(Status(state, 1))}
    assert silent == {"queued", "running", "finished", "timed out"}  # the last brings a message of its own


def test_what_differs_between_runs_and_nothing_else() -> None:
    one = Settings.parse({"lr": 0.1, "design": "net", "options": {"kernel_size": (1, 3)}})
    other = Settings.parse({"lr": 0.25, "design": "net_res_deep", "flip": True})
    found = labels.differences([one, other])
    assert found["lr"] == ["0\\.1", "0\\.25"]  # Markdown
    assert found["Flip"] == ["off", "on"]
    assert [name for name in found if name.startswith("kernel")] == ["kernel\\_size"]
    assert "Epochs" not in found
    assert labels.differences([one, one]) == {}


@pytest.mark.parametrize(
    ("size", "end"),
    [(0.0, 1.0), (float("nan"), 1.0), (0.9, 1.0), (1.2, 1.5), (1.5, 1.5), (7.1, 10.0), (0.021, 0.03)],
)
def test_a_scale_ends_at_a_round_number(size: float, end: float) -> None:
    assert labels.round_up(size) == pytest.approx(end)


def test_kernels_become_bytes_about_the_middle() -> None:
    shown = labels.kernels(torch.linspace(-1, 1, 40 * 3 * 9).reshape(40, 3, 3, 3), "conv1")
    assert shown.places.shape == (32, 3, 3, 3)
    assert shown.places[0, 0, 0, 0] == 0
    assert shown.title == "First-layer kernels, conv1 (the first 32 of 40)"
    assert labels.quantised(torch.tensor([-2.0, 0.0, 1.0]), 1.0).tolist() == [0, 128, 255]
