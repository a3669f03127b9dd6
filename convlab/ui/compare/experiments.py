"""What stands below the figure: one part at a time, so that only the chosen one is computed."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from convlab.comparison.sweep import Sweep
from convlab.errors import UserError
from convlab.ui import frame
from convlab.ui.boundary import error_boundary, rerun
from convlab.ui.compare import cost, curves, files, links, live, pairs
from convlab.ui.compare.controls import CompareControls, State
from convlab.ui.compare.look import Look, look
from convlab.ui.frame import again_and_again
from convlab.ui.words import _


def experiments(state: State, sweep: Sweep | None, first: bool) -> None:
    """Let the learner choose a part, and show it; ``first``: as ``frame.experiments``."""
    offered = {
        "pairs": (_("Which is real?"), partial(_of, lambda _state, found: pairs.show(found))),
        "curves": (_("Curves"), partial(_of, lambda _state, found: curves.show(found))),
        "cost": (_("Parameters and time"), partial(_of, lambda _state, found: cost.show(found))),
        "runs": (_("The runs"), partial(_of, links.show)),
        "files": (_("Download"), partial(_of, lambda _state, found: files.show(found))),
        "notice": (_("What to notice"), None),
        "maths": (_("Maths and source"), None),
    }
    frame.experiments(state, offered, sweep, first=first)


def _of(show: Callable[[State, Look], None], state: State, sweep: Sweep | None) -> None:
    """A part that follows the comparison while it is live."""
    if sweep is None:
        st.info(_("Start a comparison above, or open one: it appears here."), icon=":material/info:")
        return
    again_and_again(_shown, live.every(sweep))(show, state, sweep, state.value)


def _shown(show: Callable[[State, Look], None], state: State, sweep: Sweep, before: CompareControls) -> None:
    with error_boundary():
        try:
            found = look(sweep)
        except UserError:
            rerun()  # deleted
        show(state, found)
    if state.value != before:
        rerun()  # the link has to hear of it
