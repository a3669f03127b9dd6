"""Every station of the path: its answer is computed and is the book's, its texts are short."""

import re

import pytest

from convlab.course import asking, stations
from convlab.course.stations import Station
from convlab.errors import UserError

PATH = stations.shipped()
MOST_WORDS, MOST_WORDS_AFTER = 60, 80


def words(text: str) -> int:
    return len(re.findall(r"\S*\w\S*", text))


@pytest.mark.parametrize("station", PATH, ids=lambda station: station.id)
def test_a_station_is_whole(station: Station) -> None:
    found = asking.answer(station)
    assert (station.answer != "") == (station.kind != "none")
    if station.kind == "choice":
        assert found["answer"] in {choice.key for choice in station.choices}
        assert all(choice.otherwise or choice.key == found["answer"] for choice in station.choices)
    if station.kind == "number":
        assert station.unit
        assert isinstance(found["answer"], int) or station.tolerance > 0
        assert asking.is_right(station, found["answer"])
        assert not any(asking.is_right(station, wrong.value) for wrong in station.wrong)
    if isinstance(station.book, float | int):
        assert float(station.book) == pytest.approx(float(found["answer"]), rel=station.tolerance)
    for text in (station.question, station.why, station.next_step):
        assert re.findall(r"\{\w+[^{}]*\}", asking.filled(text, found)) == []
    assert 0 < words(station.question) <= MOST_WORDS
    assert 0 < words(station.why) <= MOST_WORDS_AFTER
    assert station.next_step
    assert station.section


def test_the_path_is_in_the_order_of_the_book() -> None:
    assert [s.section for s in PATH] == sorted(s.section for s in PATH)
    assert len({s.id for s in PATH}) == len(PATH)


def test_a_lesson_is_read_back_as_it_was_written() -> None:
    assert stations.parse(stations.serialise(PATH)) == PATH


@pytest.mark.parametrize(
    "text", ["", "hello", "+++\nid = 3\n+++\n", "+++\nid = \n+++\n?", '+++\nid = "a"\nevil = 1\n+++\n?']
)
def test_what_is_no_lesson_is_said(text: str) -> None:
    with pytest.raises(UserError):
        stations.parse(text)
