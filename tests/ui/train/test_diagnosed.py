"""The remedy's button: what it says, and what it does."""

from pathlib import Path

import pytest

from convlab.training import runs
from convlab.training.diagnosis import Remedy
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.ui.train import diagnosed


@pytest.mark.parametrize(
    ("remedy", "label"),
    [
        (Remedy("rate", {"lr": 0.1}), "Set lr to 0.1 from now on"),
        (Remedy("fork", {"epochs": 50, "lr": 0.1}, 50), "Fork from epoch 50: lr 0.1"),
        (Remedy("fork", {"epochs": 4, "flip": True}, 6), "Fork from epoch 6: Flip on"),
        (Remedy("on", {"epochs": 1}, 1), "Train 1 more epoch"),
        (Remedy("on", {"epochs": 6, "lr": 0.02}, 6), "Train 6 more epochs, lr 0.02"),
        (Remedy("again", {"initialisation": "kaiming"}), "Start again: Initialisation Kaiming"),
        (Remedy("again", {"design": "net_res_deep", "options": {}}),
         "Start again: Network Very deep, with residual blocks"),
        (Remedy("again", {"options": {"n_blocks": 9, "shared": False}}), "Start again: One shared block off"),
    ],
)  # fmt: skip
def test_what_the_buttons_say(remedy: Remedy, label: str) -> None:
    assert diagnosed.label(remedy) == label


def test_the_button_says_that_the_run_stops() -> None:
    said = diagnosed.label(Remedy("again", {"lr": 0.1}), gives_way=True)
    assert said == "Start again: lr 0.1 (this run stops)"


def test_a_rate_is_set_while_the_run_trains(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    run = runs.create(Settings.parse({"epochs": 3}))
    given: list[float] = []
    monkeypatch.setattr(Run, "set_lr", lambda _self, lr: given.append(lr))
    diagnosed.use(None, run, Remedy("rate", {"lr": 0.1}))  # type: ignore[arg-type]
    assert given == [0.1]
