"""The Probe lab by numbers: move the square, choose the picture, read the verdict and every probability."""

from dataclasses import replace
from functools import partial

import streamlit as st

from convlab.pictures import crop
from convlab.ui.components.probe_lab import VerdictShown
from convlab.ui.cropping import window_text
from convlab.ui.numbers import by_numbers, listed, results
from convlab.ui.probe.controls import State
from convlab.ui.probe.lab import verdicts
from convlab.ui.probe.pictures import given
from convlab.ui.probe.subject import Subject
from convlab.ui.widgets import choose, derived
from convlab.ui.words import _, escaped


def numbers(state: State, subject: Subject) -> None:
    """The panel below the lab."""
    by_numbers("probe", partial(_panel, state, subject))


def _panel(state: State, subject: Subject) -> None:
    with st.container(horizontal=True):
        if state.value.picture == "upload" and given():
            _open(state, [one.name for one in given()])
        _square(state, subject)
        paddings = {name: _(title) for name, title in crop.PADDINGS.items()}
        choose(state, "padding", _("Beyond the picture"), paddings, width=230)
    for verdict in verdicts(subject, state.value.temperature):
        _verdict(verdict)


def _open(state: State, names: list[str]) -> None:
    """Which of the learner's pictures; its key is ``probe.open_picture``."""

    def take(number: int) -> None:
        state.change(shown=number, window="", padding="black")

    number = min(state.value.shown, len(names) - 1)
    options = {"options": range(len(names)), "format_func": names.__getitem__, "width": 200}
    derived(st.selectbox, _("Picture"), "probe.open_picture", number, take, **options)


def _square(state: State, subject: Subject) -> None:
    """The square in pixels of the picture; keys ``probe.crop.left``, ``.top`` and ``.side``."""
    window, (height, width) = subject.window, subject.size_px
    most = crop.MAX_ZOOM_OUT * max(height, width)
    for label, name, first, last in (
        (_("Left (px)"), "left", 1 - window.side_px, width - 1),
        (_("Top (px)"), "top", 1 - window.side_px, height - 1),
        (_("Side (px)"), "side", 1, most),
    ):

        def take(number: int, field: str = f"{name}_px") -> None:
            state.change(window=window_text(replace(window, **{field: number}), height, width))

        value = getattr(window, f"{name}_px")
        options = {"min_value": first, "max_value": last, "width": 130}
        derived(st.number_input, label, f"probe.crop.{name}", value, take, **options)


def _verdict(verdict: VerdictShown) -> None:
    """The likeliest class, then all of them."""
    classes = [escaped(name) for name in verdict.classes]
    best = max(range(len(classes)), key=verdict.probabilities.__getitem__)
    left, right = st.columns([2, 3])
    with left:
        results(
            {
                _("Network"): escaped(verdict.title),
                _("Verdict"): classes[best],
                _("Probability"): verdict.probabilities[best],
            }
        )
    with right:
        listed(
            {
                _("Class"): classes,
                _("Logit"): verdict.logits,
                _("Probability"): verdict.probabilities,
            }
        )
