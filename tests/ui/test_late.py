"""convlab.ui.late: an old value of a widget that comes with a component's event is no choice."""

from typing import Any

import pytest
import streamlit

from convlab.ui import late

now = 100.0


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A session without Streamlit, a component that has spoken, and a box that was set anew just now."""
    state: dict[str, Any] = {"lab": {"step": {"steps": 1}, "edit": None}}
    monkeypatch.setattr(streamlit, "session_state", state)
    monkeypatch.setattr("time.monotonic", lambda: now)
    late.listen("lab", ["edit", "step"])
    late.show("box", "old")
    late.show("box", "new")
    return state


def test_the_value_before_is_late_where_a_component_has_spoken(session: dict[str, Any]) -> None:
    assert session["box"] == "new"
    assert not late.is_late("box")
    session["box"] = "old"
    assert late.is_late("box")


def test_another_value_is_a_choice(session: dict[str, Any]) -> None:
    session["box"] = "third"
    assert not late.is_late("box")


def test_without_a_components_event_it_is_a_choice(session: dict[str, Any]) -> None:
    session["box"], session["lab"] = "old", {"step": None, "edit": None}
    assert not late.is_late("box")


def test_a_button_speaks_too(session: dict[str, Any]) -> None:
    session["box"], session["lab"] = "old", None
    late.listen("button")
    for pressed in (False, True):
        session["button"] = pressed
        assert late.is_late("box") == pressed


def test_after_a_while_it_is_a_choice(session: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    session["box"] = "old"
    monkeypatch.setattr("time.monotonic", lambda: now + late.LATE_S)
    assert not late.is_late("box")


def test_a_value_that_is_set_again_and_again_has_none_before_it(session: dict[str, Any]) -> None:
    late.show("other", 1)
    late.show("other", 1)
    assert not late.is_late("other")
    session["other"] = 2
    assert not late.is_late("other")
    assert not late.is_late("unknown")
