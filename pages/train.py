"""Train: a real PyTorch run, watched and steered while it learns (chapter 8.4 and 8.5)."""

import sys
from pathlib import Path

import streamlit as st

if (root := str(Path(__file__).parents[1])) not in sys.path:  # so that a page also runs by itself
    sys.path.append(root)

from convlab.ui.boundary import error_boundary
from convlab.ui.frame import lesson, report_refused
from convlab.ui.train import data, live, run_table, start
from convlab.ui.train.controls import TrainControls
from convlab.ui.train.experiments import experiments
from convlab.ui.train.toolbar import toolbar
from convlab.ui.urls import PageState


@st.fragment
def _experiments(state: PageState[TrainControls]) -> None:
    """Reruns alone when a past run is ticked."""
    with error_boundary():
        experiments(state, live.run_of(state))
    with error_boundary():  # of its own: the link is right even where the lesson failed
        state.write()


with lesson("train"):
    state = PageState("train", TrainControls)
    if data.unknown_falls_back(state):
        state.refused.append("data")
    report_refused(state)
    start.warm()
    toolbar(state)
    settings = start.start_row(state)
    run_table.under_way(state)
    live.panel(state, settings)
    _experiments(state)
    state.write()
    start.estimate(state, settings)
