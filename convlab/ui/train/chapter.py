"""Figure 8.13 beside the learner's own runs: training and validation accuracy of all designs."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from convlab.chapter import published
from convlab.chapter.published import FIGURE_8_13
from convlab.comparison.statistics import Interval, interval
from convlab.datasets import shelf
from convlab.errors import N_, UserError
from convlab.networks import designs
from convlab.training import seeds
from convlab.training.engine import EpochRecord
from convlab.training.runs import Run
from convlab.training.status import Status
from convlab.ui import figures
from convlab.ui.runs import labels
from convlab.ui.train.controls import State
from convlab.ui.train.run_rows import all_runs
from convlab.ui.words import REMARKS, _, counted, enumerated, escaped, named

Recipe = tuple[tuple[str, Any], ...]  # epochs, and the settings in which a run is not as the book's
_CHOSEN = "train.chapter_recipe"
Rows = dict[str, dict[int, EpochRecord]]  # row of the figure -> seed -> last epoch


@dataclass
class Own:
    """The learner's runs on one data set: by recipe those that count, by reason how many do not."""

    counted: dict[Recipe, Rows] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)


def chapter(state: State) -> None:
    """The figure and the numbers behind it."""
    own = own_runs(state.value.data)
    st.markdown(_("Your runs on: **{title}**.").format(title=escaped(labels.data_title(state.value.data))))
    recipe = _choose(own.counted)
    rows = own.counted[recipe] if recipe else {}
    if recipe and (told := _apart(state.value.data, recipe)):
        st.markdown(told)
    _beside(rows)
    if rows:
        st.caption(
            _(
                "Yours are means over runs that differ in their seed alone, with 95% intervals "
                "(Student's t); a single run has none. The last epoch counts, never the best."
            )
        )
    if own.left_out:
        counts = enumerated(f"{count} {_(reason)}" for reason, count in own.left_out.items())
        st.caption(_("Not counted: {counts}.").format(counts=counts))


def _choose(found: dict[Recipe, Rows]) -> Recipe | None:
    """The recipe whose runs are shown; the book's comes first, then those of which there are most runs."""
    if not found:
        st.caption(_("None of your runs on these data is finished yet."))
        return None
    counts = {recipe: sum(map(len, rows.values())) for recipe, rows in found.items()}
    ordered = sorted(found, key=lambda recipe: (len(recipe) > 1, -counts[recipe], str(recipe)))
    titles = {recipe: f"{_title(recipe)} ({_runs(counts[recipe])})" for recipe in ordered}
    tip = _("Only runs with the same settings are laid side by side.")
    if st.session_state.get(_CHOSEN) not in found:
        st.session_state[_CHOSEN] = ordered[0]
    look: dict[str, Any] = {"format_func": titles.__getitem__, "help": tip, "width": 620, "key": _CHOSEN}
    chosen: Recipe = st.selectbox(_("Settings of your runs"), ordered, **look)
    return chosen


def _title(recipe: Recipe) -> str:
    (_name, epochs), *apart = recipe
    told = [named(labels.setting(name), labels.value(name, value)) for name, value in apart]
    words = enumerated(told, REMARKS) or _("otherwise the book's settings")
    return _("{epochs} epochs; {others}").format(epochs=epochs, others=words)


def _runs(count: int) -> str:
    return counted(count, _("1 run"), _("{count} runs"))


def _beside(rows: Rows) -> None:
    """The book's numbers and the means of the learner's, drawn and written."""
    names = [_("Net with L2") if row == "net_l2" else _(designs.design(row).title) for row in FIGURE_8_13]
    found = [rows.get(row, {}).values() for row in FIGURE_8_13]
    train = [interval([one.train_accuracy for one in ends]) if ends else None for ends in found]
    val = [interval([one.val_accuracy for one in ends]) if ends else None for ends in found]
    accuracies: dict[str, list[float | None]] = {
        _("The book, training"): [train for train, _val in FIGURE_8_13.values()],
        _("The book, validation"): [val for _train, val in FIGURE_8_13.values()],
        _("Your mean, training"): [None if one is None else one.mean for one in train],
        _("Your mean, validation"): [None if one is None else one.mean for one in val],
    }
    halves = [[None if one is None else one.half for one in column] for column in (train, val)]
    figure = figures.accuracy_figure(names, accuracies, halves, _("accuracy after the last epoch"))
    figures.show(figure, "train.chapter", 480)
    # Both in one column: on a phone a wider table would hide its right half.
    book = [" / ".join("–" if one is None else f"{one:.3f}" for one in row) for row in FIGURE_8_13.values()]
    mine = [f"{_told(a)} / {_told(b)}" for a, b in zip(train, val, strict=True)]
    counts = [_runs(len(ends)) if ends else "–" for ends in found]
    columns = (_("Training / validation"), _("The book"), _("You"), _("Your runs"))
    st.table(dict(zip(columns, (names, book, mine, counts), strict=True)))


def _told(found: Interval | None) -> str:
    if found is None:
        return "–"
    return f"{found.mean:.3f}" + ("" if found.half is None else f" ± {found.half:.3f}")


def _apart(data: str, recipe: Recipe) -> str:
    """Why the learner's runs of a recipe are not to be compared with the book's; "" where they are."""
    (_name, epochs), *apart = recipe
    book = published.EPOCHS[-1]
    reasons = [] if published.book_data(data) else [_("other pictures")]
    reasons += [] if epochs == book else [_("{count} epochs").format(count=book)]
    reasons += [_("other settings")] if apart else []
    told = _("Compare these runs with each other, not with the book's, which had {what}.")
    return told.format(what=enumerated(reasons)) if reasons else ""


def own_runs(key: str) -> Own:
    """The learner's runs on a data set that stand in the figure."""
    own, counted = Own(), defaultdict[Recipe, Rows](lambda: defaultdict(dict))
    for run, status in all_runs():
        row = published.row_of(run.settings.design, run.settings.l2)
        if run.settings.data != key or row is None or status.last is None:
            continue
        if (reason := _left_out(run, status)) is not None:
            own.left_out[reason] += 1
        else:
            counted[recipe_of(run)][row].setdefault(run.settings.seed, status.last)
    own.counted = dict(counted)
    return own


def recipe_of(run: Run) -> Recipe:
    """What a run was told beside its design's part in the figure, its data, its seed and its machine."""
    apart = {name: own for name, (own, _book) in published.differences(run.settings).items()}
    apart.pop("data", None)
    slips: Sequence[str] = ("unshuffled", "validate_in_train_mode")
    apart |= {name: True for name in slips if getattr(run.settings, name)}
    return (("epochs", run.settings.epochs), *sorted(apart.items()))


def _left_out(run: Run, status: Status) -> str | None:
    """Why a run does not stand for its settings."""
    if not seeds.complete(status):
        return N_("not trained to the end")
    with suppress(UserError):  # pictures that have gone may be any
        if shelf.digest(run.settings.data) != run.environment.get("data", {}).get("digest"):
            return N_("on pictures that have changed since")
    try:
        return N_("forked, or with a changed learning rate") if seeds.steered(run.story()) else None
    except UserError:
        return N_("damaged")
