"""The runs of a comparison, each an ordinary run: where it opens, how far it is, what it was told."""

import streamlit as st

from convlab.training.runs import Run
from convlab.training.status import Status
from convlab.ui import widgets
from convlab.ui.compare.controls import State
from convlab.ui.compare.figure import differing
from convlab.ui.compare.look import Look
from convlab.ui.frame import link
from convlab.ui.lessons import LESSONS
from convlab.ui.runs import labels
from convlab.ui.runs.opens import opens
from convlab.ui.words import _, cell


def show(state: State, look: Look) -> None:
    """The runs of one design with their links, then the settings in which the designs differ."""
    designs = list(look.plan.designs)
    if state.value.of_design >= len(designs):
        state.change(of_design=0)
    titles = dict(enumerate(designs))
    widgets.choose(state, "of_design", _("Design"), titles, width=360)
    for seed, run, status in look.of(designs[state.value.of_design]):
        _run(seed, run, status)
    if len(columns := differing(look)) > 1:
        st.markdown(
            _("Settings in which the designs differ; the runs of one design differ in their seed alone.")
        )
        st.table(columns)


def _run(seed: int, run: Run, status: Status) -> None:
    told = [_("seed {seed}").format(seed=seed), labels.state(status)]
    if status.last is not None:
        accuracies = f"{status.last.train_accuracy:.1%} / {status.last.val_accuracy:.1%}"
        told.append(
            _("{accuracies} after epoch {epoch}").format(accuracies=accuracies, epoch=status.last.epoch)
        )
    with st.container(horizontal=True, vertical_alignment="center", key=f"compare-run-{run.id}"):
        st.markdown(cell(" · ".join(told)), width="content")
        for page, query in opens(run).items():
            link(LESSONS[page], _(LESSONS[page].title), width="content", query=query)
