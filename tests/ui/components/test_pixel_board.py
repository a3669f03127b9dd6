"""convlab.ui.components.pixel_board: what the browser sends is a board, or nothing; opposite colours."""

from types import SimpleNamespace

import pytest
import streamlit as st

from convlab.pictures.board import PALETTE, Board
from convlab.ui.components.pixel_board import OPPOSITES, painted


@pytest.mark.parametrize(
    "payload",
    [
        None,
        7,
        {"text": "1 8-" + "0" * 64},
        "",
        "8-" + "0" * 64,  # no number
        "-1 8-" + "0" * 64,
        "1" * 10 + " 8-" + "0" * 64,
        "1 8-" + "0" * 63,
        "1 8-" + "g" * 64,
        "1 9-" + "0" * 81,
        "1 32-" + "0" * 1_000_000,
    ],
)
def test_what_is_no_board_is_not_taken_for_one(payload: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {"board": SimpleNamespace(paint=payload)})
    assert painted("board") is None


def test_a_message_is_read_and_silence_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = Board(8, bytes([0, 7]) + bytes(62))
    monkeypatch.setattr(st, "session_state", {"board": SimpleNamespace(paint=f"12 {drawn.encode()}")})
    assert painted("board") == drawn
    assert painted("no such board") is None


def test_inverting_negates_greys_and_pairs_the_hues() -> None:
    assert [OPPOSITES[OPPOSITES[colour]] for colour in range(16)] == list(range(16))
    for colour in range(8):
        negative = [255 - part for part in PALETTE[colour]]
        assert PALETTE[OPPOSITES[colour]] == pytest.approx(negative, abs=1)
    assert all(OPPOSITES[colour] >= 8 and OPPOSITES[colour] != colour for colour in range(8, 16))
