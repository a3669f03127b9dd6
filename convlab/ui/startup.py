"""What the server does once: the objects of heavy imports are set aside from garbage collection."""

import gc

import streamlit as st
import torch


@st.cache_resource(show_spinner=False)
def prepare() -> None:
    """Before the first page: one thread for PyTorch, and what was imported so far is no garbage."""
    torch.set_num_threads(1)  # a 256 px picture takes a millisecond: more threads only fight over the cores
    gc.freeze()


@st.cache_resource(show_spinner=False)
def settle(page: str) -> None:
    """After a page's first run: freeze the objects that its imports made, so that collections skip them.

    Streamlit collects all generations after every run. With torch imported that costs over 100 ms an
    edit; frozen objects cost nothing, and what sessions leave behind is still collected. PyTorch goes on
    importing while a page runs for the first time, so freezing before it is not enough.
    """
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False)
def prepare_optimisers() -> None:
    """Before the first training step: the first optimiser of a process imports for two seconds."""
    torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    gc.collect()
    gc.freeze()
