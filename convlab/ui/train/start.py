"""The Start button, and beside it how large the network is and how long training will take."""

from typing import Any

import streamlit as st

from convlab.datasets import shelf
from convlab.datasets.sources import SOURCES
from convlab.errors import UserError
from convlab.training import memory
from convlab.training.settings import Settings
from convlab.ui import widgets
from convlab.ui.boundary import acting, say
from convlab.ui.runs import starting
from convlab.ui.train import data, run_actions, toolbar
from convlab.ui.train.controls import State, settings_of
from convlab.ui.words import _, duration


def start_row(state: State) -> Settings | None:
    """Start, and what it will start; returns the settings, or None after saying why there are none."""
    settings, reason = checked(state)
    count = state.value.repeats
    with st.container(horizontal=True, vertical_alignment="center", key="train.start_row"):
        label = _("Start") if count == 1 else _("Start {count} runs").format(count=count)
        start = acting(lambda: run_actions.start(state), "train")
        look: dict[str, Any] = {"icon": ":material/play_arrow:", "type": "primary"}
        st.button(label, disabled=reason is not None, on_click=start, key="train.start", **look)
        widgets.toggle(state, "more", _("More settings"))
        with st.container(width="stretch", key="train.cost"):
            place = st.empty()
    toolbar.more(state)
    if reason is not None:
        with place.container(gap="small"):
            say(reason, "warning")
            if settings is not None:
                st.markdown(_facts(state, settings))
    elif settings is not None:
        st.session_state["train.cost_place"] = place
        place.markdown(_facts(state, settings))
    return settings


def checked(state: State) -> tuple[Settings | None, UserError | None]:
    """The settings, and why no run can start with them, if so."""
    if (unfit := state.unfit()) is not None:
        return None, unfit
    try:
        settings, missing = settings_of(state.value), data.missing(state.value.data)
        if missing is None:
            starting.check(settings)
    except UserError as error:
        return None, error
    return settings, missing or starting.refusal(state.value.repeats)


def _facts(state: State, settings: Settings, expected_s: float | None = None) -> str:
    entry, parts = shelf.entries().get(settings.data), []
    if entry is not None or settings.data in SOURCES:  # of other data, the number of classes is not known yet
        classes = 2 if entry is None else len(entry.classes)
        count = parameters(settings.design, tuple(settings.options.items()), classes)
        parts.append(_("**{count:,}** parameters").format(count=count))
    if entry is not None:
        batches = -(-entry.train_count // settings.batch_size)
        sentence = _("{train:,} pictures, {batches:,} batches an epoch")
        if batches == 1:
            sentence = _("{train:,} pictures, all in one batch")
        parts.append(sentence.format(train=entry.train_count, batches=batches))
        needed = memory.needed(settings, len(entry.classes), entry.train_count + entry.val_count)
        parts.append(_("**{size:.1f} GB** of memory at most").format(size=needed / 1e9))
    if expected_s is not None:
        parts.append(_("about **{time}** in all").format(time=duration(max(1, expected_s))))
    return "  \n".join(filter(None, (" · ".join(parts), toolbar.hidden(state))))


def parameters(design: str, options: tuple[tuple[str, Any], ...], classes: int) -> int:
    """Trainable numbers of a network."""
    return round(memory.sizes(design, options, classes).parameters)


def estimate(state: State, settings: Settings | None) -> None:
    """Put the expected time beside Start; last on the page, since the first measurement takes a moment."""
    place = st.session_state.pop("train.cost_place", None)
    if settings is None or place is None or not shelf.ready(settings.data):
        return
    try:
        expected = (starting.expected_s(settings) or 0.0) * state.value.repeats
    except UserError as error:
        say(error, "warning", place=place)
        return
    place.markdown(_facts(state, settings, expected))
