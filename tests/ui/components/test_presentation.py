"""convlab.ui.components.presentation: on every page; the link and the ways between the lessons keep it."""

import pytest

from convlab.course import stations
from convlab.ui.components import presentation
from convlab.ui.lessons import LESSONS
from tests.ui.driver import open_page, received, troubles

PAGES = {name: lesson.file for name, lesson in LESSONS.items()}


@pytest.mark.parametrize("name", PAGES)
def test_every_page_can_be_presented(name: str) -> None:
    app = open_page(PAGES[name], present="1")
    assert troubles(app) == []
    header, _blobs = received(app, presentation.KEY)
    assert header["labels"]["present"] == "Present"
    assert app.query_params["present"] == "1"


def test_the_parameter_is_of_no_page_and_stays_when_the_link_is_written() -> None:
    app = open_page("pages/kernels.py", present="1", stride="2")
    assert not [warning for warning in app.warning if "link" in warning.value]
    app.selectbox(key="kernels.padding").select("1").run()
    assert {"present": "1", "stride": "2", "padding": "1"}.items() <= dict(app.query_params).items()


def test_links_to_other_lessons_carry_it_while_one_presents() -> None:
    for query in ({"present": "1"}, {}):
        links = open_page("app.py", **query).page_link
        assert len(links) > len(LESSONS) + len(stations.shipped())
        assert {link.proto.query_string.split("&").count("present=1") for link in links} == {len(query)}


def test_each_button_says_what_it_does() -> None:
    labels = presentation._labels()
    for name in ("present", "leave", "controls", "blank"):
        assert labels[name]
        assert labels[f"{name}_help"].endswith(".")
