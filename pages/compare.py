"""Compare: several designs, several seeds each, and which difference is real (chapter 8.5.4)."""

import sys
from pathlib import Path

import streamlit as st

if (root := str(Path(__file__).parents[1])) not in sys.path:  # so that a page also runs by itself
    sys.path.append(root)

from convlab.comparison.sweep import Sweep
from convlab.ui.compare import live, setup, shelf
from convlab.ui.compare.controls import CompareControls, State
from convlab.ui.compare.experiments import experiments
from convlab.ui.frame import asked_first, lesson, part


@part
def _experiments(state: State, sweep: Sweep | None, first: bool) -> None:
    """Reruns alone when another part is chosen."""
    experiments(state, sweep, first)


with lesson("compare", CompareControls, check=live.check) as state:
    sweep = live.open_sweep(state)
    if first := asked_first(state):
        _experiments(state, sweep, first)
    shelf.row(state, sweep)
    with st.container():  # whatever stands here, the parts below stay in their place
        if sweep is None:
            setup.show(state)
        else:
            live.panel(state, sweep)
    if not first:
        _experiments(state, sweep, first)
    setup.estimate(state)
