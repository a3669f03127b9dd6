"""convlab.ui.course.lights: parts of a page outlined by their keys, which may hold anything."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from convlab.course import stations
from convlab.ui import components

APP = "from convlab.ui.course.lights import lights\nlights({keys!r})"


def style(keys: list[str]) -> list[str]:
    return [one.proto.body for one in AppTest.from_string(APP.format(keys=keys)).run().get("html")]


def test_a_key_is_written_as_streamlit_writes_it() -> None:
    (written,) = style(["kernels.lab", "modules-tree"])
    assert ".st-key-kernels-lab,\n.st-key-modules-tree {" in written
    assert style([]) == []


@pytest.mark.parametrize("key", ["a{}b", "</style><script>", "a, body", "a/**/b", "é"])
def test_a_key_reaches_no_further_than_its_name(key: str) -> None:
    (written,) = style([key])
    selector = written.split("{")[0].removeprefix("<style>").strip()
    assert selector.removeprefix(".st-key-").replace("-", "").isalnum() or set(selector[8:]) == {"-"}
    assert written.count("<") == 2


def test_what_would_tell_the_answer_is_covered_in_the_page_and_in_a_component() -> None:
    app = AppTest.from_string(
        "from convlab.ui.course.lights import veils\nveils(['a.b', 'lab .sum'])\nveils([])"
    )
    (written,) = [one.proto.body for one in app.run().get("html")]
    for place in (".st-key-a-b", ".st-key-lab .sum"):  # nothing in it is read aloud, or found
        assert f"{place}, {place} * {{\n  visibility: hidden !important" in written
    assert ".st-key-lab { --veil-sum: blur(0.55em) contrast(0); --unread-sum: hidden; }" in written


def test_what_stations_of_the_path_cover_is_there_to_be_covered() -> None:
    """A class is one of Streamlit's, or has its variable in a component's style."""
    styles = "".join(one.read_text() for one in Path(components.__path__[0]).rglob("*.css"))
    for station in stations.shipped():
        for veiled in station.veil:
            for name in veiled.split(" .")[1:]:
                hides = f"var(--veil-{name}, none)" in styles or f"var(--unread-{name}, inherit)" in styles
                assert name.startswith("st") or hides, (station.id, name)


def test_streamlit_has_the_classes_that_stations_cover() -> None:
    """It writes them itself: a new version may call them otherwise."""
    scripts = Path(st.__file__).parent.glob("static/static/js/*.js")
    written = "".join(one.read_text(errors="replace") for one in scripts)
    classes = {name for one in stations.shipped() for veil in one.veil for name in veil.split(" .")[1:]}
    assert {name for name in classes if name.startswith("st") and name not in written} == set()
