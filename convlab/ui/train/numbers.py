"""The run that is shown, by numbers: its state, its newest losses and accuracies, and every epoch's."""

import streamlit as st

from convlab.errors import N_
from convlab.training.engine import EpochRecord
from convlab.training.runs import Run
from convlab.training.status import Status
from convlab.ui.numbers import by_numbers, listed, results
from convlab.ui.train import labels
from convlab.ui.train.history import history
from convlab.ui.words import _, escaped


def numbers(run: Run, status: Status) -> None:
    """The panel below the curves."""
    by_numbers("train", _panel, run, status)


def _panel(run: Run, status: Status) -> None:
    records, advice = history(run).records, labels.advice(status)
    left, right = st.columns([2, 3])
    with left:
        results(
            {
                _("State"): labels.state(status),
                _("Epochs planned"): status.epochs,
                _("Progress"): labels.figures(status),
                **({_("Message"): escaped(advice)} if advice else {}),
                **{name: values[-1] for name, values in _measured(records).items() if values},
            }
        )
    if records:
        with right:
            listed(_measured(records))


def _measured(records: list[EpochRecord]) -> dict[str, list[float]]:
    """What stands in the curves, a list for each line."""
    fields = {"epoch": N_("Epoch"), **labels.METRICS, "lr": N_("Learning rate")}
    return {_(label): [getattr(one, field) for one in records] for field, label in fields.items()}
