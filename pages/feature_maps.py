"""Feature maps: what every layer makes of a picture, and what each unit can see (chapter 8.2.3 to 8.3)."""

import sys
from pathlib import Path

import streamlit as st

if (root := str(Path(__file__).parents[1])) not in sys.path:  # so that a page also runs by itself
    sys.path.append(root)

from convlab.ui import chooser
from convlab.ui.feature_maps.controls import FeatureMapsControls, State
from convlab.ui.feature_maps.edit_numbers import edited_line
from convlab.ui.feature_maps.experiments import experiments
from convlab.ui.feature_maps.forward import forward_pass, picture_of
from convlab.ui.feature_maps.lab import lab
from convlab.ui.feature_maps.mode import mode_offers
from convlab.ui.feature_maps.numbers import panel
from convlab.ui.feature_maps.opened import opened_line
from convlab.ui.feature_maps.toolbar import toolbar
from convlab.ui.frame import asked_first, lesson, part
from convlab.ui.numbers import by_numbers


@part
def _lab_and_experiments(state: State) -> None:
    """Reruns alone when a unit is chosen in the lab."""
    picture, notice = picture_of(state)
    if notice:
        st.info(notice, icon=":material/info:")
    forward = forward_pass(state.value, picture)
    if forward is not None:
        if first := asked_first(state):
            experiments(state, forward, picture, first)
        opened_line(state.value, forward, picture)
        lab(state, forward, picture)
        mode_offers(state, forward)
        edited_line(state, forward.model)
        by_numbers("feature_maps", panel, state, forward, picture)
        if not first:
            experiments(state, forward, picture, first)


with lesson("feature_maps", FeatureMapsControls) as state:
    toolbar(state)
    with chooser.own_picture(state):
        _lab_and_experiments(state)
