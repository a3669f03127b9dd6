"""train() against eval(): the same weights, and an accuracy that depends on what else is in the batch."""

from functools import lru_cache

import streamlit as st

from convlab.datasets.exams import Exam
from convlab.networks.modes import kinds_that_differ
from convlab.probing import modes
from convlab.probing.modes import Measured, Order
from convlab.ui import figures, widgets
from convlab.ui.boundary import notices
from convlab.ui.networks import Model
from convlab.ui.probe.controls import State
from convlab.ui.probe.data import at_once, validation
from convlab.ui.probe.exam import ask_instead, choose_exam
from convlab.ui.probe.subject import Subject
from convlab.ui.words import _, enumerated


def train_and_eval(state: State, subject: Subject) -> None:
    """Measure the first network in both modes with the batches that are set."""
    if names := kinds_that_differ(subject.probe.network):
        st.markdown(_("This network has {names}: the two modes differ.").format(names=enumerated(names)))
    else:
        sentence = _(
            "This network has neither batch norm nor dropout: both modes are the same. "
            "Ask one that has, or train one of those designs and choose its run above."
        )
        st.info(sentence, icon=":material/info:")
        ask_instead(state, ["net_batch_norm_sketches", "net_dropout_sketches"], "modes")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        widgets.slider(state, "batch_size", "batch_size", width=260)
        orders = {"shuffled": _("shuffled"), "by_class": _("one class after the other")}
        widgets.choose(state, "order", _("Order"), orders, as_buttons=True)
        widgets.number(state, "seed", _("Seed"), width=110)
    exam, model = choose_exam(state, subject.model, "modes"), subject.model
    if exam is None or not at_once(model, len(exam.val), "modes", passes=4):
        return
    batches = state.value.batch_size, state.value.order, state.value.seed
    with notices():
        with st.spinner(_("Two passes over the pictures.")):
            evaluation, training = (measured(model, exam, mode, *batches) for mode in (False, True))
        with st.container(horizontal=True):
            st.metric(_("in model.eval()"), f"{evaluation.accuracy:.2%}")
            difference = training.accuracy - evaluation.accuracy
            figures.changed(_("in model.train()"), f"{training.accuracy:.2%}", f"{difference:+.2%}")
        count = len(exam.val)
        sentence = _(
            "In eval() it is right about {right:,} of {count:,} pictures, in train() about {other:,}."
        )
        right, other = (round(one.accuracy * count) for one in (evaluation, training))
        st.markdown(sentence.format(right=right, other=other, count=count))
        if training.moved:
            sentence = _("The pass in train() also changed {count} buffers: {names}.")
            buffers = enumerated(f"`{name}`" for name in training.moved[:6])
            st.markdown(sentence.format(count=len(training.moved), names=buffers))


@lru_cache(maxsize=128)
def measured(model: Model, exam: Exam, train: bool, batch_size: int, order: Order, seed: int) -> Measured:
    """One pass, remembered for all sessions. Raises UserError as ``modes.measure``."""
    return modes.measure(model.probe, validation(model, exam), train, batch_size, order, seed)
