"""convlab.ui.course.stops: where a station stands among others, and the link that opens it."""

from urllib.parse import urlencode

import pytest
from pydantic import ValidationError
from streamlit.testing.v1 import AppTest

from convlab.course import stations
from convlab.course.stations import Station
from convlab.ui.course.stops import Stop


def station(name: str, link: str) -> Station:
    return Station(id=name, title=name, lesson="kernels", link=link, question="What?")


LESSON = (station("a", "size=8&kernel=1+0%3B+0+1"), station("b", ""))


def test_a_stop_has_neighbours_but_beyond_the_ends() -> None:
    first = Stop("", LESSON, 0)
    second = first.near(1)
    assert second is not None
    assert (second.station.id, second.near(1), first.near(-1)) == ("b", None, None)


@pytest.mark.parametrize("course", ["", "k" * 16])
def test_the_query_holds_the_controls_and_the_station(course: str) -> None:
    query = Stop(course, LESSON, 0).query(left=False)
    expected = {"size": "8", "kernel": "1 0; 0 1", "station": "a"}
    assert query == expected | ({"course": course} if course else {})
    assert Stop(course, LESSON, 0).name == ("k" * 16 + "/a" if course else "a")


def test_a_station_of_the_short_path_is_the_same_one_on_the_way() -> None:
    short = Stop("short", LESSON, 0)
    assert short.query(left=False)["course"] == "short"
    assert (short.name, short.is_shipped, Stop("k" * 16, LESSON, 0).is_shipped) == ("a", True, False)


def test_no_link_names_another_station_or_lesson() -> None:
    for name in ("station", "course"):
        with pytest.raises(ValidationError, match=f"may not hold {name}"):
            station("a", urlencode({name: "z"}))


def test_every_station_of_the_path_can_be_found_by_its_id() -> None:
    app = AppTest.from_string(
        "import streamlit as st\nfrom convlab.ui.course import stops\n"
        "found = stops.stop()\nst.text(found.station.id if found else '')"
    )
    for one in stations.shipped():
        app.query_params["station"] = one.id
        assert app.run().text[0].value == one.id
