"""The picture that the Feature maps lesson opens: the chooser's, or the square cut out on the Probe page."""

import streamlit as st

from convlab.errors import UserError
from convlab.pictures import images
from convlab.ui import cropping
from convlab.ui.feature_maps.controls import State
from convlab.ui.feature_maps.forward import design_model
from convlab.ui.picture import Picture, working_picture
from convlab.ui.words import _


def picture_of(state: State) -> tuple[Picture, str | None]:
    """The working picture, normalised as the network was trained, and a notice where another stands in."""
    controls = state.value.fitting
    if controls.own_stack:
        return working_picture(controls)
    if controls.window or controls.padding != "black":
        with st.container(horizontal=True, vertical_alignment="center", key="feature_maps.cropped"):
            sentence = _("This is the part of the picture that was chosen on the Probe page.")
            st.markdown(sentence, width="content")
            st.button(
                _("Take the middle"),
                icon=":material/crop_free:",
                on_click=lambda: state.change(window="", padding="black"),
                key="feature_maps.uncrop",
            )
    try:
        probe = design_model(controls).probe
    except UserError:  # shown where the network is run
        return cropping.picture(controls, images.CIFAR10_MEAN, images.CIFAR10_STD)
    return cropping.picture(controls, probe.mean, probe.std)
