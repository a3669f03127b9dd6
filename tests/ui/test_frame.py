"""convlab.ui.frame: a lesson brings Markdown, controls, a page and a row; the frame does the rest."""

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from convlab.ui import words
from convlab.ui.lessons import LESSONS, Lesson
from tests import sources
from tests.ui.driver import ready, troubles

# What somebody writes who adds a lesson: a page with its controls, and its Markdown.
PAGE = """
import streamlit as st
from pydantic import Field
from typing import Annotated
from convlab.ui import widgets
from convlab.ui.frame import lesson, part
from convlab.ui.urls import Controls


class ColoursControls(Controls):
    red: Annotated[int, Field(ge=0, le=255)] = 7
    bold: bool = False
    fail: bool = False


@part
def shown(state):
    widgets.number(state, "red", "Red")
    if state.value.fail:
        raise ZeroDivisionError
    st.markdown(f"red is {state.value.red}")


with lesson("colours", ColoursControls) as state:
    widgets.toggle(state, "bold", "Bold")
    shown(state)
"""
PROSE = "# question\nWhat is a colour?\n\n# card\nThree numbers, mixed before your eyes.\n"


def thumbnail() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (2, 1), "red").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The lab with one lesson more, of which nothing else in the lab has heard."""
    shutil.copy(sources.ROOT / "app.py", tmp_path)
    shutil.copytree(sources.ROOT / "pages", tmp_path / "pages")
    shutil.copytree(words.LOCALE, tmp_path / "locale")
    (tmp_path / "pages" / "colours.py").write_text(PAGE)
    (tmp_path / "locale" / "en" / "colours.md").write_text(PROSE)
    row = Lesson("pages/colours.py", "Colours", ":material/palette:", f"{__name__}:thumbnail")
    monkeypatch.setitem(LESSONS, "colours", row)
    monkeypatch.setattr(words, "LOCALE", tmp_path / "locale")
    words._sections.cache_clear()
    return ready(AppTest.from_file(tmp_path / "app.py")).run()


def test_an_added_lesson_has_a_link_on_top_and_a_card(app: AppTest) -> None:
    assert troubles(app) == []
    labels = [link.value for link in app.page_link]
    assert labels[sum(lesson.in_head for lesson in LESSONS.values()) - 1] == "Colours"
    assert labels[-1] == "**Colours**"
    assert app.markdown[-1].value == "Three numbers, mixed before your eyes."
    assert len(app.get("imgs") or app.image) == sum(bool(lesson.thumbnail) for lesson in LESSONS.values())


def test_an_added_lesson_has_its_head_its_widgets_and_its_link(app: AppTest) -> None:
    app.query_params["red"], app.query_params["bold"] = "12", "perhaps"
    app.switch_page("pages/colours.py").run()
    assert troubles(app) == []
    assert app.title[0].value == "Colours"
    assert "What is a colour?" in [text.value for text in app.markdown]
    assert "bold" in app.warning[0].value
    assert (app.number_input[0].value, app.number_input[0].max) == (12, 255)
    app.number_input[0].set_value(200).run()
    app.toggle[0].set_value(True).run()
    assert app.markdown[-1].value == "red is 200"
    assert app.query_params == {"red": "200", "bold": "1"}


def test_a_part_that_fails_says_one_sentence_and_still_writes_the_link(app: AppTest) -> None:
    app.query_params["fail"] = "1"
    app.switch_page("pages/colours.py").run()
    app.number_input[0].set_value(3).run()
    (sentence,) = troubles(app)
    assert "Something went wrong" in sentence
    assert app.query_params == {"fail": "1", "red": "3"}


@pytest.mark.parametrize("name", [name for name in LESSONS if name != "home"])
def test_a_page_is_its_lesson_and_nothing_more(name: str) -> None:
    """Fragment, boundary, link and notices are the frame's; no page has them again."""
    text = (sources.ROOT / LESSONS[name].file).read_text()
    assert f'with lesson("{name}", ' in text
    assert not [word for word in ("st.fragment", "PageState(", ".write()", ".refused") if word in text]
