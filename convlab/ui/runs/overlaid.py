"""One measure of several runs in one chart; runs that differ only in their seed as a mean with a band."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from convlab.comparison.statistics import t95
from convlab.training.engine import EpochRecord
from convlab.training.runs import Run
from convlab.ui.components.shared.charts import RUNS, ChartShown, Line, styled
from convlab.ui.runs import labels
from convlab.ui.runs.history import Points, of_epochs, penalties, thinned
from convlab.ui.words import _


def chart(
    field: str,
    groups: Sequence[Sequence[Run]],
    records: Mapping[Run, Sequence[EpochRecord]],
    names: Mapping[Run, str],
    named: bool = False,
) -> ChartShown:
    """One of ``labels.METRICS``, a line for each group of runs, called as its first one is.

    ``named``: a group has the name of its first run; its band, without a name, is the mean's 95% interval.
    The training loss is drawn without its penalties, which differ from run to run.
    """
    lines = []
    for n, group in enumerate(groups):
        name, colour = names[group[0]], RUNS[n % len(RUNS)]
        measured, terms = _measured(field, group, records)
        points = [of_epochs(records[run], measured) for run in group]
        line = thinned(points[0])
        if len(group) > 1:
            line, band = (interval if named else spread)(points)
            if not named:
                name = _("{name}: mean of {count} seeds").format(name=name, count=len(group))
            lines.append(Line("" if named else _("± 1 standard deviation"), "band", colour, band))
        name = _("{name}, with {terms}").format(name=name, terms=terms) if terms else name
        lines.append(Line(name, styled(n), colour, line))
    title, unit = _(labels.METRICS[field]), _("share classified correctly")
    if not field.endswith("loss"):
        return ChartShown(field, title, unit, lines, "percent", turns=True, lacking=labels.error_of(field))
    left_out = field == "train_loss" and any(penalties(run.settings) for run in records)
    unit = _("cross-entropy, mean; penalties left out") if left_out else _("cross-entropy, mean")
    return ChartShown(field, title, unit, lines, turns=True)


def _measured(
    field: str, group: Sequence[Run], records: Mapping[Run, Sequence[EpochRecord]]
) -> tuple[str, str]:
    """What is drawn of runs that are alike, and which penalties are in it as nobody counted them apart."""
    terms = penalties(group[0].settings) if field == "train_loss" else ""
    counted = all(math.isfinite(one.cross_entropy) for run in group for one in records[run])
    return ("cross_entropy", "") if terms and counted else (field, terms)


def interval(points: Sequence[Points]) -> tuple[Points, Points]:
    """(epoch, mean) and (epoch, the ends of the mean's 95% interval), as ``spread``."""
    line, band = spread(points)
    reach = t95(len(points) - 1) / math.sqrt(len(points)) if len(points) > 1 else 0.0
    band[:, 1:] = line[:, 1:] + reach * (band[:, 1:] - line[:, 1:])
    return line, band


def spread(points: Sequence[Points]) -> tuple[Points, Points]:
    """(epoch, mean) and (epoch, mean - std, mean + std) over the epochs that all of several runs have."""
    length = min(len(one) for one in points)
    values = np.stack([one[:length, 1] for one in points])
    epochs = points[0][:length, 0]
    mean = values.mean(0)
    std = values.std(0, ddof=1) if len(points) > 1 else np.zeros(length)
    return np.stack([epochs, mean], 1), np.stack([epochs, mean - std, mean + std], 1)
