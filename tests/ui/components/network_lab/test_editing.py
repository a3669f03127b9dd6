"""The Python door of the kernels' editor: what the browser is told, and what it may send."""

from typing import Any

import pytest

from convlab.networks.edits import Edits, Place
from convlab.ui.components.network_lab import editing

GOOD = {"edits": [["conv1", 0, 2, [[1, 0.5]]]], "revision": 3, "origin": 1}


def test_what_the_lab_sends_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.session_state", {"lab": {"edit": GOOD}})
    assert editing.sent("lab", "edit") == (Edits({Place("conv1", 0, 2): ((1.0, 0.5),)}), 3, 1)


@pytest.mark.parametrize(
    "payload",
    [
        *(None, 1, [], {}, "x", {**GOOD, "revision": None}, {**GOOD, "origin": 10**9}),
        *({**GOOD, "edits": [["conv1", 0, 0, [[1e999]]]]}, {**GOOD, "edits": 1}, {**GOOD, "revision": 1e999}),
    ],
    ids=str,
)
def test_anything_else_is_nothing(payload: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.session_state", {"lab": {"edit": payload}})
    assert editing.sent("lab", "edit") is None
