"""Every station of the path on its page: the link opens it, the card asks, the answer is there."""

import re
from collections.abc import Iterable
from functools import cache
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from convlab.course import asking, stations
from convlab.course.stations import Station
from convlab.ui.course import stops
from convlab.ui.lessons import LESSONS
from convlab.ui.words import escaped
from tests.ui.driver import elements, on_card, open_page, troubles

PATH = stations.shipped()


@cache
def page(station: Station) -> AppTest:
    """Its page, opened from its link."""
    query = stops.Stop("", PATH, PATH.index(station)).query(left=False)
    return open_page(LESSONS[station.lesson].file, **query)


def keys(app: AppTest) -> set[str]:
    """The keys of what is on a page, as a browser has them in its classes."""
    found = (getattr(node, "key", None) for node in elements(app._tree.root))
    return {re.sub(r"[^a-zA-Z0-9_-]", "-", key) for key in found if isinstance(key, str)}


def texts(found: Iterable[object]) -> list[str]:
    return [str(getattr(one, "value", "")) for one in found]


@pytest.mark.parametrize("station", PATH, ids=lambda station: station.id)
def test_the_page_opens_as_prepared_and_asks(station: Station) -> None:
    app = page(station)
    assert troubles(app) == []
    assert not [text for text in texts(app.warning) if "link" in text]
    assert f"**{escaped(station.title)}**" in texts(app.markdown)
    prepared = dict(parse_qsl(station.link, keep_blank_values=True, strict_parsing=bool(station.link)))
    fields = type(app.session_state[f"{station.lesson}.controls"]).model_fields if prepared else {}
    assert prepared.keys() - fields.keys() == set()
    lit = {re.sub(r"[^a-zA-Z0-9_-]", "-", key) for key in station.light}
    assert lit - keys(app) == set()


@pytest.mark.parametrize("station", PATH, ids=lambda station: station.id)
def test_the_answer_is_told_with_every_figure(station: Station) -> None:
    app = page(station)
    if station.kind != "none":
        on_card(app, "show").click().run()
    assert troubles(app) == []
    found = asking.answer(station)
    if "answer" in found:
        (told,) = [text for text in texts(app.info) if text.startswith("The answer: ")]
        assert len(told) < 300
    if station.kind == "choice":
        assert found["answer"] in {choice.key for choice in station.choices}
    if station.kind == "place":
        assert hasattr(app.session_state[f"{station.lesson}.controls"], station.control)
    whole = "\n".join((station.question, station.why, station.next_step, *(c.text for c in station.choices)))
    missing = {one[1] for one in asking._FIELD.finditer(whole)} - found.keys()
    assert not {name for name in missing if name.isidentifier() and not name.isdigit()}
    assert asking.filled(station.why, found) in texts(app.markdown)
