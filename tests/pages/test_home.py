"""app.py: what the lab is, its lessons as cards with live thumbnails, the machine and the versions."""

import re

import pytest
import streamlit
import torch
from streamlit.testing.v1 import AppTest

from convlab.ui.lessons import LESSONS
from tests import sources
from tests.ui.driver import open_page, troubles


@pytest.fixture(scope="module")
def app() -> AppTest:
    return open_page()


def test_it_opens(app: AppTest) -> None:
    assert troubles(app) == []
    assert [title.value for title in app.title] == ["ConvLab"]


def test_it_says_in_three_sentences_what_the_lab_is(app: AppTest) -> None:
    assert len(re.findall(r"\.(?:\n|$)", app.markdown[0].value)) == 3


def test_every_lesson_has_a_link_on_top_and_a_card(app: AppTest) -> None:
    labels = [link.value for link in app.page_link]
    top, cards = labels[: len(LESSONS)], labels[len(LESSONS) :]
    assert top == [lesson.title for lesson in LESSONS.values()]
    assert cards == [f"**{lesson.title}**" for name, lesson in LESSONS.items() if name != "home"]
    assert len(app.get("imgs") or app.image) == len(cards)


def test_every_page_is_a_lesson_and_every_lesson_a_page() -> None:
    files = {str(path.relative_to(sources.ROOT)) for path in sources.lessons()}
    assert {lesson.file for lesson in LESSONS.values()} == files


def test_it_says_what_it_runs_on(app: AppTest) -> None:
    (line,) = [caption.value for caption in app.caption]
    assert f"PyTorch {torch.__version__}" in line
    assert f"Streamlit {streamlit.__version__}" in line
    assert re.match(r"Device: (cuda|mps|cpu)", line)
