"""Figure 8.13 beside the learner's own runs: training and validation accuracy of all designs."""

from collections import defaultdict
from dataclasses import dataclass
from statistics import stdev

import streamlit as st

from convlab.chapter.published import FIGURE_8_13, row_of
from convlab.datasets import shelf
from convlab.networks import designs
from convlab.training.engine import EpochRecord
from convlab.ui import figures
from convlab.ui.train.controls import State
from convlab.ui.train.run_table import all_runs
from convlab.ui.words import _, escaped


@dataclass(frozen=True)
class Own:
    """The learner's runs of one of the rows: the last epoch of the best, and how many there are.

    ``spread`` is the standard deviation of their validation accuracies; None for a single run.
    """

    best: EpochRecord
    count: int
    spread: float | None


def chapter(state: State) -> None:
    """The figure and the numbers behind it."""
    own = own_runs(state.value.data)
    rows = [own.get(row) for row in FIGURE_8_13]
    names = [_("Net with L2") if row == "net_l2" else _(designs.design(row).title) for row in FIGURE_8_13]
    accuracies: dict[str, list[float | None]] = {
        _("The book, training"): [train for train, _val in FIGURE_8_13.values()],
        _("The book, validation"): [val for _train, val in FIGURE_8_13.values()],
        _("Your best, training"): [None if one is None else one.best.train_accuracy for one in rows],
        _("Your best, validation"): [None if one is None else one.best.val_accuracy for one in rows],
    }
    spreads = [None if one is None else one.spread for one in rows]
    entry = shelf.entries().get(state.value.data)
    title = "" if entry is None else escaped(entry.title)
    st.markdown(_("Your runs on: **{title}**. The book's are on CIFAR-10, 100 epochs.").format(title=title))
    figure = figures.accuracy_figure(names, accuracies, spreads, _("accuracy after the last epoch"))
    figures.show(figure, "train.chapter", 480)
    shares = [["–" if one is None else f"{one:.3f}" for one in column] for column in accuracies.values()]
    # Both in one column: on a phone a wider table would hide its right half.
    book, mine = ([f"{a} / {b}" for a, b in zip(*two, strict=True)] for two in (shares[:2], shares[2:]))
    runs = _("{count}, best: {epochs} epochs")
    told = ["–" if one is None else runs.format(count=one.count, epochs=one.best.epoch) for one in rows]
    columns = (_("Training / validation"), _("The book"), _("You"), _("Your runs"))
    st.table(dict(zip(columns, (names, book, mine, told), strict=True)))


def own_runs(key: str) -> dict[str, Own]:
    """Row of the figure -> the learner's runs of it on a data set that have finished an epoch."""
    ended = defaultdict(list)
    for run, status in all_runs():
        row = row_of(run.settings.design, run.settings.l2)
        if run.settings.data == key and row is not None and status.last is not None:
            ended[row].append(status.last)
    found = {}
    for row, records in ended.items():
        best = max(records, key=lambda one: one.val_accuracy)
        spread = stdev(one.val_accuracy for one in records) if len(records) > 1 else None
        found[row] = Own(best, len(records), spread)
    return found
