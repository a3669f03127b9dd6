"""Past runs: a table to search and to choose from, and what can be done with the chosen ones."""

from dataclasses import dataclass, field, replace
from typing import Any

import streamlit as st

from convlab.errors import UserError
from convlab.training import queue, run_files, runs
from convlab.training.runs import Run
from convlab.training.status import LIVE
from convlab.ui.boundary import acting, error_boundary, keeping, rerun, say, say_problem
from convlab.ui.frame import again_and_again
from convlab.ui.person import count_unseen
from convlab.ui.runs import labels
from convlab.ui.train import compare, run_filters, run_notes, run_rows
from convlab.ui.train.controls import MOST_TICKED, State
from convlab.ui.train.run_rows import Row, Shown, survey
from convlab.ui.words import _, counted, enumerated, escaped, explain

_FORMATS = {"train_accuracy": "percent", "val_accuracy": "percent", "val_loss": "%.4f"}
MOST_COMPARED = 60
LOOK_EVERY_S = 1.0
_MOST_NAMED, _MOST_OF_A_NAME = 5, 40  # folders, and characters of a name, in a sentence
_BEGUN = "train.table"


@dataclass(frozen=True)
class _Begun:
    """The table in this session: its runs, the ticks it told of last, those it began with."""

    ids: list[str] = field(default_factory=list)
    said: str = ""
    number: int = 0
    places: list[int] = field(default_factory=list)


def past_runs(state: State) -> None:
    """The table, and below it what can be done with the runs that are ticked.

    A fragment of its own: while any run waits or trains, it is shown again and again.
    """
    first = [survey()]
    live = _any_live(first[0][0])
    again_and_again(_past_runs, LOOK_EVERY_S if live else None)(state, live, first)


def _past_runs(state: State, was_live: bool, first: list[tuple[list[Row], list[str]]]) -> None:
    """``first``: what the page has just read, for the first look alone."""
    with error_boundary():
        listed, others = first.pop() if first else survey()
        _table_and_chosen(state, listed, others)
        if unseen := count_unseen(runs.all_runs):
            st.caption(_not_listed(unseen))
        state.write()  # this part runs alone, and the link holds the table
    if _any_live(listed) != was_live:
        rerun()  # to begin to look again and again, or to leave off


def _not_listed(count: int) -> str:
    one = _("1 run is not listed: only other people brought its pictures. Its link opens it.")
    more = _(
        "{count:,} runs are not listed: only other people brought their pictures. A run's link opens it."
    )
    return counted(count, one, more)


def _any_live(rows: list[Row]) -> bool:
    return any(status.state in LIVE for _run, status in rows)


def _table_and_chosen(state: State, listed: list[Row], others: list[str]) -> None:
    if not listed:
        _say_unreadable(others)
        st.info(_("No runs yet: press Start above."), icon=":material/info:")
        return
    run_filters.filters(state, listed)
    found, damaged = run_rows.found(listed, state.value)
    run_filters.columns_and_order(state, found)
    here = run_filters.paged(state, found)
    shown, unread = run_rows.rows(here, run_rows.columns(found, run_filters.chosen(state)))
    _say_unreadable([*others, *damaged, *unread])
    if not found:
        st.info(_("No run is all of this."), icon=":material/search_off:")
        return
    ids = _table(state, shown) if shown else []
    chosen = [entry.run for entry in found if entry.run.id in ids]
    if not chosen:
        st.caption(_("Tick one run to open, name or delete it; tick several to compare them."))
        return
    _ticked_elsewhere(state, len(chosen), len(set(ids) & {run.id for run, _cells in shown}))
    if len(chosen) == 1:
        _one(state, chosen[0])
    run_notes.notes(chosen)
    _delete(state, chosen)
    if len(chosen) > 1:
        compare.compare(chosen[:MOST_COMPARED])
        if len(chosen) > MOST_COMPARED:
            st.caption(_("The first {most} are compared.").format(most=MOST_COMPARED))


def _ticked_elsewhere(state: State, chosen: int, here: int) -> None:
    """Where runs of other pages are ticked too, say so: what is done is done to them as well."""
    if chosen == here:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="train.elsewhere"):
        told = _("{count:,} runs are ticked, {others:,} of them on other pages of the table.")
        st.markdown(told.format(count=chosen, others=chosen - here), width="content")
        look: dict[str, Any] = {"icon": ":material/remove_done:", "key": "train.untick"}
        st.button(_("Untick all"), on_click=keeping(lambda: state.change(ticked="")), **look)


def _say_unreadable(folders: list[str]) -> None:
    """Which folders among the runs are left out, and what to do about it."""
    if not folders:
        return
    names = enumerated(escaped(ascii(name)[1:-1][:_MOST_OF_A_NAME]) for name in folders[:_MOST_NAMED])
    if len(folders) > _MOST_NAMED:
        names = _("{names} and {count:,} more").format(names=names, count=len(folders) - _MOST_NAMED)
    told = _(
        "**{count:,}** of the folders with runs cannot be read and are left out: {names}. They are damaged,"
        " or another version or user made them: move them out of the folder `runs`, or delete them there."
    )
    st.warning(told.format(count=len(folders), names=names), icon=":material/folder_off:")


def _table(state: State, rows: list[Shown]) -> list[str]:
    """Show the rows; the ids of all runs that are ticked, on other pages and by other filters too."""
    number = st.column_config.NumberColumn
    formats = {_(labels.METRICS[name]): number(format=shape) for name, shape in _FORMATS.items()}
    tip = _("Training accuracy less validation accuracy: a large gap is overfitting.")
    formats[_("Gap (points)")] = number(format="%+.1f", help=tip)
    # Ticks are places in the list: another list must not inherit them, but those of runs that it has stay.
    ids, ticked = [run.id for run, _cells in rows], state.value.ticked
    begun: _Begun = st.session_state.get(_BEGUN, _Begun())
    if (begun.ids, begun.said) != (ids, ticked):  # other runs, or ticks that the table has not told of
        places = [n for n, id in enumerate(ids) if id in ticked]
        begun = _Begun(ids, ticked, begun.number + 1, places)
    event: Any = st.dataframe(
        [shown for _run, shown in rows],
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        column_config=formats,
        height=min(420, 38 + 35 * len(rows)),
        key=f"train.table.{begun.number}",
        selection_default={"selection": {"rows": begun.places}},
    )
    here = [ids[n] for n in sorted(event.selection.rows) if n < len(ids)]
    elsewhere = [id for id in ticked.split(",") if id and id not in ids]
    now = ",".join([*elsewhere, *here][-MOST_TICKED:])
    if now != ticked:
        state.change(ticked=now)
    st.session_state[_BEGUN] = replace(begun, said=now)
    return now.split(",")


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
    names = enumerated(map(_whose, chosen))
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
