"""Kernels: what one small grid of weights does to a whole picture (chapter 8.1 to 8.2.2)."""

import sys
from pathlib import Path

import streamlit as st

if (root := str(Path(__file__).parents[1])) not in sys.path:  # so that a page also runs by itself
    sys.path.append(root)

from convlab.ui import chooser
from convlab.ui.boundary import error_boundary
from convlab.ui.frame import lesson, report_refused
from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.kernels.experiments import experiments
from convlab.ui.kernels.lab import lab
from convlab.ui.kernels.numbers import numbers
from convlab.ui.kernels.toolbar import toolbar
from convlab.ui.picture import working_picture
from convlab.ui.urls import PageState


@st.fragment
def _lab_and_experiments(state: PageState[KernelsControls]) -> None:
    """Reruns alone when the kernel is edited in the lab."""
    with error_boundary():
        picture, notice = working_picture(state.value)
        if notice:
            st.info(notice, icon=":material/info:")
        numbers(state, picture, lab(state, picture))
        experiments(state, picture)
    with error_boundary():  # of its own: the link is right even where the lesson failed
        state.write()


with lesson("kernels"):
    state = PageState("kernels", KernelsControls)
    report_refused(state)
    toolbar(state)
    with chooser.own_picture(state):
        _lab_and_experiments(state)
