"""What the server does once: the objects of heavy imports are set aside from garbage collection."""

import gc
import sys

import streamlit as st
import torch

from convlab.ui.gate import ask_nobody


@st.cache_resource(show_spinner=False)
def prepare() -> None:
    """Before the first page: one thread for PyTorch, no outside address, what was imported is no garbage."""
    ask_nobody()  # again: under ``streamlit run app.py`` there is no gate
    torch.set_num_threads(1)  # a 256 px picture takes a millisecond: more threads only fight over the cores
    gc.freeze()


def settle(page: str) -> None:
    """After a run of a page, or of a part of it: freeze what its imports made, so that collections skip it.

    Streamlit collects all generations after every run, and meanwhile what is due to the browser waits: with
    torch imported over 100 ms an edit. PyTorch goes on importing while a page runs for the first time, so
    freezing before it is not enough; and later too, such as when something is first trained.
    """
    set_aside(page, len(sys.modules))


@st.cache_resource(show_spinner=False)
def set_aside(page: str, modules: int) -> None:
    """What there is now, once for a page and a number of modules that are imported."""
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False)
def prepare_optimisers() -> None:
    """Before the first training step: the first optimiser of a process imports for two seconds."""
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    gc.collect()
    gc.freeze()
