"""The Probe lesson's controls: picture, network, a second one to compare with, temperature."""

import streamlit as st

from convlab.ui import chooser, widgets
from convlab.ui.probe.controls import State
from convlab.ui.probe.models import choose_model, uploads
from convlab.ui.words import _


def toolbar(state: State) -> None:
    """Show what is asked, and of whom."""
    help_text = _("The logits are divided by it before the softmax. Above 1 it evens out the probabilities.")
    with st.container(horizontal=True, vertical_alignment="bottom", key="probe.row1"):
        # Another picture begins with its middle.
        chooser.choose_which(state, then=lambda: state.change(window="", padding="black", painted=""))
        choose_model(state, "model")
        choose_model(state, "second")
        widgets.slider(state, "temperature", _("Temperature"), step=0.1, width=170, help=help_text)
    uploads(state)
