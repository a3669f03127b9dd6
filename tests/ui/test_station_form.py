"""The form for a station: what it makes of what was typed, and what it says of what is missing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import streamlit as st

from convlab.course.stations import Station
from convlab.errors import UserError
from convlab.ui import station_form

BASE: Mapping[str, Any] = {"lesson": "kernels", "link": "stride=2"}
CHOICE: dict[str, Any] = {"kind": "choice", "right": "B"}


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the widgets of a form with the key "f" hold."""
    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    return state


def made(typed: dict[str, Any], pointed: station_form.Pointed | None = None, **said: Any) -> Station:
    values = {"title": " A title ", "question": "Why?\n", "kind": "none", **said}
    typed |= {f"f.{name}": value for name, value in values.items()}
    return station_form.made("f", BASE, pointed)


def test_texts_are_taken_without_the_space_around_them(typed: dict[str, Any]) -> None:
    found = made(typed, why="So.", next_step="Try.")
    assert found == Station(
        id="a-title", title="A title", question="Why?", why="So.", next_step="Try.", **BASE
    )


@pytest.mark.parametrize(("told", "kept"), [(27.0, 27), (0.1, 0.1), (-2.5, -2.5), (0.0, 0)])
def test_a_number_is_told_as_it_was_typed(typed: dict[str, Any], told: float, kept: float) -> None:
    found = made(typed, kind="number", told=told, unit="weights", within=5.0)
    assert (found.told, type(found.told), found.unit, found.tolerance) == (kept, type(kept), "weights", 0.05)


def test_a_choice_of_lines_has_one_right_one(typed: dict[str, Any]) -> None:
    found = made(typed, choices="A | for a | b\n\n B ", **CHOICE)
    assert [(one.key, one.text, one.otherwise) for one in found.choices] == [
        ("1", "A", "for a | b"),
        ("2", "B", ""),
    ]
    assert found.told == "2"


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"title": " "}, "title and a question"),
        ({"question": None}, "title and a question"),
        ({"kind": "number", "told": None}, "right number"),
        ({"kind": "choice", "choices": "B"}, "two to eight"),
        ({**CHOICE, "choices": "B\nB"}, "two to eight"),
        ({**CHOICE, "choices": "B\n | x"}, "two to eight"),
        ({**CHOICE, "choices": "\n".join("ABCDEFGHI")}, "two to eight"),
        ({**CHOICE, "choices": "A\nC"}, "the right one"),
        ({"question": "See ![x](https://example.org/x.png)"}, "link"),
        ({"question": "One\n# Two"}, "begin with"),
    ],
)
def test_what_is_missing_or_does_not_fit_is_said(
    typed: dict[str, Any], said: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(UserError, match=sentence):
        made(typed, **said)


POINTED = station_form.Pointed("pin", "4,3", "size=8")


def test_a_place_is_where_the_page_points(typed: dict[str, Any]) -> None:
    found = made(typed, pointed=POINTED, kind="place")
    assert (found.kind, found.control, found.told, found.link) == ("place", "pin", "4,3", "size=8")
    for nowhere in (None, replace(POINTED, place="")):
        with pytest.raises(UserError, match="Click the right place"):
            made(typed, pointed=nowhere, kind="place")


def test_another_state_of_the_page_is_another_right_place() -> None:
    old = Station(id="x", title="X", question="?", lesson="kernels", kind="place", control="pin", told="1,1")
    new = station_form.shown(old, "size=8&pin=4,3", POINTED)
    assert (new.told, new.link) == ("4,3", "size=8")
    kept = station_form.shown(old, "size=12", replace(POINTED, place=""))
    assert (kept.told, kept.link) == ("1,1", "size=12")
    computed = old.model_copy(update={"answer": "a.b", "told": None})
    assert station_form.shown(computed, "size=12", POINTED).told is None


def test_what_the_form_does_not_ask_for_stays(typed: dict[str, Any]) -> None:
    old = Station(
        id="x", title="X", question="?", lesson="probe", kind="number", unit="px", answer="a.b", light=("k",)
    )
    values = {"title": "Y", "question": "Why?", "why": "", "next_step": ""}
    typed |= {f"f.{name}": text for name, text in values.items()}  # no "kind": its widgets are not there
    found = station_form.made("f", old.model_dump())
    assert found == old.model_copy(update={"title": "Y", "question": "Why?"})
