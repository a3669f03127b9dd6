"""What each regulariser does inside the network: L2, L1, dropout, batch norm (8.5.2)."""

from collections.abc import Callable
from typing import NamedTuple

import streamlit as st

from convlab.errors import N_
from convlab.ui import widgets
from convlab.ui.modules import regularised_dropout as dropout
from convlab.ui.modules import regularised_norm as norm
from convlab.ui.modules import regularised_penalties as penalties
from convlab.ui.modules.controls import Answer, ModulesControls, State
from convlab.ui.words import _


class Regulariser(NamedTuple):
    """One regulariser: title, controls in the row of the part, what it shows, and the script of that.

    ``answered`` shows PyTorch's answer, where it takes no more than the controls.
    """

    title: str
    controls: Callable[[State], None]
    show: Callable[[State], None]
    code: Callable[[State], str]
    answered: Answer | None = None


REGULARISERS = {
    "l2": Regulariser("L2", penalties.l2_controls, penalties.l2, penalties.l2_code, penalties.l2_answered),
    "l1": Regulariser("L1", penalties.l1_controls, penalties.l1, penalties.l1_code),
    "dropout": Regulariser(N_("Dropout"), dropout.controls, dropout.show, dropout.code, dropout.answered),
    "batch_norm": Regulariser(
        N_("Batch norm"), norm.controls, norm.statistics, norm.statistics_code, norm.statistics_answered
    ),
    "bias": Regulariser(
        N_("Batch norm and the bias"), norm.bias_controls, norm.bias, norm.bias_code, norm.bias_answered
    ),
}


def show(state: State) -> None:
    """The chosen regulariser, with its controls in one row."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="modules.row1"):
        titles = {name: _(one.title) for name, one in REGULARISERS.items()}
        widgets.choose(state, "regulariser", _("Regulariser"), titles, as_buttons=True)
        REGULARISERS[state.value.regulariser].controls(state)
    REGULARISERS[state.value.regulariser].show(state)


def answers(controls: ModulesControls) -> Answer | None:
    """What shows PyTorch's answer; None where only the page can."""
    return REGULARISERS[controls.regulariser].answered


def code(state: State) -> str:
    """The script of what the chosen regulariser shows."""
    return REGULARISERS[state.value.regulariser].code(state)
