"""Figure 8.13 beside the learner's own runs: training and validation accuracy of all designs."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import streamlit as st

from convlab.chapter.published import FIGURE_8_13, row_of
from convlab.datasets import shelf
from convlab.networks import designs
from convlab.ui import figures
from convlab.ui.train.controls import State
from convlab.ui.train.run_table import all_runs
from convlab.ui.words import _, escaped


@dataclass(frozen=True)
class Own:
    """The learner's runs of one of the rows, by their last epochs' accuracies.

    Attributes:
        train, val: of the best run.
        spread: standard deviation of the validation accuracy over all of them; None for a single one.
        count: runs.
        epochs: of the best run.
    """

    train: float
    val: float
    spread: float | None
    count: int
    epochs: int


def chapter(state: State) -> None:
    """The figure and the numbers behind it."""
    own = own_runs(state.value.data)
    rows = [own.get(row) for row in FIGURE_8_13]
    names = [_("Net with L2") if row == "net_l2" else _(designs.design(row).title) for row in FIGURE_8_13]
    values: list[list[float | None]] = [
        [train for train, _val in FIGURE_8_13.values()],
        [val for _train, val in FIGURE_8_13.values()],
        [None if one is None else one.train for one in rows],
        [None if one is None else one.val for one in rows],
    ]
    spreads = [None if one is None else one.spread for one in rows]
    titles = [
        _("The book, training"),
        _("The book, validation"),
        _("Your best, training"),
        _("Your best, validation"),
    ]
    entry = shelf.entries().get(state.value.data)
    title = "" if entry is None else escaped(entry.title)
    st.markdown(_("Your runs on: **{title}**. The book's are on CIFAR-10, 100 epochs.").format(title=title))
    figure = figures.accuracy_figure(
        names, list(zip(titles, values, strict=True)), spreads, _("accuracy after the last epoch")
    )
    figures.show(figure, "train.chapter", 480)
    _numbers(names, values, rows)


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
        values = [one.val_accuracy for one in records]
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
        found[row] = Own(best.train_accuracy, best.val_accuracy, spread, len(records), best.epoch)
    return found


def _numbers(names: list[str], values: list[list[float | None]], rows: list[Own | None]) -> None:
    """Training and validation in one column: on a phone a wider table would hide its right half."""
    shares = [["–" if value is None else f"{value:.3f}" for value in column] for column in values]
    pairs = [" / ".join(pair) for pair in zip(shares[0], shares[1], strict=True)]
    own = [" / ".join(pair) for pair in zip(shares[2], shares[3], strict=True)]
    runs = _("{count}, best: {epochs} epochs")
    st.table(
        {
            _("Training / validation"): names,
            _("The book"): pairs,
            _("You"): own,
            _("Your runs"): [runs.format(**vars(one)) if one else "–" for one in rows],
        }
    )
