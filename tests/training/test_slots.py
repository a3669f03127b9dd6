"""The places for runs that train at once."""

import os

import pytest

from convlab.training import slots


@pytest.mark.parametrize(
    ("text", "wanted"),
    [(None, None), ("", None), ("3", 3), ("0", None), ("x", None), ("-2", None), ("²", None)],
)
def test_what_is_wanted(text: str | None, wanted: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if text is None:
        monkeypatch.delenv("CONVLAB_SLOTS", raising=False)
    else:
        monkeypatch.setenv("CONVLAB_SLOTS", text)
    assert slots.wanted() == wanted


def test_places_are_taken_and_given_back() -> None:
    first, second = slots.take(2), slots.take(2)
    assert first is not None
    assert second is not None
    assert slots.take(2) is None
    first.release()
    again = slots.take(2)
    assert again is not None
    for one in (second, again):
        one.release()


def test_no_more_cores_than_there_are() -> None:
    assert 1 <= slots.cores() <= (os.cpu_count() or 1)
