"""The run that is shown: its curves while it trains and afterwards, and the buttons that steer it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from convlab.chapter import published
from convlab.errors import UserError
from convlab.training import first_layer, queue, runs, seeds
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.training.status import GOES_ON, LIVE, Status
from convlab.training.story import Leg, Story
from convlab.ui import widgets
from convlab.ui.boundary import acting, error_boundary, rerun, say, say_problem
from convlab.ui.components.training_curves import StatusShown, curves
from convlab.ui.frame import again_and_again
from convlab.ui.numbers import by_numbers
from convlab.ui.runs import book, labels, starting
from convlab.ui.runs.findings import finding
from convlab.ui.runs.history import History, charts, history
from convlab.ui.train import diagnosed, events, line, numbers, run_actions
from convlab.ui.train.controls import State
from convlab.ui.words import _, escaped, explain, prose

LOOK_EVERY_S = 0.2
_KEY = "train.curves"


def run_of(state: State) -> Run | None:
    """The run that the link names; None where it names none, or after saying why it cannot be shown."""
    if not state.value.run:
        return None
    try:
        run = runs.get(state.value.run)
        run.check()  # of another version, it cannot be read
        run.story()
        return run
    except UserError as error:
        say(error, "warning", icon="link_off")
        state.change(run="")
        return None


def panel(state: State, settings: Settings | None) -> None:
    """The run that is shown; where there is none, what the book printed for the chosen network.

    Both are one fragment in one place: Streamlit may leave what a page showed before beside a fragment that
    runs again and again, but nothing of the fragment's own.
    """
    run = run_of(state)
    live = run is not None and run.status().state in LIVE
    again_and_again(_panel, LOOK_EVERY_S if live else None)(state, settings, run, live)


def _panel(state: State, settings: Settings | None, run: Run | None, was_live: bool) -> None:
    over = False
    if run is not None and not run.folder.exists():
        rerun()  # deleted, in another tab perhaps: the page says so
    with error_boundary():
        say_problem("train")
        if run is None:
            _preview(settings, begun=line.last_runs(state))
        else:
            over = _shown(state, run) != was_live
    if over or state.value.run != ("" if run is None else run.id):
        rerun()  # the rest of the page has to hear of it


def _shown(state: State, run: Run) -> bool:
    """A run's buttons and curves; whether it trains or waits."""
    told = run.story()
    status = history(run).seen(run.status())
    status = replace(status, seconds_left=starting.left_s(run, status))
    with st.container(horizontal=True, vertical_alignment="center", key="train.run"):
        st.markdown(f"**{escaped(run.name)}**", width="content")
        _buttons(run, status, told.leg)
        run_actions.action_buttons(state, run, status)
    found = finding(run, status, told)
    diagnosed.row(state, run, found)
    _curves(run, status, told, found is not None and found.trouble)
    by_numbers("train", numbers.panel, run, status, told, found)
    return status.state in LIVE


def _curves(run: Run, status: Status, told: Story, diagnosed: bool) -> None:
    past, settings, per_epoch = history(run), run.settings, status.batches_per_epoch
    points = past.batches(per_epoch)
    reached = float(points[-1, 0]) if len(points) and per_epoch else 0.0
    printed, reason = book.behind(settings, seeds.steered(told))
    drawn = charts(past, told.leg, printed, events.marks(told))
    kernels = None
    with suppress(UserError):
        weights = first_layer.kernels_now(run)
        kernels = None if weights is None else labels.kernels(weights, settings.design)
    figures = labels.figures(status, told.leg.lr)
    words = (labels.state(status), labels.tone(status), figures, labels.advice(status, diagnosed))
    shown = StatusShown(*words, status.epoch * per_epoch + status.batch, status.epochs * per_epoch)
    curves(_KEY, run.id, drawn, reached, settings.epochs, shown, kernels)
    st.caption(reason)


def _preview(settings: Settings | None, begun: bool) -> None:
    printed = None if settings is None else published.published(settings.design, settings.l2)
    if settings is None or printed is None:
        if not begun:
            nothing = _("Nothing is training yet.")
            st.markdown(nothing if settings is None else prose("train", "preview_nothing"))
        return
    apart = published.differences(settings)
    said = book.not_behind(apart, begun) if apart else prose("train", "preview_again" if begun else "preview")
    st.markdown(said)
    planned = published.EPOCHS[-1]
    curves(_KEY, f"book/{settings}", charts(History(None), Leg(settings), printed)[:2], planned, planned)


def _buttons(run: Run, status: Status, leg: Leg) -> None:
    """Pause, resume, stop, another learning rate: what its state allows."""
    owner = queue.stranger(run) if status.state in LIVE else None
    whose = "" if owner is None else escaped(explain(owner.said()))

    def button(name: str, label: str, icon: str, action: Callable[[], object]) -> None:
        look: dict[str, Any] = {"icon": f":material/{icon}:"}
        press = partial(st.button, on_click=acting(action, "train"), key=f"train.{name}")
        if not whose:
            press(label, **look)
            return
        with st.popover(label, **look):
            st.markdown(whose)
            press(_("{action} it all the same").format(action=label), type="primary")

    if status.state == "running":
        button("pause", _("Pause"), "pause", run.pause)
    if status.state in GOES_ON:
        label = _("Resume") if status.seconds else _("Start")
        button("resume", label, "play_arrow", lambda: queue.shared().resume(run))
    if status.state in (*LIVE, "paused"):
        button("stop", _("Stop"), "stop", lambda: queue.shared().cancel(run))
    if status.state in (*LIVE, "paused"):
        _another_rate(run, leg.lr)
    if whose:
        st.markdown(whose, width="content")


def _another_rate(run: Run, value: float) -> None:
    """A field for the rate; with a schedule it is empty until one is set, over the rate as it is now."""
    constant, key = run.settings.schedule == "constant", f"train.lr.{run.id}"
    label = _("lr from now on") if constant else _("set lr to; the rest is scaled")

    def change() -> None:
        lr = st.session_state[key]
        if lr not in (None, value):  # Streamlit may call it of a field that nobody touched
            run.set_lr(lr)

    low, high = widgets.limits(Settings.model_fields["lr"])
    look: dict[str, Any] = {"step": 0.001, "format": "%g", "width": 130, "label_visibility": "collapsed"}
    look |= {"value": value} if constant else {"value": None, "placeholder": f"{value:.4g}"}
    st.markdown(label, width="content")
    st.number_input(label, low, high, key=key, on_change=acting(change, "train"), **look)
