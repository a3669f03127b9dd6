"""Train: a real PyTorch run, watched and steered while it learns (chapter 8.4 and 8.5)."""

import sys
from pathlib import Path

import streamlit as st

if (root := str(Path(__file__).parents[1])) not in sys.path:  # so that a page also runs by itself
    sys.path.append(root)

from convlab.ui.frame import asked_first, lesson, part
from convlab.ui.train import data, line, live, start
from convlab.ui.train.controls import State, TrainControls
from convlab.ui.train.experiments import experiments
from convlab.ui.train.toolbar import toolbar


@part
def _experiments(state: State, first: bool) -> None:
    """Reruns alone when a past run is ticked."""
    experiments(state, live.run_of(state), first)


with lesson("train", TrainControls, check=data.check) as state:
    if first := asked_first(state):
        _experiments(state, first)
    with st.container():  # whatever stands here, the panel below stays in its place
        toolbar(state)
        settings = start.start_row(state)
        line.under_way(state)
    live.panel(state, settings)
    if not first:
        _experiments(state, first)
    start.estimate(state, settings)
