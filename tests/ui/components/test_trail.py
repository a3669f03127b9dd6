"""convlab.ui.components.trail: what the browser sends."""

import pytest
import streamlit as st

from convlab.ui.components import trail


@pytest.mark.parametrize(
    ("index", "place"), [(0, 0), (1, 1), (2, None), (-1, None), ("x", None), (None, None)]
)
def test_a_step_is_one_of_the_trail(
    index: object, place: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(st, "session_state", {"trail": {"step": {"index": index}}})
    assert trail.chosen("trail", 2) == place
