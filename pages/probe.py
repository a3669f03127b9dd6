"""Probe: any picture against a trained network: what it sees and says, why, and how it is fooled (8.6)."""

import sys
from pathlib import Path

import streamlit as st

if (root := str(Path(__file__).parents[1])) not in sys.path:  # so that a page also runs by itself
    sys.path.append(root)

from convlab.ui.boundary import error_boundary
from convlab.ui.frame import asked_first, lesson, part
from convlab.ui.numbers import by_numbers
from convlab.ui.probe import models
from convlab.ui.probe.attribution import attribution_panel
from convlab.ui.probe.controls import ProbeControls, State
from convlab.ui.probe.experiments import experiments
from convlab.ui.probe.lab import lab, link_to_feature_maps
from convlab.ui.probe.numbers import panel
from convlab.ui.probe.pictures import own_pictures
from convlab.ui.probe.subject import Subject, open_subject
from convlab.ui.probe.trail import DEEPER, LAB, follow, trail


@part
def _experiments(state: State, subject: Subject, first: bool) -> None:
    """Reruns alone: its sliders leave the verdict above as it is."""
    follow()
    with st.container(key=DEEPER):
        experiments(state, subject, first)


def _screen(state: State, subject: Subject, first: bool) -> None:
    """Lab, why and experiment; their places are the style sheet's."""
    if first:
        _experiments(state, subject, first)
    with st.container(key=LAB):
        lab(state, subject)
        models.say_edited(subject.models)
        models.say_off_domain(state, subject.models)
    with error_boundary(), st.container(key="probe.why"):
        attribution_panel(state, subject)
    if not first:
        _experiments(state, subject, first)


@part
def _verdict(state: State) -> None:
    """Reruns when the square is moved; the verdict is on its way before anything else is computed."""
    follow()
    with own_pictures(state):
        subject = open_subject(state)
        if subject is not None:
            with error_boundary():
                trail(state, subject)
            first = asked_first(state)
            with st.container(key="probe.screen.asked" if first else "probe.screen"):
                _screen(state, subject, first)
            by_numbers("probe", panel, state, subject)
            models.cards(subject.models)
            link_to_feature_maps(state, subject)


with lesson("probe", ProbeControls) as state:
    models.toolbar(state)
    _verdict(state)
