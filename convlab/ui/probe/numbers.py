"""The Probe lab by numbers: move the square, choose the picture, read the verdict; cover a part of it."""

from contextlib import suppress
from functools import partial

import streamlit as st

from convlab.errors import UserError
from convlab.pictures import crop
from convlab.probing.attribution import covered
from convlab.ui.cropping import window_text
from convlab.ui.numbers import listed, results
from convlab.ui.probe.attribution import attribution_map, patch_px, target_of
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
    with suppress(UserError):  # said beside the map
        _covered(state, subject)


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


def _covered(state: State, subject: Subject) -> None:
    """A square over what the networks see, what the map says of its middle, and what covering it costs.

    Its keys are ``probe.cover.row`` and ``.column``; it is as large as what a value of the map is about.
    """
    method, layer = state.value.method, state.value.cam_layer
    side = patch_px(subject.model, method, layer)
    last = crop.SIZE_PX - side
    kept = st.session_state.setdefault("probe.covered", {"row": last // 2, "column": last // 2})
    corner = {name: min(place, last) for name, place in kept.items()}
    with st.container(horizontal=True):
        for label, name in ((_("Covered from row"), "row"), (_("Covered from column"), "column")):
            take = partial(kept.__setitem__, name)
            derived_number(label, f"probe.cover.{name}", corner[name], take, (0, last), width=170)
    for model, logits in zip(subject.models, subject.logits, strict=True):
        target = target_of(state.value, subject, model)
        own = layer if model is subject.model else ""
        values = attribution_map(model, subject.seen, method, target, own)
        square = covered(model.probe, subject.seen, [(corner["row"], corner["column"])], side)
        whole, left = float(logits[target]), float(square[0, target])
        told = {_("Network"): model.name, _("Class"): model.class_names[target]}
        value = float(values[corner["row"] + side // 2, corner["column"] + side // 2])
        lost = {_("Logit"): whole, _("Logit, covered"): left, _("What it loses"): whole - left}
        results({**told, _("Value of the map"): value, **lost})
