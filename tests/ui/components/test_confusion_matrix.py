"""convlab.ui.components.confusion_matrix: what the browser sends."""

import pytest
import streamlit as st

from convlab.ui.components import confusion_matrix


@pytest.mark.parametrize(
    ("sent", "cell"),
    [
        ({"row": 1, "column": 0}, (1, 0)),
        ({"row": 2, "column": 0}, None),
        ({"row": -1, "column": 0}, None),
        ({"row": "x", "column": 0}, None),
        ({"row": 1}, None),
        (None, None),
    ],
)
def test_a_cell_is_one_of_the_matrix(
    sent: object, cell: tuple[int, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(st, "session_state", {"matrix": {"cell": sent}})
    assert confusion_matrix.chosen("matrix", 2) == cell
