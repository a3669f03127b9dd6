"""Now and next: what trains, waits or is paused, how long each and all still take; and the last runs."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import takewhile, zip_longest
from typing import Any

import streamlit as st

from convlab.comparison import feeding
from convlab.comparison import sweep as sweeps
from convlab.comparison.plan import beginnings, makespan
from convlab.datasets import givers
from convlab.errors import UserError
from convlab.training import queue
from convlab.training import under_way as living
from convlab.training.runs import Run
from convlab.training.status import LIVE
from convlab.ui.boundary import acting, error_boundary, keeping, rerun, say_problem
from convlab.ui.frame import again_and_again
from convlab.ui.person import person, seen
from convlab.ui.runs import labels, starting
from convlab.ui.train.controls import State
from convlab.ui.train.run_rows import Row, all_runs
from convlab.ui.words import _, clauses, counted, duration, enumerated, escaped, named

LOOK_EVERY_S = 1.0
MOST_SHOWN, LAST_RUNS = 8, 4


def under_way(state: State) -> None:
    """The strip; nothing where no other run than the one that is shown trains, waits or is paused."""
    rows = _live()
    again_and_again(_strip, LOOK_EVERY_S if _moves(rows) else None)(state, _moves(rows) > 0, state.value.run)


def _live() -> list[Row]:
    """What trains first, then what waits, in its order; then what is paused."""
    rows = [row for row in living.survey() if seen([row[0]])]
    return sorted(rows, key=lambda row: (row[1].state == "paused", row[1].place or 0, row[0].created))


def _moves(rows: Sequence[Row]) -> int:
    """How many train or wait: these stand first."""
    return sum(status.state in LIVE for _run, status in rows)


def _strip(state: State, before: bool, shown: str) -> None:
    rows = []
    with error_boundary():
        rows = _live()
        if any(run.id != state.value.run for run, _status in rows):
            with st.container(border=True, key="train.line"):
                _whole(state, rows)
                say_problem("train.line")
    if (_moves(rows) > 0) != before or state.value.run != shown:
        rerun()  # to begin to look again and again, or to leave off; to show another run


def _whole(state: State, rows: Sequence[Row]) -> None:
    """How many, and how long they all take; then each."""
    live = rows[: _moves(rows)]
    waiting = sum(status.state == "queued" for _run, status in rows)
    each = [starting.left_s(run, status) for run, status in live]
    behind = _of_comparisons()
    told = [
        (len(live) - waiting, _("1 run trains"), _("{count} runs train")),
        (waiting, *_waits(alone=waiting == len(live))),
        (len(behind), _("1 more of a comparison comes"), _("{count} more of comparisons come")),
        (len(rows) - len(live), *_rest(alone=not live)),
    ]
    said = clauses(*(counted(count, one, more) for count, one, more in told if count))
    slots = max(1, queue.shared().slots, len(live) - waiting)  # other labs may train, too
    if left := whole_s([*each, *behind], slots):
        said = named(said, _("about {time} for all").format(time=duration(left)))
    if len(rows) > MOST_SHOWN:
        said += " · " + _("the first {count} are listed").format(count=MOST_SHOWN)
    st.markdown(f"**{said}**")
    listed = rows[:MOST_SHOWN]
    names, begin = called([run for run, _status in listed]), begins(each, slots)
    # Of all, the first are listed, and nobody knows when what is paused goes on.
    for row, left, begins_s in zip_longest(listed, each[:MOST_SHOWN], begin[:MOST_SHOWN]):
        _row(state, row, names[row[0]], begins_s if row[1].state == "queued" else left)


def _waits(alone: bool) -> tuple[str, str]:
    """What is said of one run that waits, and of several; ``alone``: no clause before it has said "runs"."""
    if alone:
        return _("1 run waits"), _("{count} runs wait")
    return _("1 waits"), _("{count} wait")


def _rest(alone: bool) -> tuple[str, str]:
    """The same of runs that are paused."""
    if alone:
        return _("1 run is paused"), _("{count} runs are paused")
    return _("1 is paused"), _("{count} are paused")


def begins(lefts: Sequence[float | None], slots: int) -> list[float | None]:
    """Seconds until each begins, those that train first; None behind one whose time is not known."""
    known = list(takewhile(lambda left: left is not None, lefts))
    found = beginnings([left or 0.0 for left in [*known, 0.0]], slots)[: len(lefts)]
    return [*found, *[None] * (len(lefts) - len(found))]


def called(several: Sequence[Run]) -> dict[Run, str]:
    """What each is called, in Markdown: by its name, and by what sets it apart from others of that name."""
    told = labels.set_apart(several)
    return {run: enumerated([f"**{escaped(run.name)}**", *map(escaped, told[run])]) for run in several}


def whole_s(lefts: Sequence[float | None], slots: int) -> float | None:
    """Seconds until all runs are done, one after another in so many slots; None where one is not known."""
    known = [left for left in lefts if left is not None]
    return makespan(known, max(1, slots)) if len(known) == len(lefts) else None


def _of_comparisons() -> list[float]:
    """Seconds of each run that a comparison, of those that are listed, puts into the line later."""
    others, found = givers.of_others(person()), []
    for id in feeding.feeder(queue.shared()).fed:
        with suppress(UserError):  # deleted at this moment
            one = sweeps.get(id)
            if others.isdisjoint(one.plan.data):
                found += one.to_come()
    return found


def _row(state: State, row: Row, name: str, seconds: float | None) -> None:
    """A run and its buttons; ``seconds``: until it begins, or is done where it trains.

    What not every row has stands last: while the page changes, it may be seen a moment longer.
    """
    run, status = row
    with st.container(horizontal=True, vertical_alignment="center", key=f"train.line.{run.id}"):
        epoch = _("epoch {epoch} of {epochs}").format(epoch=status.epoch + 1, epochs=status.epochs)
        told, then = _("waits, place {place}").format(place=status.place or 1), _("begins in about {time}")
        if status.state == "running":
            told, then = epoch, _("about {time} left")
        elif status.state == "paused":
            told = clauses(_("paused"), epoch)
        if seconds:
            told = clauses(told, then.format(time=duration(max(1, seconds))))
        st.markdown(f"{name} · {told}", width="content")
        if run.id == state.value.run:
            st.markdown(_("shown below"), width="content")
        else:
            _opens(state, _("Show it"), f"train.show.{run.id}", run)
        if queue.stranger(run) is not None:
            return
        _button(_("Cancel"), "close", partial(queue.shared().cancel, run), run)
        if status.state == "paused":
            _button(_("Resume"), "play_arrow", partial(queue.shared().resume, run), run)
        if (status.place or 0) > 1:
            _button(_("Earlier"), "arrow_upward", partial(queue.shared().sooner, run), run)


def _opens(state: State, label: str, key: str, run: Run) -> None:
    """A button that shows a run; the fragment that it stands in runs the whole page then."""
    st.button(label, on_click=keeping(partial(state.change, run=run.id)), key=key)


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
        last = rows[:LAST_RUNS]
        names = called([run for run, _status in last])
        for run, status in last:
            accuracy = [] if status.last is None else [f"{status.last.val_accuracy:.1%}"]
            _opens(state, clauses(names[run], *accuracy), f"train.last.{run.id}", run)
        look: dict[str, Any] = {"icon": ":material/list:", "key": "train.all_runs"}
        if st.button(_("All runs"), on_click=keeping(partial(state.change, experiment="past")), **look):
            rerun()  # the table is not in this fragment
    return True
