"""Own lessons: pages kept as stations, put in order, started, shared and saved."""

import sys
from pathlib import Path

import streamlit as st

if (root := str(Path(__file__).parents[1])) not in sys.path:  # so that a page also runs by itself
    sys.path.append(root)

from convlab.course import own
from convlab.ui.boundary import error_boundary
from convlab.ui.frame import lesson, part
from convlab.ui.own.bench import bench
from convlab.ui.own.controls import OwnControls, State
from convlab.ui.own.shelf import shelf
from convlab.ui.person import person


@part
def _lessons(state: State) -> None:
    """Runs alone: nothing above it changes."""
    if own.is_mine(person(), state.value.course) or not state.value.course:
        side, middle = st.columns([1, 3], gap="large")
    else:  # whoever was given a link came for what it opens: on a phone that stands first
        middle, side = st.columns([3, 1], gap="large")
    with middle, error_boundary():
        bench(state)
    with side, error_boundary():
        shelf(state)


with lesson("lessons", OwnControls) as state:
    _lessons(state)
