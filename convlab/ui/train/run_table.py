"""Past runs: a table to search and to choose from, and what can be done with the chosen ones."""

import hashlib
from contextlib import suppress
from datetime import datetime
from typing import Any

import streamlit as st

from convlab.errors import UserError
from convlab.networks import designs
from convlab.training import runs
from convlab.training.runs import Run
from convlab.training.status import Status
from convlab.ui.boundary import acting, say, say_problem
from convlab.ui.train import compare, labels
from convlab.ui.train.controls import State
from convlab.ui.train.labels import LIVE
from convlab.ui.words import _, escaped

_FORMATS = {"train_accuracy": "percent", "val_accuracy": "percent", "val_loss": "%.4f"}
MOST_ROWS = 200
MOST_COMPARED = 8


def past_runs(state: State) -> None:
    """The table, and below it what can be done with the runs that are ticked."""
    listed = all_runs()
    if not listed:
        st.info(_("No runs yet: press Start above."), icon=":material/info:")
        return
    hint = _("name, network, data, state")
    words = st.text_input(_("Search"), width=360, placeholder=hint, key="train.search", max_chars=80)
    found = [row for row in listed if matches(row, words)][:MOST_ROWS]
    if not found:
        st.info(_("No run matches all of these words."), icon=":material/search_off:")
        return
    chosen = [found[n][0] for n in _table(found) if n < len(found)]
    if not chosen:
        st.caption(_("Tick one run to open, rename or delete it; tick several to compare them."))
        return
    if len(chosen) == 1:
        _one(state, chosen[0])
    _delete(state, chosen)
    if len(chosen) > 1:
        compare.compare(chosen[:MOST_COMPARED])
        if len(chosen) > MOST_COMPARED:
            st.caption(_("The first {most} are compared.").format(most=MOST_COMPARED))


Row = tuple[Run, Status]


def all_runs() -> list[Row]:
    """Every run that can be read, with its status, the newest first."""
    found = []
    for run in runs.all_runs():
        with suppress(UserError):  # deleted meanwhile, or of another version
            found += [(run, run.status())] if run.settings else []
    return found


def matches(row: Row, words: str) -> bool:
    """Whether each word occurs in what the table says of a run."""
    text = " ".join(str(value) for value in cells(*row).values()).casefold()
    return all(word in text for word in words.casefold().split())


def cells(run: Run, status: Status) -> dict[str, Any]:
    """A run as a row: title of the column -> value."""
    settings, last, parent = run.settings, status.last, ""
    if run.parent is not None:
        parent = _("from epoch {epoch} of {run}").format(epoch=run.parent.epoch, run=run.parent.run[:6])
    return {
        _("Name"): run.name,
        _("State"): labels.state(status),
        _("Network"): _(designs.design(settings.design).title),
        _("Data"): run.environment.get("data", {}).get("title", settings.data),
        _("Epochs"): f"{status.epoch} / {settings.epochs}",
        **{_(labels.METRICS[name]): getattr(last, name, None) for name in _FORMATS},
        "lr": f"{settings.lr:g}",
        "batch_size": settings.batch_size,
        _("Optimiser"): settings.optimizer,
        _("Seed"): settings.seed,
        _("Time"): labels.duration(status.seconds),
        _("Begun"): datetime.fromtimestamp(run.created).strftime("%Y-%m-%d %H:%M"),
        _("Forked"): parent,
    }


def _table(rows: list[Row]) -> list[int]:
    """Show the rows; the places of those that are ticked."""
    number = st.column_config.NumberColumn
    formats = {_(labels.METRICS[name]): number(format=shape) for name, shape in _FORMATS.items()}
    # Ticks are places in the list: another list must not inherit them.
    identity = hashlib.sha256(" ".join(run.id for run, _status in rows).encode()).hexdigest()[:12]
    event: Any = st.dataframe(
        [cells(*row) for row in rows],
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        column_config=formats,
        height=min(420, 38 + 35 * len(rows)),
        key=f"train.table.{identity}",
    )
    return sorted(event.selection.rows)


def _one(state: State, run: Run) -> None:
    renamed = f"train.renamed.{run.id}"
    with st.container(horizontal=True, vertical_alignment="bottom", key="train.one"):
        if st.button(_("Open"), icon=":material/open_in_full:", type="primary", key=f"train.open.{run.id}"):
            state.change(run=run.id)
            st.rerun()
        rename = acting(lambda: run.rename(st.session_state[renamed]), "train.past")
        look: dict[str, Any] = {"width": 360, "max_chars": runs.NAME_LENGTH}
        st.text_input(_("Name"), run.name, key=renamed, on_change=rename, **look)
    say_problem("train.past")


def _delete(state: State, chosen: list[Run]) -> None:
    names = ", ".join(escaped(run.name) for run in chosen)
    with st.popover(_("Delete"), icon=":material/delete:"):
        st.markdown(_("Delete for good, with all weights and curves: {names}").format(names=names))
        label = _("Yes, delete {count}").format(count=len(chosen))
        sure = st.button(label, type="primary", key="train.delete")
    if not sure:
        return
    for run in chosen:
        try:
            run.delete()
        except UserError as error:
            say(error, "warning", about=run.name)
            return
        if run.id == state.value.run:
            state.change(run="")
    st.rerun()


def under_way(state: State) -> None:
    """Where a run is training but not shown, say so and offer to show it."""
    live = [] if state.value.run else [run for run, status in all_runs() if status.state in LIVE]
    if live:
        run = live[-1]
        with st.container(horizontal=True, vertical_alignment="center", key="train.under_way"):
            st.markdown(_("**{name}** is training now.").format(name=escaped(run.name)))
            st.button(_("Show it"), on_click=lambda: state.change(run=run.id), key="train.show")
