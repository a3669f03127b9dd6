"""convlab.ui.kept: a result is made once for an identity, and the one not asked for longest goes first."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest
from streamlit.testing.v1 import AppTest

from convlab.ui.kept import Kept, Shared, once


def test_a_result_is_made_once_for_an_identity() -> None:
    kept: Kept[list[str]] = Kept(2)
    first, second = kept.get("a", list), kept.get("b", list)
    assert first is not second
    assert kept.get("a", list) is first


def test_the_one_not_asked_for_longest_goes_first() -> None:
    kept: Kept[int] = Kept(2)
    for n in (1, 2, 1, 3):
        kept.get(n, lambda n=n: n)  # type: ignore[misc]
    assert [n in kept for n in (1, 2, 3)] == [True, False, True]


def test_what_fails_is_not_kept_and_takes_no_place() -> None:
    kept: Kept[float] = Kept(1)
    kept.get("good", lambda: 1.0)
    with pytest.raises(ZeroDivisionError):
        kept.get("bad", lambda: 1 / 0)
    assert "good" in kept
    assert "bad" not in kept


def test_what_is_forgotten_is_made_again() -> None:
    kept: Kept[list[str]] = Kept(2)
    first = kept.get("a", list)
    kept.forget("a")
    kept.forget("never there")
    assert "a" not in kept
    assert kept.get("a", list) is not first


def test_a_session_keeps_across_runs_and_shares_nothing() -> None:
    script = """
import streamlit as st
from convlab.ui.kept import kept
kept("test").get("x", lambda: st.markdown("made") and 1)
"""
    app = AppTest.from_string(script).run()
    assert [element.value for element in app.markdown] == ["made"]
    assert not app.run().markdown
    assert AppTest.from_string(script).run().markdown


def test_hazard_22_what_all_sessions_share_is_bounded_in_bytes() -> None:
    shared: Shared[bytes] = Shared(10, len)
    made: list[str] = []

    def get(name: str, size: int) -> None:
        def make() -> bytes:
            made.append(name)
            return bytes(size)

        assert shared.get(name, make) == bytes(size)

    for name in "abab":
        get(name, 5)
    assert made == ["a", "b"]
    get("c", 4)  # in place of "a", which was not asked for longest
    get("b", 5)
    get("a", 5)
    assert made == ["a", "b", "c", "a"]
    get("larger", 11)  # given, and not kept
    get("larger", 11)
    assert made[-2:] == ["larger", "larger"]


def test_who_asks_while_a_result_is_made_waits_for_the_same() -> None:
    begun, made = Event(), list[int]()

    @once(2)
    def slow(number: int) -> list[int]:
        made.append(number)
        begun.set()
        sleep(0.05)
        return [number]

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(slow, 7)
        assert begun.wait(10)
        assert threads.submit(slow, 7).result(10) is first.result(10)
    assert made == [7]
    assert slow(8) == [8]
