"""What the server does once: the objects of heavy imports are set aside from garbage collection."""

import gc

import streamlit as st
import torch


@st.cache_resource(show_spinner=False)
def prepare() -> None:
    """Before the first page: freeze the objects that imports made, so that collections skip them.

    Streamlit collects all generations after every run. With torch imported that costs over 100 ms an
    edit; frozen objects cost nothing, and what sessions leave behind is still collected.
    """
    torch.set_num_threads(1)  # a 256 px picture takes a millisecond: more threads only fight over the cores
    _freeze()


@st.cache_resource(show_spinner=False)
def prepare_optimisers() -> None:
    """Before the first training step: the first optimiser of a process imports for two seconds."""
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    _freeze()


def _freeze() -> None:
    gc.collect()
    gc.freeze()
