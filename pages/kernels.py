"""Kernels: what one small grid of weights does to a whole picture (chapter 8.1 to 8.2.2)."""

import sys
from pathlib import Path

import streamlit as st

if (root := str(Path(__file__).parents[1])) not in sys.path:  # so that a page also runs by itself
    sys.path.append(root)

from convlab.ui import chooser
from convlab.ui.frame import asked_first, lesson, part
from convlab.ui.kernels import pin
from convlab.ui.kernels.cards import cards
from convlab.ui.kernels.controls import KernelsControls, State
from convlab.ui.kernels.experiments import experiments
from convlab.ui.kernels.lab import lab
from convlab.ui.kernels.numbers import panel
from convlab.ui.kernels.staged import staged
from convlab.ui.kernels.toolbar import keep_up, toolbar
from convlab.ui.numbers import by_numbers
from convlab.ui.picture import working_picture


@part
def _lab_and_experiments(state: State) -> None:
    """Reruns alone when the kernel is edited in the lab."""
    picture, notice = working_picture(state.value)
    if notice:
        st.info(notice, icon=":material/info:")
    keep_up(state)
    if first := asked_first(state, beside=("notice", "shift")):
        experiments(state, picture, first)
    looked_at, remark = staged(state, picture)
    shown = lab(state, looked_at, remark)
    cards(state, looked_at, shown)
    by_numbers("kernels", panel, state, looked_at, shown)
    if not first:
        experiments(state, picture, first)


with lesson("kernels", KernelsControls, pin.check) as state:
    toolbar(state)
    with chooser.own_picture(state):
        _lab_and_experiments(state)
