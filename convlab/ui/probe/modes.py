"""train() against eval(): the same weights, and an accuracy that depends on what else is in the batch."""

from functools import lru_cache

import streamlit as st
from torch import nn

from convlab.errors import UserError
from convlab.probing import modes
from convlab.probing.modes import Measured, Order
from convlab.ui import widgets
from convlab.ui.boundary import say
from convlab.ui.networks import Model
from convlab.ui.probe import data
from convlab.ui.probe.controls import State
from convlab.ui.probe.data import Pictures
from convlab.ui.probe.subject import Subject
from convlab.ui.words import _

_KINDS = (nn.BatchNorm2d, nn.Dropout, nn.Dropout2d)


def train_and_eval(state: State, subject: Subject) -> None:
    """Measure the first network in both modes with the batches that are set."""
    names = sorted(
        {type(part).__name__ for part in subject.probe.network.modules() if isinstance(part, _KINDS)}
    )
    if names:
        st.markdown(_("This network has {names}: the two modes differ.").format(names=", ".join(names)))
    else:
        st.info(
            _(
                "This network has neither batch norm nor dropout: both modes are the same. "
                "Train one of those designs, then choose its run above."
            ),
            icon=":material/info:",
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        widgets.slider(state, "batch_size", "batch_size", width=260)
        orders = {"shuffled": _("shuffled"), "by_class": _("one class after the other")}
        widgets.choose(state, "order", _("Order"), orders, as_buttons=True)
        widgets.number(state, "seed", _("Seed"), width=110)
    data.choose_data(state, "data", _("Data set"))
    found = data.get_ready(state.value.data, "modes")
    if found is None or not data.asked(subject.model, 4, len(found.dataset.val), "modes"):
        return
    controls = state.value
    try:
        with st.spinner(_("Two passes over the pictures.")):
            both = [
                measured(subject.model, found, mode, controls.batch_size, controls.order, controls.seed)
                for mode in (False, True)
            ]
    except UserError as error:
        say(error)
        return
    with st.container(horizontal=True):
        st.metric(_("in model.eval()"), f"{both[0].accuracy:.2%}")
        difference = both[1].accuracy - both[0].accuracy
        st.metric(_("in model.train()"), f"{both[1].accuracy:.2%}", f"{difference:+.2%}")
    if both[1].moved:
        sentence = _("In train() the pass has also changed {count} buffers: {names}.")
        names = [f"`{name}`" for name in both[1].moved[:6]]
        st.markdown(sentence.format(count=len(both[1].moved), names=", ".join(names)))


@lru_cache(maxsize=128)
def measured(
    model: Model, found: Pictures, training: bool, batch_size: int, order: Order, seed: int
) -> Measured:
    """One pass, remembered for all sessions. Raises UserError as ``modes.measure``."""
    split = data.validation(model, found)
    return modes.measure(model.probe, split, training, batch_size, order, seed)
