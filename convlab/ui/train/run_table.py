"""Past runs: a table to search and to choose from, and what can be done with the chosen ones."""

import hashlib
from contextlib import suppress
from typing import Any

import streamlit as st

from convlab.errors import UserError
from convlab.networks import designs
from convlab.training import queue, run_files, runs
from convlab.training.runs import Run
from convlab.training.status import Status
from convlab.ui.boundary import acting, error_boundary, keeping, rerun, say, say_problem
from convlab.ui.frame import again_and_again
from convlab.ui.person import count_unseen, seen
from convlab.ui.runs import labels
from convlab.ui.runs.labels import LIVE
from convlab.ui.train import compare, events
from convlab.ui.train.controls import State
from convlab.ui.words import _, counted, duration, escaped, explain, moment

_FORMATS = {"train_accuracy": "percent", "val_accuracy": "percent", "val_loss": "%.4f"}
MOST_ROWS = 200
MOST_COMPARED = 8
LOOK_EVERY_S = 1.0
_MOST_NAMED, _MOST_OF_A_NAME = 5, 40  # folders, and characters of a name, in a sentence
_TICKED = "train.ticked"  # ids of runs
_BEGUN = "train.table"  # key of the table, and the places that were ticked when it was new


def past_runs(state: State) -> None:
    """The table, and below it what can be done with the runs that are ticked.

    A fragment of its own: while any run waits or trains, it is shown again and again.
    """
    live = _any_live(all_runs())
    again_and_again(_past_runs, LOOK_EVERY_S if live else None)(state, live)


def _past_runs(state: State, was_live: bool) -> None:
    with error_boundary():
        listed, others = survey()
        _table_and_chosen(state, listed, others)
        if unseen := count_unseen(runs.all_runs):
            st.caption(_not_listed(unseen))
    if _any_live(listed) != was_live:
        rerun()  # to begin to look again and again, or to leave off


def _not_listed(count: int) -> str:
    one = _("1 run is not listed: only other people brought its pictures. Its link opens it.")
    more = _(
        "{count:,} runs are not listed: only other people brought their pictures. A run's link opens it."
    )
    return counted(count, one, more)


def _any_live(rows: list["Row"]) -> bool:
    return any(status.state in LIVE for _run, status in rows)


def _table_and_chosen(state: State, listed: list["Row"], others: list[str]) -> None:
    if not listed:
        _say_unreadable(others)
        st.info(_("No runs yet: press Start above."), icon=":material/info:")
        return
    hint = _("name, network, data, state")
    words = st.text_input(_("Search"), width=360, placeholder=hint, key="train.search", max_chars=80)
    found, damaged = searched(listed, words)
    _say_unreadable([*others, *damaged])
    if not found:
        if words.strip():
            st.info(_("No run matches all of these words."), icon=":material/search_off:")
        return
    chosen = [found[n][0] for n in _table(found)]
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


def _say_unreadable(folders: list[str]) -> None:
    """Which folders among the runs are left out, and what to do about it."""
    if not folders:
        return
    names = ", ".join(escaped(ascii(name)[1:-1][:_MOST_OF_A_NAME]) for name in folders[:_MOST_NAMED])
    if len(folders) > _MOST_NAMED:
        names = _("{names} and {count:,} more").format(names=names, count=len(folders) - _MOST_NAMED)
    told = _(
        "**{count:,}** of the folders with runs cannot be read and are left out: {names}. They are damaged,"
        " or another version or user made them: move them out of the folder `runs`, or delete them there."
    )
    st.warning(told.format(count=len(folders), names=names), icon=":material/folder_off:")


Row = tuple[Run, Status]
Shown = tuple[Run, dict[str, Any]]  # with its cells


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


def searched(rows: list[Row], words: str) -> tuple[list[Shown], list[str]]:
    """The runs of whose row each word is a part, as many as are shown; and the ids of damaged ones."""
    wanted, found, damaged = words.casefold().split(), [], []
    for run, status in rows:
        try:
            shown = cells(run, status)
        except UserError:
            damaged.append(run.id)
            continue
        text = " ".join(map(str, shown.values())).casefold() if wanted else ""
        if all(word in text for word in wanted):
            found.append((run, shown))
        if len(found) == MOST_ROWS:
            break
    return found, damaged


def cells(run: Run, status: Status) -> dict[str, Any]:
    """A run as a row: title of the column -> value."""
    settings, last, told = run.settings, status.last, run.story()
    return {
        _("Name"): run.name,
        _("State"): _state(run, status),
        _("Network"): _(designs.design(settings.design).title),
        _("Data"): run.environment.get("data", {}).get("title", settings.data),
        _("Epochs"): f"{status.epoch} / {settings.epochs}",
        **{_(labels.METRICS[name]): getattr(last, name, None) for name in _FORMATS},
        _("Gap"): getattr(last, "gap", None),
        "lr": events.rate(told.leg),
        "batch_size": settings.batch_size,
        _("Optimiser"): settings.optimizer,
        _("Seed"): settings.seed,
        _("Time"): duration(status.seconds),
        _("Begun"): moment(run.created),
        _("Forked"): events.forked(told),
    }


def _state(run: Run, status: Status) -> str:
    """What its state is called; of a run that another lab has, in which process."""
    owner = queue.stranger(run) if status.state in LIVE else None
    if owner is None:
        return labels.state(status)
    told = {"state": labels.state(status), "pid": owner.pid, "host": owner.host}
    if owner.here:
        return _("{state} (process {pid})").format(**told)
    return _("{state} (process {pid} on {host})").format(**told)


def _table(rows: list[Shown]) -> list[int]:
    """Show the rows; the places of those that are ticked."""
    number = st.column_config.NumberColumn
    formats = {_(labels.METRICS[name]): number(format=shape) for name, shape in _FORMATS.items()}
    tip = _("Training accuracy less validation accuracy: a large gap is overfitting.")
    formats[_("Gap")] = number(format="percent", help=tip)
    # Ticks are places in the list: another list must not inherit them, but those of runs that it has stay.
    ids = [run.id for run, _cells in rows]
    key = f"train.table.{hashlib.sha256(' '.join(ids).encode()).hexdigest()[:12]}"
    if st.session_state.get(_BEGUN, ("", []))[0] != key:
        ticked = st.session_state.get(_TICKED, ())
        st.session_state[_BEGUN] = key, [n for n, id in enumerate(ids) if id in ticked]
    event: Any = st.dataframe(
        [shown for _run, shown in rows],
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        column_config=formats,
        height=min(420, 38 + 35 * len(rows)),
        key=key,
        selection_default={"selection": {"rows": st.session_state[_BEGUN][1]}},
    )
    found = sorted(n for n in event.selection.rows if n < len(ids))
    elsewhere = [id for id in st.session_state.get(_TICKED, ()) if id not in ids]  # not of this search
    st.session_state[_TICKED] = elsewhere + [ids[n] for n in found]
    return found


def _one(state: State, run: Run) -> None:
    renamed = f"train.renamed.{run.id}"
    with st.container(horizontal=True, vertical_alignment="bottom", key="train.one"):
        if st.button(_("Open"), icon=":material/open_in_full:", type="primary", key=f"train.open.{run.id}"):
            state.change(run=run.id)
            rerun()
        rename = acting(lambda: run.rename(st.session_state[renamed]), "train.past")
        look: dict[str, Any] = {"width": 360, "max_chars": run_files.NAME_LENGTH}
        st.text_input(_("Name"), run.name, key=renamed, on_change=rename, **look)
    say_problem("train.past")


def _delete(state: State, chosen: list[Run]) -> None:
    names = ", ".join(map(_whose, chosen))
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
    rerun()


def _whose(run: Run) -> str:
    """Its name, and who has it where that is another lab; Markdown."""
    owner, name = queue.stranger(run), escaped(run.name)
    return name if owner is None else f"{name} ({escaped(explain(owner.said()).rstrip('.'))})"


def under_way(state: State) -> None:
    """Where a run is training but not shown, say so and offer to show it."""
    live = [] if state.value.run else [run for run, status in all_runs() if status.state in LIVE]
    if live:
        run = live[-1]
        with st.container(horizontal=True, vertical_alignment="center", key="train.under_way"):
            st.markdown(_("**{name}** is training now.").format(name=escaped(run.name)))
            st.button(_("Show it"), on_click=keeping(lambda: state.change(run=run.id)), key="train.show")
