"""What stands between the settings and the run: Start, how large the network is, how long it will take."""

from functools import lru_cache

import streamlit as st

from convlab.datasets import shelf
from convlab.errors import UserError
from convlab.networks.designs import parameter_counts
from convlab.training import cost, network, queue
from convlab.training.settings import Settings
from convlab.ui import startup
from convlab.ui.boundary import say
from convlab.ui.train import data, run_actions, toolbar
from convlab.ui.train.controls import State, settings_of
from convlab.ui.train.labels import duration
from convlab.ui.words import _, escaped


@st.cache_resource(show_spinner=False)
def warm() -> None:
    """The first visit of the page starts the processes that train, so that Start need not wait for them."""
    queue.shared().warm()


def start_row(state: State) -> Settings | None:
    """Start, and beside it what it will start; the settings, or None after saying why there are none."""
    settings, reason = checked(state)
    with st.container(horizontal=True, vertical_alignment="center", key="train.start_row"):
        st.button(
            _("Start")
            if state.value.repeats == 1
            else _("Start {count} runs").format(count=state.value.repeats),
            icon=":material/play_arrow:",
            type="primary",
            disabled=reason is not None,
            on_click=lambda: run_actions.start(state),
            key="train.start",
        )
        st.toggle(_("More settings"), **state.bind("more"))
        with st.container(width="stretch", key="train.cost"):
            place = st.empty()
    toolbar.more(state)
    if reason is not None:
        say(reason, "warning", place=place)
    elif settings is not None:
        st.session_state["train.cost_place"] = place
        place.markdown(_facts(state, settings))
    return settings


def checked(state: State) -> tuple[Settings | None, UserError | None]:
    """The settings, and why no run can start with them."""
    if (unfit := state.unfit()) is not None:
        return None, unfit
    try:
        return settings_of(state.value), data.missing(state.value.data)
    except UserError as error:
        return None, error


def _facts(state: State, settings: Settings, expected_s: float | None = None) -> str:
    entry = data.entry(settings.data)
    classes = 2 if entry is None else len(entry.classes)
    parts = [
        _("**{count:,}** parameters").format(count=parameters(settings.design, _json(settings), classes))
    ]
    if entry is not None:
        batches = -(-entry.train_count // settings.batch_size)
        sentence = _("{train:,} pictures, {batches:,} batches an epoch")
        parts.append(sentence.format(train=entry.train_count, batches=batches))
    if expected_s is not None:
        parts.append(_("about **{time}** in all").format(time=duration(expected_s)))
    if not state.value.more:
        parts += map(escaped, toolbar.changed(state.value))
    return " · ".join(parts)


def _json(settings: Settings) -> str:
    return Settings(design=settings.design, options=settings.options).model_dump_json()


@lru_cache(maxsize=128)
def parameters(design: str, settings: str, classes: int) -> int:
    """Trainable numbers of a network."""
    return sum(parameter_counts(network.build(Settings.model_validate_json(settings), classes)))


def estimate(state: State, settings: Settings | None) -> None:
    """Put the expected time beside Start. Last on the page: measuring takes a moment, the first time."""
    place = st.session_state.pop("train.cost_place", None)
    if settings is None or place is None or not shelf.ready(settings.data):
        return
    try:
        startup.prepare_optimisers()
        expected = cost.estimate(_alike(settings), shelf.get(settings.data)).seconds * state.value.repeats
    except UserError as error:
        say(error, "warning", place=place)
        return
    place.markdown(_facts(state, settings, expected))


def _alike(settings: Settings) -> Settings:
    """Settings that take as long, and that differ less often: a new learning rate is not measured anew."""
    return settings.changed(
        lr=0.01,
        seed=0,
        schedule="constant",
        initialisation="pytorch",
        normalisation="cifar10",
        label_smoothing=0.0,
        unshuffled=False,
        validate_in_train_mode=False,
        weight_decay=0.0,
        l1=min(settings.l1, 1e-4),
        l2=min(settings.l2, 1e-4),
        deadline_s=None,
    )
