"""train() against eval(): the same weights, and an accuracy that depends on what else is in the batch."""

from functools import lru_cache

import streamlit as st
from torch import nn

from convlab.datasets.dataset import Dataset
from convlab.probing import modes
from convlab.probing.modes import Measured, Order
from convlab.ui import widgets
from convlab.ui.boundary import notices
from convlab.ui.networks import Model
from convlab.ui.probe.controls import State
from convlab.ui.probe.data import at_once, choose_data, validation
from convlab.ui.probe.subject import Subject
from convlab.ui.words import _

_KINDS = (nn.BatchNorm2d, nn.Dropout, nn.Dropout2d)


def train_and_eval(state: State, subject: Subject) -> None:
    """Measure the first network in both modes with the batches that are set."""
    parts = subject.probe.network.modules()
    names = sorted({type(part).__name__ for part in parts if isinstance(part, _KINDS)})
    if names:
        st.markdown(_("This network has {names}: the two modes differ.").format(names=", ".join(names)))
    else:
        sentence = _(
            "This network has neither batch norm nor dropout: both modes are the same. "
            "Train one of those designs, then choose its run above."
        )
        st.info(sentence, icon=":material/info:")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        widgets.slider(state, "batch_size", "batch_size", width=260)
        orders = {"shuffled": _("shuffled"), "by_class": _("one class after the other")}
        widgets.choose(state, "order", _("Order"), orders, as_buttons=True)
        widgets.number(state, "seed", _("Seed"), width=110)
    data, model = choose_data(state, "modes"), subject.model
    if data is None or not at_once(model, len(data.val), "modes", passes=4):
        return
    batches = state.value.batch_size, state.value.order, state.value.seed
    with notices():
        with st.spinner(_("Two passes over the pictures.")):
            evaluation, training = (measured(model, data, mode, *batches) for mode in (False, True))
        with st.container(horizontal=True):
            st.metric(_("in model.eval()"), f"{evaluation.accuracy:.2%}")
            difference = training.accuracy - evaluation.accuracy
            st.metric(_("in model.train()"), f"{training.accuracy:.2%}", f"{difference:+.2%}")
        if training.moved:
            sentence = _("The pass in train() also changed {count} buffers: {names}.")
            buffers = ", ".join(f"`{name}`" for name in training.moved[:6])
            st.markdown(sentence.format(count=len(training.moved), names=buffers))


@lru_cache(maxsize=128)
def measured(model: Model, data: Dataset, train: bool, batch_size: int, order: Order, seed: int) -> Measured:
    """One pass, remembered for all sessions. Raises UserError as ``modes.measure``."""
    return modes.measure(model.probe, validation(model, data), train, batch_size, order, seed)
