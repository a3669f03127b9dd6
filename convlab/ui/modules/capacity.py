"""How large a network is and what that costs: its width, its kernels, how few weights would do (8.5.1)."""

from collections.abc import Callable

import streamlit as st

from convlab.snippets import capacity
from convlab.ui import widgets
from convlab.ui.modules import capacity_kernels, capacity_ticket, capacity_width
from convlab.ui.modules.controls import Answer, ModulesControls, State
from convlab.ui.words import _, prose

_SHOW: dict[str, Callable[[State], None]] = {
    "width": capacity_width.show,
    "kernel": capacity_kernels.show,
    "ticket": capacity_ticket.show,
}


def show(state: State) -> None:
    """What is varied, and what comes of it."""
    titles = {"width": _("Width"), "kernel": _("Kernel size"), "ticket": _("Lottery ticket")}
    with st.container(horizontal=True, vertical_alignment="bottom", key="modules.row1"):
        widgets.choose(state, "varied", _("What is varied"), titles, as_buttons=True, width="content")
        _controls(state)
    st.markdown(prose("modules", f"capacity_{state.value.varied}"))
    _SHOW[state.value.varied](state)


def answers(controls: ModulesControls) -> Answer | None:
    """What shows PyTorch's answer, where it takes no more than the controls."""
    return capacity_width.answered if controls.varied == "width" else None


def _controls(state: State) -> None:
    if state.value.varied == "width":
        tip = _("Even numbers only: the second convolution has half as many channels.")
        widgets.number(state, "n_chans1", step=2, width=130, help=tip)
    elif state.value.varied == "kernel":
        widgets.number(state, "kernel_epochs", _("Epochs"), width=110)
        widgets.number(state, "kernel_seed", _("Seed"), width=110)
        widgets.number(state, "kernel_picture", _("Picture"), width=110)
    else:
        widgets.slider(state, "pruned", _("Pruned, % of each layer's weights"), width=300)
        widgets.number(state, "ticket_epochs", _("Epochs"), width=110)
        widgets.number(state, "ticket_seeds", _("Seeds"), width=110)


def code(state: State) -> str:
    """The script of what is varied."""
    if state.value.varied == "width":
        return capacity.width(state.value.n_chans1)
    if state.value.varied == "kernel":
        return capacity.kernels()
    return capacity_ticket.code(state)
