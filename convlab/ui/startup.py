"""What the server does once, before its first page: heavy imports, then garbage that is never garbage is set aside."""

import gc

import streamlit as st
import torch


@st.cache_resource(show_spinner=False)
def prepare() -> None:
    """Freeze the objects that imports made, so that collections after each script run skip them.

    Streamlit collects all generations after every run. With torch imported that costs over 100 ms an
    edit; frozen objects cost nothing, and what sessions leave behind is still collected.
    """
    torch.set_num_threads(1)  # a 256 px picture takes a millisecond: more threads only fight over the cores
    gc.collect()
    gc.freeze()
