"""convlab.ui.components.kernel_bank: what a browser sends is a bank, or nothing."""

from typing import Any

import pytest
import streamlit as st
import torch
from hypothesis import given
from hypothesis import strategies as some

from convlab.convolution import bank
from convlab.ui.components import kernel_bank


def heard(monkeypatch: pytest.MonkeyPatch, payload: object) -> kernel_bank.Received | None:
    monkeypatch.setattr(st, "session_state", {"bank": {"bank": payload}})
    return kernel_bank.received("bank")


MADE = bank.as_pytorch(4, 3, 0)
GOOD: dict[str, Any] = {
    "weight": MADE.weight.tolist(),
    "bias": MADE.bias.tolist(),
    "chosen": 3,
    "revision": 7,
    "origin": 2,
}


def test_a_bank_comes_back_bit_for_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    got = heard(monkeypatch, GOOD)
    assert got is not None
    assert torch.equal(got.bank.weight, MADE.weight)
    assert torch.equal(got.bank.bias, MADE.bias)
    assert (got.chosen, got.revision, got.origin) == (3, 7, 2)


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", [None, "x", [], {}, -1e400, 10**400, [[[["cat"]]]], float("nan")], ids=str)
def test_anything_else_is_nothing(monkeypatch: pytest.MonkeyPatch, name: str, value: object) -> None:
    assert heard(monkeypatch, {**GOOD, name: value}) is None
    assert heard(monkeypatch, {key: part for key, part in GOOD.items() if key != name}) is None


@pytest.mark.parametrize("bad", [1000.5, -1e30, float("inf")])
def test_numbers_out_of_bounds_are_nothing(monkeypatch: pytest.MonkeyPatch, bad: float) -> None:
    weight = MADE.weight.tolist()
    weight[2][1][0][0] = bad
    assert heard(monkeypatch, {**GOOD, "weight": weight}) is None
    assert heard(monkeypatch, {**GOOD, "bias": [0.0, 0.0, 0.0, bad]}) is None


@pytest.mark.parametrize("payload", [None, 3, "x", [], {}])
def test_no_message_at_all(monkeypatch: pytest.MonkeyPatch, payload: object) -> None:
    assert heard(monkeypatch, payload) is None
    monkeypatch.setattr(st, "session_state", {})
    assert kernel_bank.received("bank") is None


@given(some.recursive(some.none() | some.floats() | some.text(max_size=3), some.lists, max_leaves=30))
def test_no_nest_of_lists_is_an_error(nest: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        got = heard(patch, {**GOOD, "weight": nest})
    assert got is None or got.bank.weight.shape[2:] == (3, 3)
