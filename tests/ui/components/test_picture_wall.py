"""convlab.ui.components.picture_wall: what the browser sends."""

import pytest
import streamlit as st

from convlab.ui.components import picture_wall


@pytest.mark.parametrize(
    ("index", "place"), [(0, 0), (2, 2), (3, None), (-1, None), ("x", None), (None, None)]
)
def test_a_picture_is_one_of_the_wall(
    index: object, place: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(st, "session_state", {"wall": {"open": {"index": index}}})
    assert picture_wall.chosen("wall", 3) == place
