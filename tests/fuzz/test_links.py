"""Links of any kind, on every page: a page or a sentence, in time; nothing is started, written or deleted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlab.storage import data_folder
from convlab.training import queue
from convlab.ui.lessons import LESSONS
from convlab.ui.urls import serialise
from tests.fuzz import bounds
from tests.ui.driver import open_page, troubles
from tests.ui.test_urls import any_controls, anything, models

PAGES = list(LESSONS)
NAMES = sorted(
    {name for model in models() for name in model.model_fields} | {"lang", "embed", "embed_options"}
)


@st.composite
def links(draw: st.DrawFn, page: str) -> dict[str, Any]:
    """What the page's controls may be, with nonsense for some of them, and some names of no control."""
    own = [model for model in models() if f".{page}." in f"{model.__module__}."]
    query: dict[str, Any] = dict(serialise(draw(any_controls(*own))))
    query |= draw(
        st.dictionaries(
            st.sampled_from(NAMES), anything | st.lists(anything, min_size=2, max_size=3), max_size=6
        )
    )
    query |= draw(st.dictionaries(st.text(max_size=10), anything, max_size=2))
    return {
        _sendable(name): [_sendable(one) for one in text] if isinstance(text, list) else _sendable(text)
        for name, text in query.items()
    }


def _sendable(text: str) -> str:
    """Without lone surrogates, which no address can hold."""
    return text.encode(errors="ignore").decode()


@pytest.fixture(scope="module", autouse=True)
def _all_is_loaded() -> Iterator[None]:
    """What a page imports, and what it makes at the first visit, is no link's doing.

    What Compare measures meanwhile would go on in the tests behind, and put its data into their folders.
    """
    with mock.patch("convlab.ui.compare.setup._measure"):
        for page in PAGES:
            open_page(LESSONS[page].file)
        yield


@pytest.fixture(autouse=True)
def _nothing_is_started() -> Iterator[None]:
    with mock.patch.object(queue.Queue, "submit", side_effect=AssertionError("a link started a run")):
        yield


def lying_there() -> dict[Path, tuple[int, int]]:
    """Every file of the data folder, with its size and time."""
    files = (path for path in data_folder.folder().rglob("*") if path.is_file())
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


@pytest.mark.parametrize("page", PAGES)
@bounds.fuzzed(8)
@given(st.data())
def test_any_link_gives_a_page(page: str, data: st.DataObject) -> None:
    query = data.draw(links(page))
    before = lying_there()
    with bounds.within(seconds=5, megabytes=600):
        app = open_page(LESSONS[page].file, **query)
    assert app.title
    assert not app.exception
    assert not any("Something went wrong" in text for text in troubles(app)), troubles(app)
    assert lying_there() == before
