"""Several runs compared: their curves overlaid, seeds as a band, the settings in which they differ."""

from collections.abc import Sequence

import streamlit as st

from convlab.training import seeds
from convlab.training.engine import EpochRecord
from convlab.training.runs import Run
from convlab.ui.components.training_curves import curves
from convlab.ui.runs import labels, overlaid
from convlab.ui.runs.history import history
from convlab.ui.train import events
from convlab.ui.words import _, escaped


def compare(chosen: Sequence[Run]) -> None:
    """Overlaid curves, then a table of what differs."""
    records = {run: history(run).records for run in chosen}
    groups = banded(chosen)
    bands = False
    if len(groups) < len(chosen):
        label = _("Runs that differ only in their seed: mean and spread")
        tip = _(
            "The line is the mean of the finished runs, each seed once; "
            "the band is one standard deviation to either side."
        )
        bands = st.toggle(label, value=True, help=tip, key="train.bands")
    groups = groups if bands else [[run] for run in chosen]
    names = {run: run.name for run in chosen}
    charts = [overlaid.chart(field, groups, records, names) for field in labels.METRICS]
    reached = max((len(found) and found[-1].epoch for found in records.values()), default=0)
    identity = " ".join(run.id for run in chosen) + f" {bands}"
    curves("train.compare", identity, charts, reached, max(run.settings.epochs for run in chosen))
    _differences(chosen, records)


def banded(chosen: Sequence[Run]) -> list[list[Run]]:
    """Finished runs that differ only in their seed, together; every other run alone, all in their order."""
    complete = [run for run in chosen if seeds.complete(run.status())]
    groups = seeds.alike(complete) + [[run] for run in chosen if run not in complete]
    return sorted(groups, key=lambda group: chosen.index(group[0]))


def _differences(chosen: Sequence[Run], records: dict[Run, list[EpochRecord]]) -> None:
    differing = labels.differences([run.settings for run in chosen])
    happened = events.differences([run.story() for run in chosen])
    differing |= {title: list(map(escaped, texts)) for title, texts in happened.items()}
    rows = {name: [v if v == vs[0] else f"**{v}**" for v in vs] for name, vs in differing.items()}
    for field in ("val_accuracy", "train_accuracy"):
        title = _("{measure}, last epoch").format(measure=_(labels.METRICS[field]))
        rows[title] = [_last(records[run], field) for run in chosen]
    rows[_("Gap between the two")] = [
        labels.gap(records[run][-1] if records[run] else None) for run in chosen
    ]
    columns = zip(*rows.values(), strict=True)
    titles = [f"{n}. {escaped(run.name)}" for n, run in enumerate(chosen, 1)]
    st.markdown(_("Settings and events that differ; bold: not the same as in the first run."))
    st.table({_("Setting"): list(rows), **dict(zip(titles, map(list, columns), strict=True))})


def _last(records: list[EpochRecord], field: str) -> str:
    if not records:
        return "–"
    share, epoch = getattr(records[-1], field), records[-1].epoch
    return _("{share:.1%} (epoch {epoch})").format(share=share, epoch=epoch)
