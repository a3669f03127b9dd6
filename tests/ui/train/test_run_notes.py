"""Tags and notes: what is typed goes into the run's folder, and what is too much leaves it as it was."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
import streamlit

from convlab.ui.train import run_notes
from convlab.ui.train.run_notes import notes
from tests.training.small import create


class Typed:
    """Streamlit's fields, as if somebody had typed into them."""

    def __init__(self) -> None:
        self.session_state: dict[str, Any] = {}
        self.shown: dict[str, str] = {}
        self._changes: dict[str, Callable[[], None]] = {}

    def text_input(self, label: str, value: str = "", *, key: str, on_change: Any, **look: Any) -> None:
        self.shown[key], self._changes[key] = value, on_change

    text_area = text_input

    def container(self, **look: Any) -> nullcontext[None]:
        return nullcontext()

    def type(self, key: str, text: str) -> None:
        self.session_state[key] = text
        self._changes[key]()


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Typed:
    typed = Typed()
    for name in ("text_input", "text_area", "container", "session_state"):
        monkeypatch.setattr(streamlit, name, getattr(typed, name))
    monkeypatch.setattr(run_notes, "say_problem", lambda place: None)
    return typed


def test_tags_and_notes_of_one_run(page: Typed) -> None:
    run = create()
    notes([run])
    page.type(f"train.tags.{run.id}", "talk, slow,,talk")
    page.type(f"train.noted.{run.id}", "flat until epoch 8\nthen falls")
    assert (run.meta.tags, run.meta.notes) == (("talk", "slow"), "flat until epoch 8\nthen falls")
    notes([run])
    assert page.shown[f"train.tags.{run.id}"] == "talk, slow"


def test_too_many_tags_leave_those_that_were_there(page: Typed) -> None:
    run = create()
    run.tag(["kept"])
    notes([run])
    page.type(f"train.tags.{run.id}", ",".join("abcdefghijklm"))
    assert run.meta.tags == ("kept",)


def test_a_tag_for_several_comes_beside_their_own(page: Typed) -> None:
    first, second = create(), create()
    first.tag(["mine"])
    notes([first, second])
    page.type("train.tag_all", "both, talk")
    assert (first.meta.tags, second.meta.tags) == (("mine", "both", "talk"), ("both", "talk"))
    assert page.session_state["train.tag_all"] == ""
