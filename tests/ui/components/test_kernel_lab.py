"""convlab.ui.components.kernel_lab: an edit from the browser is a kernel, or nothing."""

import json
import math
from typing import Any

import pytest
import streamlit as st
import torch
from hypothesis import given
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from convlab.ui.components import kernel_lab
from tests.ui.driver import lab as shown
from tests.ui.driver import open_page, send, troubles

GOOD = [[[1, 0, -1], [0.5, 0, 0], [0, 0, 1e3]]]


def nested(depth: int) -> list[Any]:
    found: list[Any] = [1.0]
    for _ in range(depth):
        found = [found]
    return found


HOSTILE: dict[str, Any] = {
    "nothing": None,
    "a text": "1 0 1",
    "a number": 7,
    "a list": [1, 2],
    "an empty object": {},
    "no kernel": {"revision": 1},
    "no revision": {"kernel": GOOD},
    "kernel is null": {"revision": 1, "kernel": None},
    "kernel is a text": {"revision": 1, "kernel": "[[[1]]]"},
    "kernel is a number": {"revision": 1, "kernel": 1},
    "kernel is an object": {"revision": 1, "kernel": {"0": [[1]]}},
    "empty": {"revision": 1, "kernel": []},
    "empty rows": {"revision": 1, "kernel": [[[], [], []]]},
    "one axis": {"revision": 1, "kernel": [1, 2, 3]},
    "two axes": {"revision": 1, "kernel": GOOD[0]},
    "four axes": {"revision": 1, "kernel": [GOOD]},
    "two channels": {"revision": 1, "kernel": GOOD * 2},
    "eight rows": {"revision": 1, "kernel": [[[1] * 3] * 8]},
    "ragged": {"revision": 1, "kernel": [[[1, 2], [3]]]},
    "texts": {"revision": 1, "kernel": [[["1"] * 3] * 3]},
    "nulls": {"revision": 1, "kernel": [[[None] * 3] * 3]},
    "objects": {"revision": 1, "kernel": [[[{}] * 3] * 3]},
    "nan": {"revision": 1, "kernel": [[[math.nan] * 3] * 3]},
    "infinite": {"revision": 1, "kernel": [[[math.inf] * 3] * 3]},
    "too large": {"revision": 1, "kernel": [[[1000.1] * 3] * 3]},
    "far too large": {"revision": 1, "kernel": [[[1e300] * 3] * 3]},
    "a whole number of 400 digits": {"revision": 1, "kernel": [[[10**400] * 3] * 3]},
    "10,000 weights": {"revision": 1, "kernel": [[[0] * 100] * 100]},
    "10,000 lists": {"revision": 1, "kernel": [[]] * 10_000},
    "70 lists in each other": {"revision": 1, "kernel": nested(70)},
    "origin of another kernel": {"origin": 99, "revision": 1, "kernel": GOOD},
    "origin is a word": {"origin": "first", "revision": 1, "kernel": GOOD},
    "revision is null": {"revision": None, "kernel": GOOD},
    "revision is a word": {"revision": "last", "kernel": GOOD},
    "revision is a list": {"revision": [1], "kernel": GOOD},
    "revision is nan": {"revision": math.nan, "kernel": GOOD},
    "revision is infinite": {"revision": math.inf, "kernel": GOOD},
}  # fmt: skip


@pytest.fixture
def app() -> AppTest:
    return open_page("pages/kernels.py", size=32)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    state: dict[str, Any] = {}
    monkeypatch.setattr(st, "session_state", state)
    return state


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_edit_changes_nothing(name: str, app: AppTest) -> None:
    before = shown(app)
    link = dict(app.query_params)
    payload = HOSTILE[name]
    if isinstance(payload, dict) and payload:
        payload = {"origin": before.header["origin"], **payload}
    send(app, "kernels.lab", "edit", payload)
    after = shown(app)
    assert troubles(app) == []
    assert not app.warning
    assert app.query_params == link
    assert torch.equal(after.kernel, before.kernel)
    assert after.header["revision"] == before.header["revision"]
    assert torch.equal(after.output, before.output)


@pytest.mark.parametrize(
    "text", ["", "null", "nonsense", "[[[1]]]", "[null]", '[{"event": 7}]', '{"event": "edit"}', "[" * 900]
)
def test_what_is_no_message_changes_nothing(text: str, app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    before = shown(app).kernel
    with monkeypatch.context() as patch:
        patch.setattr(json, "dumps", lambda _payload, **_options: text)
        send(app, "kernels.lab", "edit", None)
    app.run()
    assert troubles(app) == []
    assert torch.equal(shown(app).kernel, before)


def test_an_edit_is_taken(session: dict[str, Any]) -> None:
    session["lab"] = {"edit": {"revision": 12, "origin": 3, "kernel": GOOD}}
    got = kernel_lab.edit("lab")
    assert got is not None
    assert got[0].tolist() == GOOD
    assert got[0].dtype == torch.float32
    assert got[1:] == (12, 3)


@pytest.mark.parametrize(
    "kernel",
    [nested(64), nested(100_000), [[]] * 1_000_000, [[[0.0] * 1000] * 1000]],
    ids=["64 deep", "100,000 deep", "a million lists", "a million weights"],
)
def test_lists_without_end_are_no_edit(kernel: list[Any], session: dict[str, Any]) -> None:
    # Streamlit itself copies what it received and gives up at some 300 lists in each other.
    session["lab"] = {"edit": {"revision": 1, "origin": 1, "kernel": kernel}}
    assert kernel_lab.edit("lab") is None


leaves = some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=5)
keys = some.sampled_from(("kernel", "revision", "origin", "x"))
rows = some.lists(some.lists(some.lists(leaves, max_size=3), max_size=3), max_size=3)
payloads = some.one_of(leaves, rows, some.dictionaries(keys, leaves | rows))


@given(payloads)
def test_any_json_is_an_edit_within_the_limits_or_none(payload: object) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(st, "session_state", {"lab": {"edit": payload}})
        got = kernel_lab.edit("lab")
    if got is not None:
        assert got[0].ndim == 3
        assert float(got[0].abs().max()) <= 1000
        assert isinstance(got[1], int)
