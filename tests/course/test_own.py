"""Lessons of one's own: kept, changed in two tabs, shared, saved, opened; what is hostile gets a sentence."""

import threading
from functools import partial
from pathlib import Path

import pytest

from convlab.course import own, stations
from convlab.course.own import Lesson
from convlab.course.stations import Station
from convlab.errors import UserError
from tests.datasets.files import zipped


def made(name: str = "a", **entries: object) -> Station:
    given = {"id": name, "title": name.upper(), "lesson": "kernels", "question": "Why?", **entries}
    return stations.made(given)


def lesson(*names: str) -> Lesson:
    return Lesson("Monday", tuple(map(made, names)))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    return tmp_path


def test_a_lesson_is_kept_for_who_made_it() -> None:
    key = own.add("ann", lesson("a", "b"))
    assert own.opened(key) == lesson("a", "b")
    assert own.lesson(key) == lesson("a", "b").stations
    assert [(kept.key, kept.lesson) for kept in own.mine("ann")] == [(key, lesson("a", "b"))]
    assert own.mine("bob") == []
    assert own.is_mine("ann", key)
    assert not own.is_mine("bob", key)


def test_only_who_keeps_a_lesson_changes_or_deletes_it() -> None:
    key = own.add("ann", lesson("a"))
    for act in (lambda: own.change("bob", key, lambda one: Lesson("B")), lambda: own.delete("bob", key)):
        with pytest.raises(UserError, match="not yours"):
            act()
    assert own.change("ann", key, lambda one: own.with_station(one, made("b"))) == lesson("a", "b")
    assert own.opened(key) == lesson("a", "b")
    own.delete("ann", key)
    assert own.mine("ann") == []
    with pytest.raises(UserError, match="No such lesson"):
        own.opened(key)


def test_two_tabs_that_change_a_lesson_at_once_lose_nothing() -> None:
    key = own.add("ann", lesson())

    def add(name: str) -> None:
        own.change("ann", key, lambda one: own.with_station(one, made(name)))

    tabs = [threading.Thread(target=add, args=(f"s{n}",)) for n in range(12)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert {station.id for station in own.lesson(key)} == {f"s{n}" for n in range(12)}


def test_what_was_shared_stays_as_it_was() -> None:
    key = own.add("ann", lesson("a"))
    shared = own.share(own.opened(key))
    own.change("ann", key, lambda one: own.with_station(one, made("b")))
    own.delete("ann", key)
    assert own.opened(shared) == lesson("a")
    assert own.share(lesson("a")) == shared  # by what is in it: the same lesson has one key
    assert own.share(lesson("b")) != shared
    assert not own.is_mine("ann", shared)


def test_a_zip_of_a_lesson_is_opened_as_the_lesson() -> None:
    one = lesson("a", "b")
    assert own.of_file(own.zipped(one, "Monday"), "monday.zip") == one
    text = stations.serialise(one.stations).encode()  # without a title of its own: the file's name is that
    among = {"__MACOSX/._m.md": b"x", "read.txt": b"?", "week 1/Überblick.MD": text}
    assert own.of_file(zipped(among).getvalue(), "x.zip") == Lesson("Überblick", one.stations)


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"read.txt": b"?"}, "holds 0 Markdown files"),
        ({"a.md": b"# A", "b/c.md": b"# B"}, "holds 2 Markdown files"),
        ({"../a.md": b"# A\n"}, "leads out of it"),
        ({"a.md": b"# A\n" + b" " * own.MAX_FILE_MB * 10**6}, "more than 1 MB"),
        ({"a.md": b"\0\xff"}, "no text"),
        ({"a.md": b"hello"}, "no lesson"),
    ],
)
def test_a_zip_that_holds_no_lesson_is_said(members: dict[str, bytes], told: str) -> None:
    with pytest.raises(UserError, match=told):
        own.of_file(zipped(members).getvalue(), "a.zip")


def test_a_zip_that_is_cut_short_is_said() -> None:
    with pytest.raises(UserError, match="damaged or cut short"):
        own.of_file(own.zipped(lesson("a"), "a")[:-30], "a.zip")


def test_the_path_of_the_chapter_is_such_a_file(home: Path) -> None:
    path = Lesson("The chapter", stations.shipped())
    assert own.of_file(path.text.encode(), "path.md") == path
    assert own.opened(own.add("ann", path)) == path


@pytest.mark.parametrize("title", ["Monday", "Κυριακή 3×3", "# 1", '"a" \\ +++'])
def test_a_lesson_s_text_is_read_back(title: str) -> None:
    station = made(
        kind="number", unit="weights", told=27.0, why="Nine for each **channel**.\n\n- one", next_step="5×5?"
    )
    for one in (Lesson(title), Lesson(title, (station, made("b")))):
        assert own.read(one.text) == one


def test_a_file_without_a_title_is_called_as_it_is_named() -> None:
    text = stations.serialise([made()]).encode()
    assert own.of_file(text, "my lesson.md").title == "my lesson"
    assert own.of_file(b"\xef\xbb\xbf" + text, "<b>.md").title == "b"
    assert own.of_file(text, "...").title


@pytest.mark.parametrize(
    "data",
    [
        b"", b"hello", b"PK\x03\x04", b"\xff\xfe\0\0", b"\0" * 100, b"# \n\n+++", b"# T\n\nhello",
        b"# " + b"x" * 101 + b"\n", b"# a\x1b[31m\n", b"x" * 1_000_001,
        b'# T\n+++\nid = "a"\ntitle = "A"\nlesson = "kernels"\nanswer = "os.system"\n+++\n?',
        b'# T\n+++\nid = "a"\ntitle = "A"\nlesson = "../../etc"\n+++\n?',
    ],
)  # fmt: skip
def test_a_file_that_is_no_lesson_gets_a_sentence(data: bytes) -> None:
    with pytest.raises(UserError) as told:
        own.of_file(data, "x.md")
    assert str(told.value).endswith(".")


@pytest.mark.parametrize(
    "key",
    ["", "a", "../../x", "shared", "0" * 32, "0" * 16 + "-" + "0" * 16, "0" * 32 + "\n", "A" * 32, "٣" * 32],
)
def test_a_key_of_no_lesson_gets_a_sentence(key: str) -> None:
    with pytest.raises(UserError, match="No such lesson"):
        own.lesson(key)


def test_a_key_is_taken_whole_or_not_at_all() -> None:
    key = own.share(lesson("a"))
    for other in (f"{key}x", f"x{key}", f"../{key}", f"{key}\n"):
        with pytest.raises(UserError, match="No such lesson"):
            own.opened(other)


def test_a_damaged_file_is_named_and_leaves_the_others(home: Path) -> None:
    good, bad = own.add("ann", lesson("a")), own.add("ann", lesson("b"))
    (path,) = [p for p in home.rglob("*.md") if p.stem == bad.split("-")[1]]
    path.write_bytes(b"\xff\0")
    assert {kept.key: isinstance(kept.lesson, UserError) for kept in own.mine("ann")} == {
        good: False,
        bad: True,
    }
    path.unlink()
    path.symlink_to("/etc/passwd")
    with pytest.raises(UserError, match="damaged"):
        own.opened(bad)
    own.delete("ann", bad)
    assert [kept.key for kept in own.mine("ann")] == [good]


def _with(text: str, one: Lesson) -> Lesson:
    return own.with_station(one, made("b", question=text))


def test_what_does_not_fit_leaves_the_lesson_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    key = own.add("ann", lesson("a"))
    for text in ("One.\n# Why\nTwo.", "One.\n# Two", "One.\n+++\nTwo."):
        with pytest.raises(UserError, match="no line of its texts"):
            own.change("ann", key, partial(_with, text))
        assert own.opened(key) == lesson("a")
    other = made("b", kind="number", unit="x", answer="os.system", tolerance=0.1)
    with pytest.raises(UserError, match="asks for an answer"):
        own.change("ann", key, lambda one: own.with_station(one, other))
    assert own.opened(key) == lesson("a")
    monkeypatch.setattr(own, "MAX_LESSONS", 2)
    own.add("ann", lesson())
    with pytest.raises(UserError, match="2 lessons"):
        own.add("ann", lesson())
    monkeypatch.setattr(own, "MAX_SHARED", 1)
    own.share(lesson("a"))
    own.share(lesson("a"))
    with pytest.raises(UserError, match="1 shared"):
        own.share(lesson("b"))
    monkeypatch.setattr(own, "MAX_OWNERS", 2)
    with pytest.raises(UserError, match="Too many people"):
        own.add("bob", lesson())


def test_a_lesson_has_an_end() -> None:
    full = lesson(*(f"s{n}" for n in range(stations.MAX_STATIONS)))
    with pytest.raises(UserError, match="201 stations"):
        own.with_station(full, made("b"))
    long = tuple(made(f"s{n}", question="x" * 4000) for n in range(99))
    with pytest.raises(UserError, match="characters"):
        own.with_station(Lesson("L", long), made("b", question="x" * 4000))


def test_stations_are_put_in_replaced_and_taken_out() -> None:
    one = own.with_station(lesson("a", "b"), made("a", question="Again?"))
    assert [(station.id, station.question) for station in one.stations][-1] == ("a-2", "Again?")
    other = own.with_station(one, made("x", question="New?"), 0)
    assert (other.stations[0].id, other.stations[0].question) == ("a", "New?")
    assert own.without(one, ["a", "a-2"]) == lesson("b")


@pytest.mark.parametrize(
    ("ids", "by", "after"),
    [
        ("b", -1, "bacd"), ("a", -1, "abcd"), ("d", 1, "abcd"), ("c", 1, "abdc"), ("ab", -1, "abcd"),
        ("bc", -1, "bcad"), ("ac", -1, "acbd"), ("cd", 1, "abcd"), ("ac", 1, "badc"), ("", 1, "abcd"),
    ],
)  # fmt: skip
def test_stations_move_together(ids: str, by: int, after: str) -> None:
    found = own.moved(lesson(*"abcd"), list(ids), by)
    assert "".join(station.id for station in found.stations) == after


@pytest.mark.parametrize(
    ("title", "name"), [("Why 3×3?", "why-3-3"), ("Γιατί", "station"), ("x" * 90, "x" * 50), ("-", "station")]
)
def test_an_id_is_made_of_a_title(title: str, name: str) -> None:
    assert own.named(title) == name
