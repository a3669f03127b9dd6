"""What lies below the probe lab: one experiment at a time, so that only the chosen one is computed."""

from collections.abc import Callable
from typing import get_args

import streamlit as st

from convlab.probing import snippet
from convlab.ui.boundary import error_boundary
from convlab.ui.code_panel import code_panel
from convlab.ui.probe.arena import arena
from convlab.ui.probe.change import change
from convlab.ui.probe.controls import Experiment, State
from convlab.ui.probe.mistakes import mistakes
from convlab.ui.probe.modes import train_and_eval
from convlab.ui.probe.outside import sure_of_anything
from convlab.ui.probe.subject import Subject
from convlab.ui.probe.surgery import operate
from convlab.ui.probe.why import four_ways
from convlab.ui.words import _, prose


def experiments(state: State, subject: Subject) -> None:
    """Let the learner choose an experiment, and show it."""
    titles = {
        "notice": _("What to notice"),
        "four_ways": _("Why, four ways"),
        "mistakes": _("What it gets wrong"),
        "outside": _("Sure of anything"),
        "change": _("Push the picture"),
        "arena": _("Fool it"),
        "modes": _("train() and eval()"),
        "surgery": _("Surgery"),
        "code": _("PyTorch code"),
        "maths": _("Maths and source"),
    }
    st.segmented_control(
        _("Go deeper"),
        get_args(Experiment),
        format_func=titles.__getitem__,
        required=True,
        **state.bind("experiment"),
    )
    show: dict[str, Callable[[State, Subject], None]] = {
        "four_ways": four_ways,
        "mistakes": mistakes,
        "outside": sure_of_anything,
        "change": change,
        "arena": arena,
        "modes": train_and_eval,
        "surgery": operate,
        "code": _code,
    }
    chosen = state.value.experiment
    with error_boundary():
        st.markdown(prose("probe", chosen))
        if chosen in show:
            show[chosen](state, subject)


def _code(state: State, subject: Subject) -> None:
    """The verdict of the first network as a script; it reads the picture and the weights from files."""
    controls, model = state.value, subject.model
    script = snippet.verdict(
        model.probe,
        model.match,
        model.weights_file,
        "my_picture.png",
        subject.size_px,
        subject.window,
        controls.padding,
        controls.temperature,
    )
    code_panel(script, "verdict.py")
