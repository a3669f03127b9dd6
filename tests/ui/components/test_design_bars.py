"""What the bars and the points are told."""

from typing import Any

import pytest

from convlab.ui.components import design_bars
from convlab.ui.components.design_bars import Measured, Point, Row
from tests.ui.driver import unpack


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The header of the last message."""
    found: dict[str, Any] = {}

    def mount(key: str, data: bytes) -> None:
        found.clear()
        found.update(unpack(data)[0])

    monkeypatch.setattr(design_bars, "_mount", mount)
    return found


def test_a_row_has_both_accuracies_with_the_ends_of_their_intervals(told: dict[str, Any]) -> None:
    train, val = Measured(0.9, 0.05, (0.9,)), Measured(live=(0.4,), book=0.89)
    design_bars.design_bars("key", "id", [Row("net", "1 seed", train, val, "+3.0")], True)
    (row,) = told["rows"]
    assert (row["train"]["low"], row["train"]["high"]) == (pytest.approx(0.85), pytest.approx(0.95))
    assert row["train"]["text"] == "90.0 % ± 5.0"
    assert (row["val"]["mean"], row["val"]["low"], row["val"]["book"]) == (None, None, 0.89)
    assert (told["kind"], told["book"]) == ("bars", True)


def test_a_point_is_what_it_costs_and_what_it_reaches(told: dict[str, Any]) -> None:
    design_bars.design_points("key", "id", [Point("net", 18090.0, Measured(0.8), "told")], "parameters")
    (point,) = told["points"]
    assert (point["x"], point["mean"], point["low"]) == (18090.0, 0.8, None)
    assert told["across"] == "parameters"
