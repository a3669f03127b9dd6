"""Past runs as rows: which are listed, which of them a filter finds, in which order, what their cells say."""

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from convlab.datasets.sources import SOURCES
from convlab.errors import N_, UserError
from convlab.training import queue, runs
from convlab.training.run_files import Meta
from convlab.training.runs import Run
from convlab.training.status import LIVE, Status
from convlab.training.under_way import Row as Row
from convlab.ui.person import seen
from convlab.ui.runs import labels
from convlab.ui.train import events
from convlab.ui.train.controls import SPANS_S, TrainControls
from convlab.ui.words import _, duration, moment

Shown = tuple[Run, dict[str, Any]]  # with its cells, by the titles of their columns

SETTINGS = ("design", "data", "lr", "batch_size", "optimizer", "seed")  # always columns
MEASURED = ("epochs", "train_accuracy", "val_accuracy", "val_loss", "gap")
_FIRST, _LAST = ("name", "tags", "state"), ("seconds", "begun", "forked", "notes")
_TITLES = {
    "name": N_("Name"),
    "tags": N_("Tags"),
    "state": N_("State"),
    "gap": N_("Gap (points)"),
    "seconds": N_("Time"),
    "begun": N_("Begun"),
    "forked": N_("Forked"),
    "notes": N_("Notes"),
}
_LONG = 120  # characters of notes in a cell


def all_runs() -> list[Row]:
    """Every run that can be read and is to be listed here, with its status, the newest first."""
    return survey()[0]


def survey() -> tuple[list[Row], list[str]]:
    """The same, and the names of folders that cannot be read, of unknown origin."""
    listed, others = runs.survey()
    found = []
    for run in seen(listed):
        with suppress(UserError):  # deleted meanwhile
            found.append((run, run.status()))
    return found, others


@dataclass(frozen=True)
class Entry:
    """A run with what is known of it without a look at what it measured: enough to filter and to sort."""

    run: Run
    status: Status

    @cached_property
    def meta(self) -> Meta:
        """Read once."""
        return self.run.meta

    @cached_property
    def settings(self) -> dict[str, Any]:
        """By name, the design's options among them, those that nobody chose too."""
        return labels.whole(self.run.settings)

    def value(self, column: str) -> Any:
        """By what a column is sorted; None where there is nothing."""
        if column in _ABOUT:
            return _ABOUT[column](self)
        if column in labels.METRICS or column == "gap":
            return getattr(self.status.last, column, None)
        return self.settings.get(column)

    @cached_property
    def text(self) -> str:
        """All that a search looks through, without capitals."""
        told = [_ABOUT[name](self) for name in ("name", "tags", "state", "forked", "notes", "data")]
        told += [labels.value(name, self.settings.get(name)) for name in SETTINGS if name != "data"]
        told += [_epochs(self), moment(self.run.created)]
        return " ".join(str(one) for one in told if one is not None).casefold()


def _epochs(entry: Entry) -> str:
    return f"{entry.status.epoch} / {entry.run.settings.epochs}"


def _data(entry: Entry) -> str:
    if entry.run.settings.data in SOURCES:
        return labels.data_title(entry.run.settings.data)
    title: str = entry.run.environment.get("data", {}).get("title", "")
    return title or labels.data_title(entry.run.settings.data)


_ABOUT: dict[str, Callable[[Entry], Any]] = {  # columns that are no settings
    "name": lambda entry: entry.meta.name,
    "tags": lambda entry: ", ".join(entry.meta.tags) or None,
    "state": lambda entry: _state(entry.run, entry.status),
    "data": _data,
    "epochs": lambda entry: entry.status.epoch,
    "seconds": lambda entry: entry.status.seconds,
    "begun": lambda entry: entry.run.created,
    "forked": lambda entry: entry.meta.file or (entry.run.parent and entry.run.parent.run) or None,
    "notes": lambda entry: entry.meta.notes or None,
}
SORTABLE = (*_FIRST, *SETTINGS, *MEASURED, *_LAST)


def title(column: str) -> str:
    """What a column is called."""
    if column in labels.METRICS:
        return _(labels.METRICS[column])
    return _(_TITLES[column]) if column in _TITLES else labels.setting(column)


def found(rows: Sequence[Row], asked: TrainControls) -> tuple[list[Entry], list[str]]:
    """The runs that the page's filters find, in its order; and the ids of damaged ones."""
    since = time.time() - SPANS_S[asked.begun] if asked.begun else 0.0
    wanted, kept, damaged = asked.search.casefold().split(), [], []
    for run, status in rows:
        entry = Entry(run, status)
        try:
            if _passes(entry, asked, since) and all(word in entry.text for word in wanted):
                kept.append((entry, _order(entry.value(asked.sort))))
        except UserError:
            damaged.append(run.id)
    kept.sort(key=lambda one: one[1][1:], reverse=not asked.ascending)
    kept.sort(key=lambda one: one[1][0])  # what has no value comes last either way
    return [entry for entry, _key in kept], damaged


def _passes(entry: Entry, asked: TrainControls, since: float) -> bool:
    pairs = (
        (asked.only_design, entry.run.settings.design),
        (asked.only_data, entry.run.settings.data),
        (asked.only_state, entry.status.state),
    )
    return entry.run.created >= since and all(not want or want == has for want, has in pairs)


def _order(value: Any) -> tuple[bool, float, str]:
    """Numbers by their size, all else by its letters; first whether there is nothing to compare."""
    number = isinstance(value, int | float)
    nothing = value is None or (number and math.isnan(value))
    return nothing, 0.0 if nothing or not number else float(value), "" if number else str(value).casefold()


def columns(entries: Sequence[Entry], chosen: Sequence[str] = ()) -> list[str]:
    """The columns of a table in order: the chosen ones, or all, the settings that differ first."""
    if picked := [name for name in chosen if name in (*SORTABLE, *differing(entries))]:
        return ["name", *(name for name in picked if name != "name")]
    apart = differing(entries)
    same = [name for name in SETTINGS if name not in apart]
    empty = {name for name in ("tags", "notes") if not any(entry.value(name) for entry in entries)}
    return [name for name in (*_FIRST, *apart, *MEASURED, *same, *_LAST) if name not in empty]


def differing(entries: Sequence[Entry]) -> list[str]:
    """Settings in which these runs are not all alike; those that a table always has come first."""
    if not entries:
        return []
    first, apart = entries[0].settings, set[str]()
    for entry in entries:
        apart |= first.keys() - entry.settings.keys()
        apart |= {name for name, value in entry.settings.items() if first.get(name) != value}
    apart.discard("epochs")  # it is always a column, with what was trained of them
    return [name for name in (*SETTINGS, *sorted(apart.difference(SETTINGS))) if name in apart]


def cells(entry: Entry, shown: Sequence[str]) -> dict[str, Any]:
    """A run as a row: column -> value."""
    return {name: _cell(entry, name) for name in shown}


def _cell(entry: Entry, column: str) -> Any:
    written: dict[str, Callable[[], Any]] = {
        "epochs": lambda: _epochs(entry),
        "gap": lambda: None if (gap := entry.value("gap")) is None else 100 * gap,
        "lr": lambda: events.rate(entry.run.story().leg),
        "seconds": lambda: duration(entry.status.seconds),
        "begun": lambda: moment(entry.run.created),
        "forked": lambda: events.forked(entry.run.story()),
        "notes": lambda: _short(entry.meta.notes),
        "tags": lambda: ", ".join(entry.meta.tags),
    }
    if column in written:
        return written[column]()
    value = entry.value(column)
    if column in _ABOUT or isinstance(value, int | float) or value is None:
        return value
    return labels.value(column, value)


def _short(notes: str) -> str:
    line = " ".join(notes.split())
    return line if len(line) <= _LONG else line[: _LONG - 1] + "…"


def _state(run: Run, status: Status) -> str:
    """What its state is called; of a run that another lab has, in which process."""
    owner = queue.stranger(run) if status.state in LIVE else None
    if owner is None:
        return labels.state(status)
    told = {"state": labels.state(status), "pid": owner.pid, "host": owner.host}
    if owner.here:
        return _("{state} (process {pid})").format(**told)
    return _("{state} (process {pid} on {host})").format(**told)


def rows(entries: Sequence[Entry], shown: Sequence[str]) -> tuple[list[Shown], list[str]]:
    """These runs with their cells, and the ids of damaged ones."""
    titles, found, damaged = {name: title(name) for name in shown}, [], []
    for entry in entries:
        try:
            told = cells(entry, shown)
            found.append((entry.run, {titles[name]: value for name, value in told.items()}))
        except UserError:
            damaged.append(entry.run.id)
    return found, damaged
