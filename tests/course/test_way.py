"""A person's way: what is kept of it, by two tabs at once, and where it goes on."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from convlab.course import way
from convlab.course.stations import Station
from convlab.course.way import Visit
from convlab.errors import UserError
from convlab.programs.catalogue import PROGRAMS

ANNA, BEN = "a" * 32, "b" * 32


@pytest.fixture(autouse=True)
def lab_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which goes on by a second at each look."""
    times = [1000.0]

    def now() -> float:
        times.append(times[-1] + 1)
        return times[-1]

    monkeypatch.setattr(time, "time", now)
    return times


def path(*ids: str) -> list[Station]:
    kinds = {"told": "none"}
    return [
        Station(id=name, title="T", lesson="kernels", question="?", kind=kinds.get(name, "number"))  # type: ignore[arg-type]
        for name in ids
    ]


def test_nothing_is_kept_before_the_first_station(lab_home: Path) -> None:
    assert way.of(ANNA) == {}
    assert way.state({}, "kernel") == "new"
    assert list(lab_home.iterdir()) == []


def test_a_station_is_seen_and_then_answered_and_the_last_guess_stands(clock: list[float]) -> None:
    way.seen(ANNA, "kernel")
    assert way.of(ANNA) == {"kernel": Visit(seen=1001)}
    way.answered(ANNA, "kernel", 9, right=False)
    assert way.of(ANNA) == {"kernel": Visit(seen=1002, guess=9, right=False, answered=1002)}
    way.answered(ANNA, "kernel", "b", right=True)
    way.seen(ANNA, "padding")
    way.seen(ANNA, "kernel")
    assert way.of(ANNA)["kernel"] == Visit(seen=1005, guess="b", right=True, answered=1003)
    assert [way.state(way.of(ANNA), name) for name in ("kernel", "padding", "stride")] == [
        "right",
        "seen",
        "new",
    ]
    assert Visit(seen=1, guess=9, right=False).state == "wrong"


def test_a_page_that_runs_again_at_the_same_station_writes_nothing(
    lab_home: Path, clock: list[float]
) -> None:
    way.seen(ANNA, "kernel")
    (file,) = (lab_home / "ways").glob("*.json")
    before = file.stat()
    way.seen(ANNA, "kernel")
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_everybody_has_a_way_and_forgets_only_that(clock: list[float]) -> None:
    way.seen(ANNA, "kernel")
    way.seen(BEN, way.name("kernel", "lesson_1"))
    assert list(way.of(BEN)) == ["lesson_1/kernel"]
    way.forget(ANNA)
    way.forget(ANNA)
    assert way.of(ANNA) == {}
    assert way.of(BEN) != {}


def test_two_tabs_at_once_lose_nothing() -> None:
    names = [f"station-{n}" for n in range(40)]
    with ThreadPoolExecutor(8) as tabs:
        list(tabs.map(lambda name: way.answered(ANNA, name, 1, right=True), names))
    assert sorted(way.of(ANNA)) == sorted(names)


def test_it_goes_on_where_it_was_left(clock: list[float]) -> None:
    stations = path("one", "two", "told", "four")

    def onward() -> str | None:
        found = way.go_on(stations, way.of(ANNA))
        return found.id if found else None

    assert onward() == "one"
    way.seen(ANNA, "two")
    assert onward() == "two"  # it is not answered yet
    way.answered(ANNA, "two", 1, right=False)
    assert onward() == "told"
    way.seen(ANNA, "told")
    assert onward() == "four"  # where nothing is asked, seeing is all
    way.answered(ANNA, "four", 1, right=True)
    assert onward() == "one"
    way.answered(ANNA, "one", 1, right=True)
    assert onward() is None


def test_mended_programs_are_on_the_way_and_are_forgotten_with_it(clock: list[float]) -> None:
    way.seen(ANNA, "kernel")
    way.unsolve(ANNA, "five_lines")
    for program in ("one_picture", "five_lines", "five_lines"):
        way.solve(ANNA, program)
    assert way.solved(ANNA) == {"one_picture", "five_lines"}
    assert way.solved(BEN) == set()
    way.unsolve(ANNA, "five_lines")
    assert way.solved(ANNA) == {"one_picture"}
    assert way.of(ANNA)["kernel"] == Visit(seen=1001)
    way.forget(ANNA)
    assert way.solved(ANNA) == set()


def test_a_mended_program_is_no_station() -> None:
    stations = path("one", "two")
    way.solve(ANNA, "one")
    assert way.state(way.of(ANNA), "one") == "new"
    assert way.go_on(stations, way.of(ANNA)) is stations[0]


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_program_has_room_on_a_way(program: str) -> None:
    way.solve(ANNA, program)
    assert way.solved(ANNA) == {program}


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', "\0", "[" * 10_000, '{"a": {"seen": 1e999}}', "é"])
def test_a_damaged_way_stops_nothing(text: str, lab_home: Path) -> None:
    (lab_home / "ways").mkdir()
    (lab_home / "ways" / f"{ANNA}.json").write_text(text, encoding="latin-1")
    assert way.of(ANNA) == {}
    way.seen(ANNA, "kernel")
    assert list(way.of(ANNA)) == ["kernel"]


def test_a_file_of_any_size_is_not_read(lab_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    way.seen(ANNA, "kernel")
    monkeypatch.setattr(way, "MAX_BYTES", 10)
    assert way.of(ANNA) == {}


def test_what_a_newer_version_has_noted_besides_is_no_damage(lab_home: Path) -> None:
    (lab_home / "ways").mkdir()
    (lab_home / "ways" / f"{ANNA}.json").write_text(json.dumps({"a": {"seen": 1, "mood": "good"}}))
    assert way.of(ANNA) == {"a": Visit(seen=1)}


@pytest.mark.parametrize("name", ["", "../a", "a/b/c", "A", "x" * 61, "a\n"])
def test_only_a_stations_name_is_noted(name: str) -> None:
    with pytest.raises(UserError, match="no station's name"):
        way.seen(ANNA, name)


def test_a_person_is_no_path() -> None:
    with pytest.raises(ValueError, match="givers"):
        way.seen("../givers", "kernel")


def test_a_way_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(way, "MAX_VISITS", 2)
    for name in ("one", "two"):
        way.seen(ANNA, name)
    with pytest.raises(UserError, match="reset it on Home"):
        way.seen(ANNA, "three")
    way.answered(ANNA, "one", "x" * 500, right=True)  # what is there goes on
    assert way.of(ANNA)["one"].guess == "x" * way.MAX_GUESS
    monkeypatch.setattr(way, "MAX_BYTES", 400)
    with pytest.raises(UserError, match="reset it on Home"):
        way.answered(ANNA, "two", "x" * way.MAX_GUESS, right=True)
    assert [visit.state for visit in way.of(ANNA).values()] == ["right", "seen"]


@pytest.mark.parametrize(("limit", "value"), [("MAX_WAYS", 2), ("MAX_WAYS_BYTES", 50)])
def test_the_way_that_nobody_has_gone_for_longest_makes_room(
    limit: str, value: int, lab_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(way, limit, value)
    for age, person in enumerate((ANNA, BEN)):
        way.seen(person, "kernel")
        os.utime(lab_home / "ways" / f"{person}.json", (1000 + age, 1000 + age))
    way.seen("c" * 32, "kernel")
    assert way.of(ANNA) == {}
    assert [list(way.of(person)) for person in (BEN, "c" * 32)] == [["kernel"]] * 2
