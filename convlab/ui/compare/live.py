"""The comparison that is open: how far it is, what steers it, and its figure, which grows in place."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from convlab.comparison import sweep as sweeps
from convlab.comparison.sweep import Sweep
from convlab.errors import UserError
from convlab.training import queue
from convlab.ui.boundary import acting, error_boundary, rerun, say, say_problem
from convlab.ui.compare import figure, numbers, pairs, setup
from convlab.ui.compare.controls import CompareControls, State
from convlab.ui.compare.look import Look, look
from convlab.ui.components.design_bars import design_bars
from convlab.ui.frame import again_and_again
from convlab.ui.numbers import by_numbers
from convlab.ui.widgets import toggle
from convlab.ui.words import REMARKS, _, counted, duration, enumerated, escaped, sentences

LOOK_EVERY_S = 1.0
_GONE = "compare.gone"  # why the comparison of the link cannot be shown


def open_sweep(state: State) -> Sweep | None:
    """The comparison that the link names; None where there is none, or after saying why not.

    That stands until a control changes, however often the page runs by itself.
    """
    if not state.value.sweep:
        gone, beside = st.session_state.get(_GONE, (None, None))
        if gone is not None and beside == state.value:
            say(gone, "warning", icon="link_off")
        return None
    st.session_state.pop(_GONE, None)
    try:
        found = sweeps.get(state.value.sweep)
        found.check()
        look(found)
        return found
    except UserError as error:
        say(error, "warning", icon="link_off")
        state.change(sweep="")
        st.session_state[_GONE] = error, state.value
        return None


def check(state: State) -> None:
    """Data that the link names and nobody has here give way to the preset's own."""
    if state.value.data and state.value.data not in setup.data_titles(state.value.data):
        state.change(data="")
        state.refused.append("data")


def every(sweep: Sweep) -> float | None:
    """How often a part that shows a comparison is to look again, in seconds; None where nothing moves."""
    return LOOK_EVERY_S if look(sweep).is_live else None


def panel(state: State, sweep: Sweep) -> None:
    """A fragment of its own: while a run waits or trains, it is shown again and again."""
    live = look(sweep).is_live
    again_and_again(_panel, LOOK_EVERY_S if live else None)(state, sweep, live, state.value)


def _panel(state: State, sweep: Sweep, was_live: bool, shown: CompareControls) -> None:
    over = False
    with error_boundary():
        say_problem("compare")
        try:
            found = look(sweep)
        except UserError:
            rerun()  # deleted, in another tab perhaps: the page says so
        st.progress(min(1.0, found.progress.share), f"**{escaped(sweep.name)}**: {told(found)}")
        with st.container(horizontal=True, key="compare.row3"):
            _buttons(found)
        if told_apart := pairs.verdict(found.measured.pairs):
            st.markdown(told_apart)
        _figure(state, found)
        by_numbers("compare", numbers.panel, found)
        over = found.is_live != was_live
    if over or state.value != shown:
        rerun()  # the rest of the page has to hear of it


def told(found: Look) -> str:
    """How far the whole is, in a line."""
    progress, total = found.progress, len(found.plan.cells)
    parts = [_("{done} of {all} runs are done").format(done=progress.done, all=total)]
    if progress.running:
        parts.append(counted(progress.running, _("1 trains"), _("{count} train")))
    if progress.failed:
        parts.append(counted(progress.failed, _("1 has failed"), _("{count} have failed")))
    if found.is_live and progress.seconds_left:
        parts.append(_("about {time} left").format(time=duration(progress.seconds_left)))
    elif not found.is_live and not progress.over:
        parts.append(_("paused") if found.sweep.wish() == "pause" else _("nothing trains now"))
    return " · ".join(parts)


def _buttons(found: Look) -> None:
    """Pause, stop, resume: what its state allows."""
    sweep, progress = found.sweep, found.progress

    def button(name: str, label: str, icon: str, action: Callable[[], object], **look: Any) -> None:
        press = acting(action, "compare")
        st.button(label, icon=f":material/{icon}:", on_click=press, key=f"compare.{name}", **look)

    if found.is_live:
        button("pause", _("Pause"), "pause", sweep.pause)
        button("stop", _("Stop"), "stop", sweep.stop)
    elif not progress.over or progress.failed:
        button("resume", _("Resume"), "play_arrow", lambda: sweep.resume(queue.shared()), type="primary")


def _figure(state: State, found: Look) -> None:
    """Both accuracies of each design, and what is to be said of the book's."""
    rows = figure.rows(found, state.value.book)
    printed = any(one.book is not None for row in rows for one in (row.train, row.val))
    design_bars("compare.bars", found.sweep.id, rows, printed)
    for trouble in found.troubles():
        st.markdown(f":material/stethoscope: {trouble}")
    apart = figure.beside_the_book(found)
    notes = [apart] if apart else []
    if left := found.left_out():
        notes.append(_("Not counted: {runs}.").format(runs=enumerated(left, REMARKS)))
    notes.append(_("The last epoch counts, never the best."))
    with st.container(horizontal=True, vertical_alignment="center", key="compare.notes"):
        if apart:
            toggle(state, "book", _("The book's bars all the same"))
        st.caption(sentences(*notes))
