"""A page with nothing but a pixel board, a size, another board to choose, and the board as Python has it."""

import time

import streamlit as st

from convlab.board import SIZES, Board
from convlab.ui.components.board import painted, pixel_board

WAIT_S = float(st.query_params.get("wait", "0"))  # a slow page: one paints while it runs


def store() -> None:
    """Keep what was painted."""
    if board := painted("painting"):
        st.session_state.board = board


def start(board: Board) -> None:
    """Put another board in its place."""
    st.session_state.board = board


st.session_state.setdefault("board", Board.blank(16))
st.title("Pixel board")
size = st.selectbox("Size", SIZES, index=SIZES.index(16))
if size != st.session_state.board.size:
    start(Board.blank(size))
st.button("White board", on_click=start, args=(Board(size, bytes([7]) * size**2),))
time.sleep(WAIT_S)
pixel_board(st.session_state.board, key="painting", on_paint=store)
st.session_state.runs = st.session_state.get("runs", 0) + 1
st.html(
    f'<p id="board" style="overflow-wrap: anywhere">{st.session_state.board.encode()}</p>'
    f'<p id="runs">{st.session_state.runs}</p>'
)
