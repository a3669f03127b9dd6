"""Several runs compared: their curves overlaid, seeds as a band, the settings in which they differ."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import streamlit as st

from convlab.training.engine import EpochRecord
from convlab.training.runs import Run
from convlab.ui.components.shared.charts import RUNS, ChartShown, Line
from convlab.ui.components.training_curves import curves
from convlab.ui.train import labels
from convlab.ui.train.history import Points, history, of_epochs, thinned
from convlab.ui.words import _, escaped


def compare(chosen: Sequence[Run]) -> None:
    """Overlaid curves, then a table of what differs."""
    records = {run: history(run).records for run in chosen}
    groups = seed_groups(chosen)
    bands = False
    if len(groups) < len(chosen):
        label = _("Runs that differ only in their seed: mean and spread")
        tip = _("The line is the mean, the band one standard deviation to either side.")
        bands = st.toggle(label, value=True, help=tip, key="train.bands")
    groups = groups if bands else [[run] for run in chosen]
    charts = [_chart(field, groups, records) for field in labels.METRICS]
    reached = max((len(found) and found[-1].epoch for found in records.values()), default=0)
    identity = " ".join(run.id for run in chosen) + f" {bands}"
    curves("train.compare", identity, charts, reached, max(run.settings.epochs for run in chosen))
    _differences(chosen, records)


def seed_groups(chosen: Sequence[Run]) -> list[list[Run]]:
    """Runs that differ only in their seed, together; forks of different epochs apart."""
    groups: dict[str, list[Run]] = defaultdict(list)
    for run in chosen:
        groups[f"{run.settings.changed(seed=0).model_dump_json()}{run.parent}"].append(run)
    return list(groups.values())


def _chart(field: str, groups: list[list[Run]], records: dict[Run, list[EpochRecord]]) -> ChartShown:
    loss = field.endswith("loss")
    lines = []
    for n, group in enumerate(groups):
        name, colour = group[0].name, RUNS[n % len(RUNS)]
        points = [of_epochs(records[run], field) for run in group]
        line = thinned(points[0])
        if len(group) > 1:
            line, band = spread(points)
            name = _("{name}: mean of {count}").format(name=name, count=len(group))
            lines.append(Line(_("± 1 standard deviation"), "band", colour, band))
        lines.append(Line(name, "dashed" if n % 2 else "solid", colour, line))
    title, unit = _(labels.METRICS[field]), _("share classified correctly")
    if loss:
        return ChartShown(field, title, _("cross-entropy, mean"), lines, turns=True)
    return ChartShown(field, title, unit, lines, "percent")


def spread(points: Sequence[Points]) -> tuple[Points, Points]:
    """(epoch, mean) and (epoch, mean - std, mean + std) over the epochs that all of several runs have."""
    length = min(len(one) for one in points)
    values = np.stack([one[:length, 1] for one in points])
    epochs = points[0][:length, 0]
    mean = values.mean(0)
    std = values.std(0, ddof=1) if len(points) > 1 else np.zeros(length)
    return np.stack([epochs, mean], 1), np.stack([epochs, mean - std, mean + std], 1)


def _differences(chosen: Sequence[Run], records: dict[Run, list[EpochRecord]]) -> None:
    differing = labels.differences([run.settings for run in chosen])
    rows = {name: [v if v == vs[0] else f"**{v}**" for v in vs] for name, vs in differing.items()}
    rows[_("Best validation accuracy")] = [_best(records[run], "val_accuracy") for run in chosen]
    rows[_("Best training accuracy")] = [_best(records[run], "train_accuracy") for run in chosen]
    columns = zip(*rows.values(), strict=True)
    titles = [f"{n}. {escaped(run.name)}" for n, run in enumerate(chosen, 1)]
    st.markdown(_("Settings that differ; bold: not the same as in the first run."))
    st.table({_("Setting"): list(rows), **dict(zip(titles, map(list, columns), strict=True))})


def _best(records: list[EpochRecord], field: str) -> str:
    if not records:
        return "–"
    best = max(records, key=lambda one: float(getattr(one, field)))
    return _("{share:.1%} (epoch {epoch})").format(share=getattr(best, field), epoch=best.epoch)
