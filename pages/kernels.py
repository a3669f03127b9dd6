"""Kernels: what one small grid of weights does to a whole picture (chapter 8.1 to 8.2.2)."""

import sys
from pathlib import Path

import streamlit as st

if (root := str(Path(__file__).parents[1])) not in sys.path:  # so that a page also runs by itself
    sys.path.append(root)

from convlab.ui import chooser
from convlab.ui.frame import lesson, part
from convlab.ui.kernels.controls import KernelsControls, State
from convlab.ui.kernels.experiments import experiments
from convlab.ui.kernels.lab import lab
from convlab.ui.kernels.numbers import panel
from convlab.ui.kernels.toolbar import toolbar
from convlab.ui.numbers import by_numbers
from convlab.ui.picture import working_picture


@part
def _lab_and_experiments(state: State) -> None:
    """Reruns alone when the kernel is edited in the lab."""
    picture, notice = working_picture(state.value)
    if notice:
        st.info(notice, icon=":material/info:")
    by_numbers("kernels", panel, state, picture, lab(state, picture))
    experiments(state, picture)


with lesson("kernels", KernelsControls) as state:
    toolbar(state)
    with chooser.own_picture(state):
        _lab_and_experiments(state)
