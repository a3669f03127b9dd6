"""The run that is shown, by numbers: its state, what happened to it, and what every epoch measured."""

import streamlit as st

from convlab.errors import N_
from convlab.training.diagnosis import Finding
from convlab.training.engine import EpochRecord
from convlab.training.runs import Run
from convlab.training.status import Status
from convlab.training.story import Story
from convlab.ui.numbers import listed, results
from convlab.ui.runs import labels
from convlab.ui.runs.history import history
from convlab.ui.train import events
from convlab.ui.words import _, explain


def panel(run: Run, status: Status, told: Story, found: Finding | None) -> None:
    """What the panel below the curves holds."""
    diagnosed = found is not None and found.trouble
    records, advice = history(run).records, labels.advice(status, diagnosed)
    left, right = st.columns([2, 3])
    with left:
        results(
            {
                _("State"): labels.state(status),
                _("Epochs planned"): status.epochs,
                _("Progress"): labels.figures(status),
                **({_("Message"): advice} if advice else {}),
                **({} if found is None else {_("Diagnosis"): explain(found.said)}),
                **{name: values[-1] for name, values in _measured(records).items() if values},
                _("Learning rate now"): told.leg.lr,
                _("Learning rate as it went"): events.rate(told.leg),
            }
        )
    if records:
        with right:
            listed(_measured(records))
    if happened := events.told(told):
        listed({_("What happened"): happened})


def _measured(records: list[EpochRecord]) -> dict[str, list[float]]:
    """What stands in the curves, a list for each line; penalties where there are any."""
    fields = {"epoch": N_("Epoch"), **labels.METRICS, "lr": N_("Learning rate")}
    if any(one.penalty > 0 for one in records):
        fields |= {"penalty": N_("Penalties"), "cross_entropy": N_("Training loss without them")}
    return {_(label): [getattr(one, field) for one in records] for field, label in fields.items()}
