"""A page with a pixel board, its size, another board to choose, and the board as Python has it."""

import time

import streamlit as st

from convlab.pictures.board import SIZES, Board
from convlab.ui.components.pixel_board import painted, pixel_board


def store(key: str) -> None:
    """Keep what was painted."""
    if board := painted(key):
        st.session_state.board = board


def start(board: Board) -> None:
    """Put another board in its place."""
    st.session_state.board = board


def start_again() -> None:
    """A new component, as on a fresh page."""
    st.session_state.round += 1
    start(Board.blank(16))


st.session_state.setdefault("board", Board.blank(16))
st.session_state.setdefault("round", 0)
key = f"painting-{st.session_state.round}"
size = st.selectbox("Size", SIZES, index=SIZES.index(16), key=f"size-{key}")
if size != st.session_state.board.size:
    start(Board.blank(size))
with st.container(horizontal=True):
    st.button("White board", on_click=start, args=(Board(size, bytes([7]) * size**2),))
    st.button("Start again", on_click=start_again)
    slow = st.toggle("Slow page", key=f"slow-{key}")
if slow:
    time.sleep(0.6)  # one paints while it runs
pixel_board(st.session_state.board, key=key, on_paint=lambda: store(key))
st.session_state.runs = st.session_state.get("runs", 0) + 1
st.html(
    f'<p id="board" style="overflow-wrap: anywhere">{st.session_state.board.encode()}</p>'
    f'<p>run <span id="run">{st.session_state.runs}</span> of <span id="key">{key}</span></p>'
)
