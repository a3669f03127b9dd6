"""Probe: any picture against a trained network: what it sees and says, why, and how it is fooled (8.6)."""

import sys
from pathlib import Path

import streamlit as st

if (root := str(Path(__file__).parents[1])) not in sys.path:  # so that a page also runs by itself
    sys.path.append(root)

from convlab.ui.boundary import error_boundary
from convlab.ui.frame import lesson, report_refused
from convlab.ui.probe import models
from convlab.ui.probe.attribution import attribution_panel
from convlab.ui.probe.controls import ProbeControls
from convlab.ui.probe.experiments import experiments
from convlab.ui.probe.lab import lab
from convlab.ui.probe.link import link_to_feature_maps
from convlab.ui.probe.pictures import own_pictures
from convlab.ui.probe.subject import Subject, open_subject
from convlab.ui.probe.toolbar import toolbar
from convlab.ui.urls import PageState


@st.fragment
def _experiments(state: PageState[ProbeControls], subject: Subject) -> None:
    """Reruns alone: its sliders leave the verdict above as it is."""
    with error_boundary():
        experiments(state, subject)
    state.write()


@st.fragment
def _verdict(state: PageState[ProbeControls]) -> None:
    """Reruns when the square is moved; the verdict is on its way before anything else is computed."""
    with error_boundary(), own_pictures(state):
        subject = open_subject(state)
        if subject is not None:
            left, right = st.columns([15, 5], gap="medium")
            with left:
                lab(state, subject)
            with right, error_boundary():
                attribution_panel(state, subject)
            models.cards(subject.models)
            link_to_feature_maps(state, subject)
            _experiments(state, subject)
    with error_boundary():  # of its own: the link is right even where the lesson failed
        state.write()


with lesson("probe"):
    state = PageState("probe", ProbeControls)
    report_refused(state)
    toolbar(state)
    _verdict(state)
