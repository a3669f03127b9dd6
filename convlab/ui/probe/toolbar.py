"""The Probe lesson's controls: picture, network, a second one to compare with, temperature."""

import streamlit as st

from convlab.ui import chooser
from convlab.ui.probe.controls import State
from convlab.ui.probe.models import choose_model, uploads
from convlab.ui.words import _


def toolbar(state: State) -> None:
    """Show what is asked, and of whom."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="probe.row1"):
        _choose_picture(state)
        choose_model(state, "model")
        choose_model(state, "second")
        st.slider(
            _("Temperature"),
            0.1,
            10.0,
            step=0.1,
            width=170,
            help=_(
                "Logits are divided by it before the softmax: above 1 evens the probabilities out. "
                "The verdict stays."
            ),
            **state.bind("temperature"),
        )
    uploads(state)


def _choose_picture(state: State) -> None:
    """The chooser; another picture begins with its middle."""
    chooser.choose_which(state, then=lambda: state.change(window="", padding="black", painted=""))
