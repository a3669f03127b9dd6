"""Every station of the path: its answer is computed and is the book's, its texts are short."""

import itertools
import re
from collections.abc import Sequence

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
    assert not re.search(r"[`*_]{2}|`|\$", station.title.replace("__init__", "")), "a title is plain text"


def test_the_path_is_in_the_order_of_the_book() -> None:
    assert [s.section for s in PATH] == sorted(s.section for s in PATH)
    assert len({s.id for s in PATH}) == len(PATH)


MISCONCEPTIONS = {
    "a kernel for RGB has 9 weights": "weights-of-a-kernel",
    "channels stay apart": "maps-of-a-kernel",
    "parameters grow with the picture": "parameters-and-the-picture",
    "pooling learns": "pooling-learns-nothing",
    "padding adds black": "colour-of-a-ghost",
    "convolutional networks are translation invariant": "shifted-bird",
    "every pixel of a receptive field counts alike": "pixels-that-count",
    "a deeper map is a picture of something": "numbers-of-a-unit",
    "softmax is certainty": "sure-is-not-right",
    "falling training loss means better": "lower-loss-no-better",
    "eval() switches gradients off": "eval-and-gradients",
    "no_grad() switches dropout off": "no-grad-and-dropout",
    "a larger network is better": "larger-is-not-better",
}


def test_the_short_path_has_the_main_ideas_in_the_order_of_the_whole_one() -> None:
    short = stations.short()
    assert list(short) == [station for station in PATH if station in short]
    assert {station.section[:3] for station in short} == {station.section[:3] for station in PATH}
    assert 40 <= len(short) <= 50
    assert set(MISCONCEPTIONS.values()) <= {station.id for station in short}


def minutes(path: Sequence[Station]) -> float:
    """What a path takes: 240 words a minute, and 18 s to guess at each station."""
    read = [(one.question, *(choice.text for choice in one.choices), one.why, one.next_step) for one in path]
    return sum(map(words, itertools.chain(*read))) / 240 + 0.3 * len(path)


def test_the_first_two_sections_take_25_minutes_at_most_and_the_short_path_half_an_hour() -> None:
    assert minutes([one for one in PATH if one.section < "8.3"]) <= 25
    assert minutes(stations.short()) <= 30


def test_a_lesson_is_read_back_as_it_was_written() -> None:
    assert stations.parse(stations.serialise(PATH)) == PATH


@pytest.mark.parametrize(
    "text", ["", "hello", "+++\nid = 3\n+++\n", "+++\nid = \n+++\n?", '+++\nid = "a"\nevil = 1\n+++\n?']
)
def test_what_is_no_lesson_is_said(text: str) -> None:
    with pytest.raises(UserError):
        stations.parse(text)


WORDS = {"title", "unit", "unit_one", "question", "why", "next_step", "text", "otherwise"}


def bare(value: object) -> object:
    """A station without its words: what must be the same in every language."""
    if isinstance(value, dict):
        return {name: bare(inner) for name, inner in value.items() if name not in WORDS}
    return [bare(inner) for inner in value] if isinstance(value, list | tuple) else value


def marks(station: Station) -> list[list[str]]:
    """The figures that are filled into its texts, sorted."""
    texts = (station.question, station.why, station.next_step)
    return [sorted(re.findall(r"\{(\w+)[^{}]*\}", text)) for text in texts]


@pytest.mark.parametrize("station", PATH, ids=lambda station: station.id)
def test_a_station_is_the_same_in_chinese_but_for_its_words(station: Station) -> None:
    found = next(one for one in stations.shipped("zh") if one.id == station.id)
    assert found is not station
    assert bare(found.model_dump()) == bare(station.model_dump())
    assert marks(found) == marks(station)
