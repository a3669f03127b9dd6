"""What stands below the curves: one experiment at a time, so that only the chosen one is computed."""

import streamlit as st

from convlab.datasets import shelf
from convlab.training.runs import Run
from convlab.ui import frame
from convlab.ui.boundary import say
from convlab.ui.train import chapter, code, data, mistakes, run_table, time_machine
from convlab.ui.train.controls import State
from convlab.ui.words import _


def experiments(state: State, run: Run | None, first: bool) -> None:
    """Let the learner choose an experiment, and show it; ``first``: as ``frame.experiments``."""
    offered = {
        "notice": (_("What to notice"), None),
        "past": (_("Past runs"), lambda state, _run: run_table.past_runs(state)),
        "chapter": (_("Beside the book"), lambda state, _run: chapter.chapter(state)),
        "then": (_("Time machine"), time_machine.walk_back),
        "data": (_("The data"), lambda state, _run: _data(state)),
        "mistakes": (_("Slips in the book"), mistakes.mistakes),
        "code": (_("PyTorch code"), code.code),
        "maths": (_("Maths and source"), None),
    }
    frame.experiments(state, offered, run, first=first)


def _data(state: State) -> None:
    if (reason := data.missing(state.value.data)) is not None:
        say(reason)
        return
    with st.spinner(_("Preparing the pictures.")):
        found = shelf.get(state.value.data)
    data.facts(found)
    data.deletion(state)
