"""app.py: the chapter as a path, the lessons as cards with live thumbnails, the machine and the versions."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit
import torch
from streamlit.testing.v1 import AppTest

from convlab.course import asking, stations, way
from convlab.ui.lessons import LESSONS
from convlab.ui.words import escaped
from tests import sources
from tests.ui.driver import open_page, troubles

PATH = stations.shipped()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of ConvLab's in which nobody has gone a way."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONVLAB_HOME", str(folder))
        yield folder


@pytest.fixture(scope="module")
def app(empty: Path) -> AppTest:
    return open_page()


@pytest.fixture
def begun(empty: Path) -> Iterator[AppTest]:
    """Home of somebody who has answered the first two stations, and seen the third."""
    app = open_page()
    app.session_state["person"] = "0" * 32
    app.run()
    (who,) = _persons(app)
    way.answered(who, PATH[0].id, 1e9, right=False)
    way.answered(who, PATH[1].id, 1.0, right=True)
    way.seen(who, PATH[2].id)
    yield app.run()
    way.forget(who)


def _persons(app: AppTest) -> list[str]:
    return [hashlib.sha256(app.session_state["person"].encode()).hexdigest()[:32]]


def links(app: AppTest) -> list[tuple[str, str]]:
    """What each link is called, and its query."""
    return [(link.value, link.proto.query_string) for link in app.page_link]


def dots(app: AppTest) -> list[tuple[str, str]]:
    """Station by station: what its link says, and its icon."""
    found = [link for link in app.page_link if "station=" in link.proto.query_string]
    return [(link.value, link.proto.icon) for link in found[1:]]


def test_it_opens(app: AppTest) -> None:
    assert troubles(app) == []
    assert [title.value for title in app.title] == ["ConvLab"]


def test_it_says_in_three_sentences_what_the_lab_is(app: AppTest) -> None:
    assert len(re.findall(r"\.(?:\n|$)", app.markdown[0].value)) == 3


def test_every_lesson_has_a_link_on_top_or_below_and_a_card(app: AppTest) -> None:
    labels = [label for label, query in links(app) if "station=" not in query]
    head = [lesson.title for lesson in LESSONS.values() if lesson.in_head]
    rest = [f"**{lesson.title}**" for lesson in LESSONS.values() if not lesson.in_head]
    cards = [f"**{lesson.title}**" for lesson in LESSONS.values() if lesson.thumbnail]
    assert labels == [*head, *rest, *cards]
    assert len(app.get("imgs") or app.image) == len(cards)


def test_a_newcomer_starts_at_the_first_station(app: AppTest) -> None:
    (query,) = [query for label, query in links(app) if label == "**Start here**"]
    assert f"station={PATH[0].id}" in query.split("&")
    assert f"**{escaped(PATH[0].title)}**" in [text.value for text in app.markdown]
    assert f"Section {PATH[0].section}, 1 of {len(PATH)}" in [text.value for text in app.caption]
    assert not [button for button in app.button if button.key == "home.forget"]


def test_every_station_has_a_dot_in_its_section(app: AppTest) -> None:
    assert [label for label, _icon in dots(app)] == [escaped(station.title) for station in PATH]
    assert {icon for _label, icon in dots(app)} == {":material/radio_button_unchecked:"}
    named = [re.match(r"\*\*(8\.\d)\*\*", text.value) for text in app.markdown]
    assert [found[1] for found in named if found] == sorted({station.section[:3] for station in PATH})


def test_the_way_is_shown_by_shape_and_word(begun: AppTest) -> None:
    assert dots(begun)[:4] == [
        (f"{PATH[0].title} (not right)", ":material/cancel:"),
        (f"{PATH[1].title} (right)", ":material/check_circle:"),
        (f"{PATH[2].title} (seen)", ":material/radio_button_partial:"),
        (PATH[3].title, ":material/radio_button_unchecked:"),
    ]
    (told,) = [text.value for text in begun.caption if "not yet" in text.value]
    assert re.findall(r"(right|not right|seen|not yet): (\d+)", told) == [
        ("right", "1"), ("not right", "1"), ("seen", "1"), ("not yet", str(len(PATH) - 3))
    ]  # fmt: skip
    (query,) = [query for label, query in links(begun) if label == "**Go on**"]
    assert f"station={PATH[2].id}" in query.split("&")


def test_the_short_path_is_a_second_choice_and_shares_the_way(begun: AppTest) -> None:
    app = begun.segmented_control(key="home.course").set_value("short").run()
    assert troubles(app) == []
    assert app.query_params["course"] == "short"
    short = stations.short()
    assert [label.partition(" (")[0] for label, _icon in dots(app)] == [escaped(one.title) for one in short]
    assert dots(app)[0] == (f"{short[0].title} (not right)", ":material/cancel:")
    queries = [query.split("&") for _label, query in links(app) if "station=" in query]
    assert all("course=short" in query for query in queries)
    app = open_page(course="short")
    assert [text.value for text in app.caption if f"1 of {len(short)}" in text.value]
    app = app.segmented_control(key="home.course").set_value("").run()
    assert len(dots(app)) == len(PATH)
    assert "course" not in app.query_params


def test_the_names_can_be_written_beside_the_dots(app: AppTest) -> None:
    before = dots(app)
    assert dots(app.toggle(key="home.names").set_value(True).run()) == before
    app.toggle(key="home.names").set_value(False).run()


def test_who_has_answered_all_may_begin_once_more(begun: AppTest) -> None:
    (who,) = _persons(begun)
    for station in PATH:
        way.answered(who, station.id, "x", right=False)
    assert [label for label, _query in links(begun.run()) if "Begin" in label] == ["**Begin once more**"]


def test_the_way_can_be_forgotten(begun: AppTest) -> None:
    begun.button(key="home.forget").click().run()
    assert troubles(begun) == []
    assert way.of(_persons(begun)[0]) == {}
    assert {icon for _label, icon in dots(begun)} == {":material/radio_button_unchecked:"}


def test_the_notebook_holds_the_stations_that_were_seen(
    begun: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    monkeypatch.setattr("convlab.ui.home.download", lambda _label, content, *_, **__: made.append(content))
    begun.run()
    book = json.loads(made[0]())
    text = "".join(line for cell in book["cells"] for line in cell["source"])
    assert [station.title in text for station in PATH[:4]] == [True, True, True, False]
    assert f"def {PATH[0].answer.partition('.')[2]}()" in text
    assert asking.functions().keys() >= {station.answer for station in PATH[:3]}


def test_every_page_is_a_lesson_and_every_lesson_a_page() -> None:
    files = {str(path.relative_to(sources.ROOT)) for path in sources.lessons()}
    assert {lesson.file for lesson in LESSONS.values()} == files


def test_it_says_what_it_runs_on(app: AppTest) -> None:
    line = app.caption[-1].value
    assert f"PyTorch {torch.__version__}" in line
    assert f"Streamlit {streamlit.__version__}" in line
    assert re.match(r"Device: (cuda|mps|cpu)", line)
