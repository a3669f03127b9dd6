"""Now and next: what trains, what waits, how long each and all still take; and the last runs."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import streamlit as st

from convlab.comparison import sweep as sweeps
from convlab.comparison.plan import makespan
from convlab.errors import UserError
from convlab.training import queue
from convlab.training import under_way as living
from convlab.training.runs import Run
from convlab.ui.boundary import acting, error_boundary, keeping, rerun, say_problem
from convlab.ui.frame import again_and_again
from convlab.ui.person import seen
from convlab.ui.runs import starting
from convlab.ui.train.controls import State
from convlab.ui.train.run_rows import Row, all_runs
from convlab.ui.words import _, clauses, counted, duration, escaped, named

LOOK_EVERY_S = 1.0
MOST_SHOWN, LAST_RUNS = 8, 4


def under_way(state: State) -> None:
    """The strip; nothing where no other run than the one that is shown trains or waits."""
    rows = _live()
    again_and_again(_strip, LOOK_EVERY_S if rows else None)(state, [run.id for run, _status in rows])


def _live() -> list[Row]:
    """What trains first, then what waits, in its order."""
    rows = [row for row in living.survey() if seen([row[0]])]
    return sorted(rows, key=lambda row: (row[1].place or 0, row[0].created))


def _strip(state: State, before: list[str]) -> None:
    with error_boundary():
        rows = _live()
        if any(run.id != state.value.run for run, _status in rows):
            with st.container(border=True, key="train.line"):
                _whole(rows)
                for run, status in rows[:MOST_SHOWN]:
                    _row(state, (run, status), starting.left_s(run, status))
                say_problem("train.line")
    if bool(rows) != bool(before):
        rerun()  # to begin to look again and again, or to leave off


def _whole(rows: Sequence[Row]) -> None:
    """How many, and how long they all take."""
    waiting = sum(status.state == "queued" for _run, status in rows)
    trains = counted(len(rows) - waiting, _("1 run trains"), _("{count} runs train"))
    told = clauses(trains, counted(waiting, _("1 waits"), _("{count} wait")))
    each = [starting.left_s(run, status) for run, status in rows]
    if behind := _of_comparisons():
        told = clauses(
            told,
            counted(len(behind), _("1 more of a comparison comes"), _("{count} more of comparisons come")),
        )
        each += behind
    if (left := whole_s(each, queue.shared().slots)) is not None:
        told = named(told, _("about {time} for all").format(time=duration(left)))
    if len(rows) > MOST_SHOWN:
        told += " · " + _("the first {count} are listed").format(count=MOST_SHOWN)
    st.markdown(f"**{told}**")


def whole_s(lefts: Sequence[float | None], slots: int) -> float | None:
    """Seconds until all runs are done, one after another in so many slots; None where one is not known."""
    known = [left for left in lefts if left is not None]
    return makespan(known, max(1, slots)) if len(known) == len(lefts) else None


def _of_comparisons() -> list[float]:
    """Seconds of each run that a comparison puts into the line later."""
    found: list[float] = []
    for one in sweeps.all_sweeps():
        with suppress(UserError):  # deleted at this moment
            found += one.to_come()
    return found


def _row(state: State, row: Row, left: float | None) -> None:
    run, status = row
    with st.container(horizontal=True, vertical_alignment="center", key=f"train.line.{run.id}"):
        told = _("waits, place {place}").format(place=status.place or 1)
        if status.state == "running":
            told = _("epoch {epoch} of {epochs}").format(epoch=status.epoch + 1, epochs=status.epochs)
        if left is not None:
            told = clauses(told, _("about {time} left").format(time=duration(left)))
        st.markdown(f"**{escaped(run.name)}** · {told}", width="content")
        if run.id != state.value.run:
            st.button(
                _("Show it"), on_click=keeping(partial(state.change, run=run.id)), key=f"train.show.{run.id}"
            )
        if queue.stranger(run) is not None:
            return
        if (status.place or 0) > 1:
            _button(_("Earlier"), "arrow_upward", partial(queue.shared().sooner, run), run)
        _button(_("Cancel"), "close", partial(queue.shared().cancel, run), run)


def _button(label: str, icon: str, action: Callable[[], object], run: Run) -> None:
    look: dict[str, Any] = {"icon": f":material/{icon}:", "key": f"train.{icon}.{run.id}"}
    st.button(label, on_click=acting(action, "train.line"), **look)


def last_runs(state: State) -> bool:
    """The newest runs as buttons, where there are any; whether there are."""
    rows = all_runs()
    if not rows:
        return False
    with st.container(horizontal=True, vertical_alignment="center", key="train.last"):
        told = _("{count:,} runs are here; the last of them, with their validation accuracy:")
        st.markdown(counted(len(rows), _("1 run is here, with its validation accuracy:"), told))
        for run, status in rows[:LAST_RUNS]:
            accuracy = [] if status.last is None else [f"{status.last.val_accuracy:.1%}"]
            look: dict[str, Any] = {"key": f"train.last.{run.id}"}
            st.button(
                clauses(escaped(run.name), *accuracy),
                on_click=keeping(partial(state.change, run=run.id)),
                **look,
            )
        look = {"icon": ":material/list:", "key": "train.all_runs"}
        st.button(_("All runs"), on_click=keeping(partial(state.change, experiment="past")), **look)
    return True
