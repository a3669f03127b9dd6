"""What happened to a run in words: the rate as it went, where a fork began, marks on the curves."""

from pathlib import Path

import pytest

from convlab.training import runs
from convlab.training.metrics import Halt, Outline
from convlab.training.settings import Settings
from convlab.training.story import Leg, Parent, Story
from convlab.ui.components.shared.charts import Mark
from convlab.ui.train import events


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))


def leg(*lrs: tuple[int, int, float], schedule: str = "constant", halts: tuple[Halt, ...] = ()) -> Leg:
    outline = Outline(4, 0, len(halts) // 2, lrs, halts)
    return Leg(Settings.parse({"schedule": schedule}), "0" * 16, "first", per_epoch=5, outline=outline)


def test_the_rate_as_it_went() -> None:
    assert events.rate(leg()) == "0.01"
    assert events.rate(leg((4, 3, 1000.0))) == "0.01 → 1000 at epoch 3.4"
    assert events.rate(leg((1, 1, 0.5), schedule="one_cycle")) == "0.01 at the peak → 0.5 at epoch 0"
    many = tuple((1, batch, batch / 10) for batch in range(1, 6))
    assert events.rate(leg(*many)) == "0.01 → 4 other rates → 0.5 at epoch 0.8"


def test_a_fork_says_where_it_began_whether_its_parent_is_there_or_not() -> None:
    parent = runs.create(Settings(), "mine")
    made = Story((Leg(Settings(), parent.id, "old name", outline=Outline(5)), leg()))
    assert events.forked(made) == "fork of mine at epoch 5"
    parent.delete()
    assert events.forked(made) == "fork of old name (deleted) at epoch 5"
    assert events.forked(Story((leg(),))) == ""
    lost = Story((leg(),), Path("start.safetensors"), "", Parent("0123456789abcdef", 2))
    assert events.forked(lost) == "fork of a deleted run (012345) at epoch 2"


def test_marks_have_a_word_for_all_that_happened_at_a_place() -> None:
    halts = (Halt(2, 1, "paused"), Halt(2, 1, "resumed"), Halt(5, 1, "stopped"))
    told = Story((Leg(Settings(), "0" * 16, "a", outline=Outline(5)), leg((2, 1, 0.5), halts=halts)))
    assert events.marks(told) == [
        Mark(0.0, "fork of a (deleted) at epoch 5"),
        Mark(1.0, "Paused, Resumed, lr 0.5"),
        Mark(4.0, "Stopped"),
    ]
    assert events.told(told)[1:] == [
        "paused at epoch 1",
        "resumed at epoch 1",
        "lr 0.01 → 0.5 at epoch 1",
        "stopped at epoch 4",
    ]


def test_runs_compared_differ_in_what_happened() -> None:
    plain, steered = Story((leg(),)), Story((leg((4, 3, 1000.0)),))
    fork = Story((Leg(Settings(), "0" * 16, "a", outline=Outline(5)), leg()))
    assert events.differences([plain, plain]) == {}
    assert events.differences([plain, steered]) == {
        "Learning rate as it went": ["0.01", "0.01 → 1000 at epoch 3.4"]
    }
    assert events.differences([plain, fork]) == {
        "Begun with": ["random weights", "fork of a (deleted) at epoch 5"]
    }
