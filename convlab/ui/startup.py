"""What the server does once, before its first page: the objects of heavy imports are set aside."""

import gc
import threading

import streamlit as st
import torch

_WARM_UP_DELAY_S = 5.0


@st.cache_resource(show_spinner=False)
def prepare() -> None:
    """Freeze the objects that imports made, so that collections after each script run skip them.

    Streamlit collects all generations after every run. With torch imported that costs over 100 ms an
    edit; frozen objects cost nothing, and what sessions leave behind is still collected.
    """
    torch.set_num_threads(1)  # a 256 px picture takes a millisecond: more threads only fight over the cores
    _freeze()
    timer = threading.Timer(_WARM_UP_DELAY_S, _warm_up)
    timer.daemon = True
    timer.start()


def _freeze() -> None:
    gc.collect()
    gc.freeze()


def _warm_up() -> None:
    """Import what the first optimiser of a process imports (2 s), before a learner waits for it."""
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    _freeze()
