"""What a session has open is found by its secret, and by nothing else, as long as it is open."""

import gc

import pytest
import streamlit as st

from convlab.ui import words
from convlab.ui.opened import Opened


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> None:
    another_session(monkeypatch)


def another_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {})


def test_a_thing_is_found_by_its_secret_until_another_is_open() -> None:
    things: Opened[list[int]] = Opened("things")
    one = [1]
    secret = things.secret_of(one)
    assert things.secret_of(one) == secret
    found = things.found(secret)
    assert found is not None
    assert found.thing is one
    del found
    assert things.secret_of([1]) != secret  # as large, but another
    gc.collect()
    assert things.found(secret) is None
    assert things.found("") is None


def test_another_session_has_another_secret_for_the_same_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    things: Opened[list[int]] = Opened("things")
    one = [1]
    secret = things.secret_of(one)
    first = things.found(secret)
    another_session(monkeypatch)
    assert things.secret_of(one) != secret
    assert things.found(secret) is first


def test_another_language_has_another_secret() -> None:
    things: Opened[list[int]] = Opened("things")
    one = [1]
    secret = things.secret_of(one)
    with words.speaking("fr"):
        found = things.found(things.secret_of(one))
    assert found is not None
    assert (found.language, found.secret != secret) == ("fr", True)


def test_things_of_two_kinds_lie_apart() -> None:
    numbers: Opened[list[int]] = Opened("numbers")
    names: Opened[list[str]] = Opened("names")
    assert names.found(numbers.secret_of([1])) is None
