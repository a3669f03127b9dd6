"""The run that is shown: its curves while it trains and afterwards, and the buttons that steer it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import streamlit as st

from convlab.chapter import published
from convlab.errors import UserError
from convlab.training import first_layer, queue, runs
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.training.status import GOES_ON, Status
from convlab.ui import widgets
from convlab.ui.boundary import acting, error_boundary, say, say_problem
from convlab.ui.components.training_curves import StatusShown, curves
from convlab.ui.train import labels, run_actions
from convlab.ui.train.controls import State
from convlab.ui.train.history import History, charts, history
from convlab.ui.train.labels import LIVE
from convlab.ui.train.numbers import numbers
from convlab.ui.words import _, escaped, prose

LOOK_EVERY_S = 0.2
_KEY = "train.curves"


def run_of(state: State) -> Run | None:
    """The run that the link names; None where it names none, or after saying why it cannot be shown."""
    if not state.value.run:
        return None
    try:
        run = runs.get(state.value.run)
        _ = run.settings  # of another version, it cannot be read
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
    st.fragment(_panel, run_every=LOOK_EVERY_S if live else None)(state, settings, run, live)


def _panel(state: State, settings: Settings | None, run: Run | None, was_live: bool) -> None:
    over = False
    with error_boundary():
        say_problem("train")
        if run is None:
            _preview(settings)
            return
        status = run.status()
        with st.container(horizontal=True, vertical_alignment="center", key="train.run"):
            st.markdown(f"**{escaped(run.name)}**", width="content")
            _buttons(run, status)
            run_actions.action_buttons(state, run, status)
        _curves(run, status)
        numbers(run, status)
        over = (status.state in LIVE) != was_live
    if run is not None and (over or state.value.run != run.id):
        st.rerun()  # the rest of the page has to hear of it


def _curves(run: Run, status: Status) -> None:
    past, settings, per_epoch = history(run), run.settings, status.batches_per_epoch
    points = past.batches(per_epoch)
    reached = float(points[-1, 0]) if len(points) and per_epoch else 0.0
    drawn = charts(past, per_epoch, published.published(settings.design, settings.l2), settings)
    kernels = None
    with suppress(UserError):
        weights = first_layer.kernels_now(run)
        kernels = None if weights is None else labels.kernels(weights, first_layer.name(settings.design))
    words = (labels.state(status), labels.tone(status), labels.figures(status), labels.advice(status))
    shown = StatusShown(*words, status.epoch * per_epoch + status.batch, status.epochs * per_epoch)
    curves(_KEY, run.id, drawn, reached, settings.epochs, shown, kernels)


def _preview(settings: Settings | None) -> None:
    printed = None if settings is None else published.published(settings.design, settings.l2)
    st.markdown(prose("train", "preview" if printed is not None else "preview_nothing"))
    if settings is not None and printed is not None:
        planned = published.EPOCHS[-1]
        curves(_KEY, f"book/{settings}", charts(History(None), 0, printed, settings)[:2], planned, planned)


def _buttons(run: Run, status: Status) -> None:
    """Pause, resume, stop, another learning rate: what its state allows."""
    pool = queue.shared()

    def button(name: str, label: str, icon: str, action: Callable[[], object]) -> None:
        icon = f":material/{icon}:"
        st.button(label, icon=icon, on_click=acting(action, "train"), key=f"train.{name}")

    if status.state == "running":
        button("pause", _("Pause"), "pause", run.pause)
    if status.state in GOES_ON:
        label = _("Resume") if status.seconds else _("Start")
        button("resume", label, "play_arrow", lambda: pool.resume(run))
    if status.state in LIVE:
        button("stop", _("Stop"), "stop", lambda: pool.cancel(run))
    if status.state in (*LIVE, "paused"):
        _another_rate(run)


def _another_rate(run: Run) -> None:
    key, label, lrs = f"train.lr.{run.id}", _("lr from now on"), history(run).lrs
    low, high = widgets.limits(Settings.model_fields["lr"])
    value = lrs[-1][2] if lrs else run.settings.lr
    change = acting(lambda: run.set_lr(st.session_state[key]), "train")
    look: dict[str, Any] = {"step": 0.001, "format": "%g", "width": 130, "label_visibility": "collapsed"}
    st.markdown(label, width="content")
    st.number_input(label, low, high, value, key=key, on_change=change, **look)
