"""The Probe lab by numbers: move the square, choose the picture, read the verdict and every probability."""

import streamlit as st

from convlab.pictures import crop
from convlab.ui.cropping import window_text
from convlab.ui.numbers import listed, results
from convlab.ui.probe.controls import State
from convlab.ui.probe.lab import verdicts
from convlab.ui.probe.pictures import given
from convlab.ui.probe.subject import Subject
from convlab.ui.widgets import choose, derived, derived_number
from convlab.ui.words import _


def panel(state: State, subject: Subject) -> None:
    """What the panel below the lab holds; the key of the open picture is ``probe.open_picture``."""
    with st.container(horizontal=True):
        if state.value.picture == "upload" and (own := given()):
            names = [one.name for one in own]

            def take(number: int) -> None:
                state.change(shown=number, window="", padding="black")

            options = {"options": range(len(own)), "format_func": names.__getitem__, "width": 200}
            number = min(state.value.shown, len(own) - 1)
            derived(st.selectbox, _("Picture"), "probe.open_picture", number, take, **options)
        _square(state, subject)
        choose(state, "padding", _("Beyond the picture"), subject.paddings, width=230)
    for verdict in verdicts(subject, state.value.temperature):
        classes, chances = verdict.classes, verdict.probabilities
        best, chance = classes[chances.index(max(chances))], max(chances)
        left, right = st.columns([2, 3])
        with left:
            results({_("Network"): verdict.title, _("Verdict"): best, _("Probability"): chance})
        with right:
            listed({_("Class"): classes, _("Logit"): verdict.logits, _("Probability"): chances})


def _square(state: State, subject: Subject) -> None:
    """The square in pixels of the picture; keys ``probe.crop.left``, ``.top`` and ``.side``."""
    window, (height, width) = subject.window, subject.size_px
    most = crop.MAX_ZOOM_OUT * max(height, width)

    def take(_number: int) -> None:
        """All three as they are now: a script may have set several at once."""
        square = crop.Square(*(st.session_state[f"probe.crop.{name}"] for name in ("left", "top", "side")))
        state.change(picture=state.value.picture, window=window_text(square, height, width))

    for label, name, first, last in (
        (_("Left (px)"), "left", 1 - window.side_px, width - 1),
        (_("Top (px)"), "top", 1 - window.side_px, height - 1),
        (_("Side (px)"), "side", 1, most),
    ):
        value = getattr(window, f"{name}_px")
        derived_number(label, f"probe.crop.{name}", value, take, (first, last), width=130)
