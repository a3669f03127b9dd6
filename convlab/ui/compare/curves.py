"""Losses and accuracies over the epochs: a line for each design, the spread of its seeds as a band."""

import streamlit as st

from convlab.ui.compare.look import Look
from convlab.ui.components.training_curves import curves
from convlab.ui.runs import labels, overlaid
from convlab.ui.runs.history import history
from convlab.ui.words import _


def show(look: Look) -> None:
    """All four measures."""
    bands = look.bands()
    if not bands:
        st.info(_("Once a run has trained an epoch, its curves stand here."), icon=":material/info:")
        return
    records = {run: history(run).records for _design, group in bands for run in group}
    names = {group[0]: design for design, group in bands}
    groups = [group for _design, group in bands]
    charts = [overlaid.chart(field, groups, records, names, named=True) for field in labels.METRICS]
    reached = max(len(one) for one in records.values())
    planned = max(run.settings.epochs for run in records)
    curves("compare.curves", look.sweep.id, charts, reached, planned)
    st.caption(
        _(
            "A line is the mean over the seeds of a design, as far as all of them are; the band is that "
            "mean's 95% interval. A single seed has none."
        )
    )
