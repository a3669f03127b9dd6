"""The pixel board in the browser: Python hands it a board and hears of what is painted on it."""

import re
from collections.abc import Callable
from typing import Any

import streamlit as st

from convlab.errors import N_, UserError
from convlab.pictures.board import COLOUR_NAMES, PALETTE, Board
from convlab.ui.boundary import say
from convlab.ui.components.shared import declare, hear, pack, revision
from convlab.ui.numbers import by_numbers
from convlab.ui.widgets import derived
from convlab.ui.words import _

# What "invert" makes of each colour. Greys have exact negatives; the eight hues are paired so that each
# partner is as near to the negative as a pairing allows, so that inverting twice gives the board back.
OPPOSITES = (7, 6, 5, 4, 3, 2, 1, 0, 12, 14, 13, 15, 8, 10, 9, 11)

# The browser's count of its messages, then the board.
_MESSAGE = re.compile(r"([0-9]{1,9}) (.{1,2000})", re.DOTALL)

_mount = declare("pixel_board", "stage", "revisions")


def pixel_board(board: Board, key: str, on_paint: Callable[[], None]) -> None:
    """Show a board to paint on; ``on_paint`` is called, before the script runs, when a stroke has ended.

    The page keeps the board: ``on_paint`` stores what ``painted`` gives, and the next run hands it in here.
    A board that differs from what was painted replaces the one on the screen, and its undo steps. Below it a
    panel takes the colours as digits.
    """
    header = {
        "size": board.size,
        "palette": PALETTE,
        "names": [_(name) for name in COLOUR_NAMES],
        "opposites": OPPOSITES,
        "labels": _labels(),
        "revision": revision(key),
    }
    _mount(data=pack(header, cells=board.cells), key=key, on_paint_change=lambda: _hear(key, on_paint))
    by_numbers(key, _digits, board, key, on_paint, label=_("The board by numbers"))


def _digits(board: Board, key: str, on_paint: Callable[[], None]) -> None:
    """A digit for each cell, a line for each row, to type; its key is "KEY.rows"."""
    if (error := st.session_state.pop(f"{key}.refused", None)) is not None:
        say(error, "warning")

    def take(text: str) -> None:
        try:
            st.session_state[f"{key}.typed"] = Board.decode(f"{board.size}-{''.join(text.split())}")
            on_paint()
        except UserError:
            sentence = N_("A board of this size has {size} lines of {size} digits, 0 to 9 and a to f.")
            st.session_state[f"{key}.refused"] = UserError(sentence, size=board.size)

    size, digits = board.size, board.encode().partition("-")[2]
    rows = "\n".join(digits[start : start + size] for start in range(0, size**2, size))
    derived(st.text_area, _("Colours, a line for each row"), f"{key}.rows", rows, take, height="content")
    st.caption(" · ".join(f"{n:x} {_(name)}" for n, name in enumerate(COLOUR_NAMES)))


def painted(key: str) -> Board | None:
    """The board as painted, for use in ``on_paint``; None if the browser sent anything else.

    Its size is that of the board painted on: a stroke may arrive just after another size was chosen.
    """
    if (typed := st.session_state.pop(f"{key}.typed", None)) is not None:
        board: Board = typed
        return board
    message = _message(key)
    try:
        return Board.decode(message[2]) if message else None
    except UserError:
        return None


def _hear(key: str, on_paint: Callable[[], None]) -> None:
    # The browser is told the last message that was read, so that it can tell an echo of an earlier
    # stroke (leave what was painted since) from a board chosen elsewhere (show it).
    if message := _message(key):
        hear(key, int(message[1]))
    on_paint()


def _message(key: str) -> re.Match[str] | None:
    payload: Any = getattr(st.session_state.get(key), "paint", None)
    return _MESSAGE.fullmatch(payload) if isinstance(payload, str) else None


def _labels() -> dict[str, str]:
    return {
        "board": _("Pixel board, {size} by {size} cells"),
        "cell": _("row {row}, column {column}: {colour}"),
        "keys": _(
            "Keys on the board: arrows move, Space or Enter paints (hold it and move to draw), "
            "0–9 and a–f pick a colour, Ctrl+Z undoes, Ctrl+Shift+Z redoes."
        ),
        "colours": _("Colours"),
        "chosen": _("Colour: {colour}"),
        "colour": _("{colour} (key {key})"),
        "tools": _("Tools"),
        "pencil": _("Pencil"),
        "fill": _("Fill"),
        "undo": _("Undo"),
        "redo": _("Redo"),
        "invert": _("Invert"),
        "clear": _("Clear"),
    }
