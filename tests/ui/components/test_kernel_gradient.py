"""convlab.ui.components.kernel_gradient: what a browser sends is a weight, none, or nothing."""

import pytest
import streamlit as st

from convlab.ui.components import kernel_gradient

GOOD: dict[str, object] = {"channel": 2, "row": 0, "column": 6, "revision": 4}


def heard(monkeypatch: pytest.MonkeyPatch, payload: object) -> object:
    monkeypatch.setattr(st, "session_state", {"gradient": {"keep": payload}})
    return kernel_gradient.received("gradient")


def test_a_weight_comes_with_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    assert heard(monkeypatch, GOOD) == ((2, 0, 6), 4)
    assert heard(monkeypatch, {**GOOD, "channel": -1}) == (None, 4)


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", [None, "x", [], {}, 10**400, float("inf"), float("nan")], ids=str)
def test_anything_else_is_nothing(monkeypatch: pytest.MonkeyPatch, name: str, value: object) -> None:
    assert heard(monkeypatch, {**GOOD, name: value}) is None
    assert heard(monkeypatch, {key: part for key, part in GOOD.items() if key != name}) is None


@pytest.mark.parametrize("payload", [None, 3, "x", [], {}])
def test_no_message_at_all(monkeypatch: pytest.MonkeyPatch, payload: object) -> None:
    assert heard(monkeypatch, payload) is None
