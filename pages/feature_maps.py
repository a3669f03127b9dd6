"""Feature maps: what every layer makes of a picture, and what each unit can see (chapter 8.2.3 to 8.3)."""

import sys
from pathlib import Path

import streamlit as st

if (root := str(Path(__file__).parents[1])) not in sys.path:  # so that a page also runs by itself
    sys.path.append(root)

from convlab.ui import chooser
from convlab.ui.feature_maps.controls import FeatureMapsControls, State
from convlab.ui.feature_maps.experiments import experiments
from convlab.ui.feature_maps.forward import forward_pass, picture_of
from convlab.ui.feature_maps.lab import lab
from convlab.ui.feature_maps.numbers import panel
from convlab.ui.feature_maps.toolbar import toolbar
from convlab.ui.frame import lesson, part
from convlab.ui.numbers import by_numbers


@part
def _lab_and_experiments(state: State) -> None:
    """Reruns alone when a unit is chosen in the lab."""
    picture, notice = picture_of(state)
    if notice:
        st.info(notice, icon=":material/info:")
    forward = forward_pass(state.value, picture)
    if forward is not None:
        lab(state, forward, picture)
        by_numbers("feature_maps", panel, state, forward, picture)
        experiments(state, forward, picture)


with lesson("feature_maps", FeatureMapsControls) as state:
    toolbar(state)
    with chooser.own_picture(state):
        _lab_and_experiments(state)
