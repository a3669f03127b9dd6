"""The run on show: its curves while it trains and afterwards, and what one can tell it to do."""

from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from convlab.chapter import published
from convlab.errors import UserError
from convlab.training import first_layer, queue, runs
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.training.status import GOES_ON, Status
from convlab.ui.boundary import error_boundary, say
from convlab.ui.components.training_curves import StatusShown, curves
from convlab.ui.train import labels, run_actions
from convlab.ui.train.controls import State
from convlab.ui.train.history import History, charts, history
from convlab.ui.train.labels import LIVE
from convlab.ui.words import _, prose

LOOK_EVERY_S = 0.2
_KEY = "train.curves"
_PROBLEM = "train.problem"


def run_of(state: State) -> Run | None:
    """The run that the link names; None where there is none, or after saying why it cannot be shown."""
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
    """The run on show; before the first, what the book printed for the network that is chosen."""
    run = run_of(state)
    if run is None:
        _preview(settings)
        return
    live = run.status().state in LIVE
    st.fragment(_panel, run_every=LOOK_EVERY_S if live else None)(state, run, live)


def acting(action: Callable[[], object]) -> Callable[[], None]:
    """A widget's callback that keeps what went wrong, for the page to say."""

    def act() -> None:
        try:
            action()
        except UserError as error:
            st.session_state[_PROBLEM] = error

    return act


def problem() -> None:
    """Say what went wrong in the last callback."""
    error = st.session_state.pop(_PROBLEM, None)
    if error is not None:
        say(error, "error")


def _panel(state: State, run: Run, was_live: bool) -> None:
    over = False
    with error_boundary():
        problem()
        status = run.status()
        with st.container(horizontal=True, vertical_alignment="center", key="train.run"):
            st.markdown(f"**{labels.title(run)}**", width="content")
            _buttons(run, status)
            run_actions.tools(state, run, status)
        _curves(run, status)
        over = (status.state in LIVE) != was_live
    if over or state.value.run != run.id:
        st.rerun()  # the rest of the page has to hear of it


def _curves(run: Run, status: Status) -> None:
    past, settings = history(run), run.settings
    per_epoch = status.batches_per_epoch
    points = past.batches(per_epoch)
    reached = float(points[-1, 0]) if len(points) and per_epoch else 0.0
    weights = None
    with suppress(UserError):
        weights = first_layer.kernels_now(run)
    curves(
        _KEY,
        run.id,
        charts(past, per_epoch, published.published(settings.design, settings.l2), settings),
        reached,
        settings.epochs,
        _status(status),
        labels.kernels(weights, first_layer.name(settings)),
    )


def _status(status: Status) -> StatusShown:
    steps = status.epochs * status.batches_per_epoch
    step = status.epoch * status.batches_per_epoch + status.batch
    return StatusShown(
        labels.state(status),
        labels.tone(status),
        labels.figures(status),
        labels.advice(status),
        step,
        steps,
    )


def _preview(settings: Settings | None) -> None:
    printed = None if settings is None else published.published(settings.design, settings.l2)
    st.markdown(prose("train", "preview" if printed is not None else "preview_nothing"))
    if settings is not None and printed is not None:
        planned = published.EPOCHS[-1]
        curves(_KEY, f"book/{settings}", charts(History(None), 0, printed, settings)[:2], planned, planned)


def _buttons(run: Run, status: Status) -> None:
    """Pause, resume, stop, another learning rate: what its state allows."""
    pool = queue.shared()
    if status.state == "running":
        st.button(_("Pause"), icon=":material/pause:", on_click=acting(run.pause), key="train.pause")
    if status.state in GOES_ON:
        name = _("Start") if not status.seconds else _("Resume")
        st.button(
            name, icon=":material/play_arrow:", on_click=acting(lambda: pool.resume(run)), key="train.resume"
        )
    if status.state in LIVE:
        st.button(
            _("Stop"), icon=":material/stop:", on_click=acting(lambda: pool.cancel(run)), key="train.stop"
        )
    if status.state in (*LIVE, "paused"):
        _another_rate(run)


def _another_rate(run: Run) -> None:
    key = f"train.lr.{run.id}"
    lrs = history(run).lrs
    st.markdown(_("lr from now on"), width="content")
    st.number_input(
        _("lr from now on"),
        min_value=1e-9,
        max_value=1e9,
        value=lrs[-1][2] if lrs else run.settings.lr,
        step=0.001,
        format="%g",
        width=130,
        label_visibility="collapsed",
        key=key,
        on_change=acting(lambda: run.set_lr(st.session_state[key])),
    )
