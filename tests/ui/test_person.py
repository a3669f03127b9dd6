"""convlab.ui.person: a browser is one person, and which runs are listed for whom."""

from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from convlab.datasets import shelf
from convlab.training import runs
from convlab.training.settings import Settings
from convlab.ui import person as whose
from tests.datasets.files import noise

SECRET = "0123456789abcdef" * 2


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))


def page() -> None:
    import streamlit as st

    from convlab.ui.person import person

    st.session_state["who"] = person()


def who(app: AppTest | None = None) -> str:
    app = AppTest.from_function(page) if app is None else app
    found: str = app.run().session_state["who"]
    return found


def give(cookies: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(st.context), "cookies", property(lambda _context: cookies))


def test_without_a_cookie_each_session_is_somebody_else_and_stays_it() -> None:
    app = AppTest.from_function(page)
    assert who(app) == who(app) != who()


def test_a_browser_is_the_same_person_in_all_its_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    give({"convlab_person": SECRET}, monkeypatch)
    first = who()
    assert who() == first
    assert SECRET not in first  # what lies on the disk opens nothing
    give({"convlab_person": SECRET[::-1]}, monkeypatch)
    assert who() != first


@pytest.mark.parametrize("text", ["", "x", "0" * 31, None])
def test_what_is_no_cookie_of_ours_makes_nobody(text: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    give({"convlab_person": text}, monkeypatch)
    assert who() != who()


def test_runs_on_what_only_others_brought_are_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whose, "person", lambda: "anna")
    keys = [shelf.put(noise("A"), giver="anna"), shelf.put(noise("B", seed=1), giver="ben")]
    keys += [shelf.put(noise("C", seed=2)), "sketches", "gone-0123abcd"]
    made = {key: runs.create(Settings.parse({"data": key}), key) for key in keys}
    assert {run.name for run in whose.seen(made.values())} == {*keys} - {keys[1]}
    shelf.delete(keys[1])
    assert {run.name for run in whose.seen(made.values())} == {*keys} - {keys[1]}


def test_a_damaged_run_is_left_to_who_lists_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whose, "person", lambda: "anna")
    shelf.put(noise(), giver="ben")
    run = runs.create(Settings.parse({"data": "sketches"}), "x")
    (run.folder / "settings.json").write_text("{")
    run = runs.Run(run.id)
    assert whose.seen([run]) == [run]
