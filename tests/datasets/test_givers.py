"""convlab.datasets.givers: whose a data set on the shelf is, and how much of them the shelf keeps."""

from pathlib import Path

import pytest

from convlab.datasets import dataset, givers, shelf
from convlab.errors import UserError
from tests.datasets.files import noise


@pytest.fixture(autouse=True)
def empty(folder: Path) -> Path:
    return folder


def test_what_a_page_brought_is_that_persons_alone() -> None:
    one = shelf.put(noise("One"), giver="anna")
    two = shelf.put(noise("Two", seed=1), giver="ben")
    assert givers.brought_by("anna") == [one]
    assert givers.of_others("anna") == {two}
    assert givers.of_others("carla") == {one, two}


def test_what_two_brought_belongs_to_both() -> None:
    key = shelf.put(noise(), giver="anna")
    assert shelf.put(noise(), giver="ben") == key
    assert givers.brought_by("anna") == givers.brought_by("ben") == [key]
    assert givers.of_others("anna") == set()


def test_what_came_from_the_terminal_or_an_older_version_is_everyones_and_stays_so() -> None:
    key = shelf.put(noise())
    shelf.put(noise(), giver="anna")
    assert givers.of_others("ben") == set()
    assert givers.brought_by("anna") == []
    mine = shelf.put(noise("Mine"), giver="anna")
    shelf.put(noise("Mine"))
    assert givers.of_others("ben") == set()
    assert {key, mine} <= set(shelf.entries())


def test_what_was_deleted_stays_whose_it_was() -> None:
    key = shelf.put(noise(), giver="anna")
    shelf.delete(key)
    assert key not in shelf.entries()
    assert givers.of_others("ben") == {key}
    shelf.delete(key)  # twice is once


def test_it_is_noted_before_the_pictures_can_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(dataset, "save", lambda *_: seen.append(givers.of_others("ben")))
    key = shelf.put(noise(), giver="anna")
    assert seen == [{key}]


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', "\0", "[" * 10_000])
def test_a_damaged_list_stops_nothing(text: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "givers.json").write_text(text)
    assert givers.of_others("anna") == set()
    key = shelf.put(noise(), giver="anna")
    assert givers.brought_by("anna") == [key]


def test_pages_bring_no_more_than_the_shelf_keeps(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    first = shelf.put(noise("First", train=500), giver="anna")
    monkeypatch.setattr(shelf, "MAX_BROUGHT_MB", 3)
    with pytest.raises(UserError, match="ConvLab keeps 3 MB of prepared pictures"):
        shelf.put(noise("Second", train=500, seed=1), giver="ben")
    assert [path.name for path in folder.glob("*.safetensors")] == [f"{first}.safetensors"]
    assert shelf.put(noise("First", train=500), giver="ben") == first  # it is there already
    shelf.put(noise("Third", train=500, seed=2))  # from the terminal
    shelf.delete(first)
    shelf.put(noise("Second", train=500, seed=1), giver="ben")
