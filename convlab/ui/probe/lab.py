"""From a subject to the probe lab: the square, what is seen of it, the verdicts, a card for each upload."""

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st
import torch
from pydantic import ValidationError
from torch import Tensor

from convlab.probing import bundled
from convlab.probing.probe import softened
from convlab.ui.boundary import rerun
from convlab.ui.components.probe_lab import (
    CardShown,
    Question,
    chosen,
    cropped,
    probe_lab,
)
from convlab.ui.components.shared.looking import VerdictShown
from convlab.ui.cropping import window_text
from convlab.ui.frame import link
from convlab.ui.lessons import LESSONS
from convlab.ui.networks import Model, NetworkControls
from convlab.ui.probe.controls import CHECKPOINT, ProbeControls, State
from convlab.ui.probe.models import open_models
from convlab.ui.probe.pictures import given, open_upload
from convlab.ui.probe.subject import Subject
from convlab.ui.urls import serialise
from convlab.ui.words import _, language

KEY = "probe.lab"
ASKED = ("model", "epoch", "second", "second_epoch", "temperature", "padding")
WHY = ("method", "target", "cam_layer", "over")  # what also asks why
_DROPPED = "probe.given"


def lab(state: State, subject: Subject) -> None:
    """Show the lab, and take what is done in it."""

    def moved() -> None:
        found = cropped(KEY)
        if found is not None:
            window, padding = found
            with suppress(ValidationError):  # no square that the browser could have sent
                square = {"window": window_text(window, *subject.size_px), "padding": padding}
                state.change(picture=state.value.picture, **square)  # a square is of one picture

    def opened() -> None:
        place = chosen(KEY)
        if place is not None and place < len(given()):
            state.change(shown=place, window="", padding="black")

    def dropped() -> None:
        state.change(picture="upload", window="", padding="black", painted="")
        st.session_state[_DROPPED] = True

    if st.session_state.pop(_DROPPED, False):
        rerun()  # the chooser too is to say that the pictures are the learner's
    controls = state.value
    if controls.temperature == 1:
        note = _("The probabilities are the softmax of the logits: they always add up to 1.")
    else:
        note = _("The probabilities are the softmax of the logits divided by temperature {temperature:g}.")
    probe_lab(
        KEY,
        identity(controls, subject),
        subject,
        subject.seen,
        subject.values,
        verdicts(subject, controls.temperature),
        note.format(temperature=controls.temperature),
        subject.look(controls.temperature),
        cards(state, subject),
        questions(state, subject.models),
        {"crop": moved, "choose": opened, "give": dropped},
    )


def questions(state: State, models: Sequence[Model]) -> dict[str, Question]:
    """Of a picture that is given; and of one that is opened here: these networks see it, and say why."""
    opened_next = state.value.model_copy(update={"padding": "black"})
    asked = {
        "given": question(state.with_changes(picture="upload")),
        "opened": question(opened_next, models, WHY, language=language()),
    }
    return {how: one for how, one in asked.items() if one}


def question(
    controls: ProbeControls,
    models: Sequence[Model] | None = None,
    more: Sequence[str] = (),
    **options: str,
) -> Question | None:
    """What a new picture's verdict depends on; None where a network is this session's own."""
    if CHECKPOINT in (controls.model, controls.second):
        return None
    models = models or open_models(controls)
    if any(model.edits for model in models):
        return None
    networks = [(model.name, model.class_names) for model in models]
    return Question({**controls.model_dump(include={*ASKED, *more}), **options}, networks)


def identity(controls: ProbeControls, subject: Subject) -> str:
    """Changes with everything that the lab shows."""
    window = subject.window
    square = f"{window.left_px},{window.top_px},{window.side_px},{controls.padding}"
    names = "/".join(model.identity for model in subject.models)
    return f"{subject.name}/{square}/{names}/{controls.temperature}"


def verdicts(subject: Subject, temperature: float, picture: Tensor | None = None) -> list[VerdictShown]:
    """What each network says of the square, or of a picture, uint8 or float [3, 32, 32], made of it."""
    if picture is None:
        return judged(subject.models, subject.logits, temperature)
    logits = [model.probe.logits(picture[None])[0] for model in subject.models]
    return judged(subject.models, logits, temperature)


def judged(models: Sequence[Model], logits: Sequence[Tensor], temperature: float) -> list[VerdictShown]:
    """Logits of each network, float32 [K], as they are shown."""
    return [
        VerdictShown(model.name, model.class_names, row.tolist(), softened(row, temperature).tolist())
        for model, row in zip(models, logits, strict=True)
    ]


def cards(state: State, subject: Subject) -> list[CardShown]:
    """A card for each upload where there are several; the open one shows the square that was cut."""
    own = given()
    if state.value.picture != "upload" or len(own) < 2:
        return []
    place = open_upload(state)
    pixels = [subject.seen if n == place else one.content.middle for n, one in enumerate(own)]
    chances = subject.probe.probabilities(torch.stack(pixels), state.value.temperature)
    return [
        CardShown(one.name, subject.model.verdict(row, ".0%"), middle, n == place)
        for n, (one, middle, row) in enumerate(zip(own, pixels, chances, strict=True))
    ]


def link_to_feature_maps(state: State, subject: Subject) -> None:
    """A link that opens this square of this picture with the first network, layer by layer."""
    label = _("See it layer by layer in Feature maps")
    link(LESSONS["feature_maps"], label, width="content", query=query(state, subject))


def query(state: State, subject: Subject) -> dict[str, str]:
    """The query string of the Feature maps page."""
    model = subject.model
    kind, _sep, key = model.source.partition(":")
    picture = state.value.model_dump(include={"picture", "board", "window", "padding"})
    weights = kind if kind != "shipped" else "sketches" if key.endswith(bundled.SKETCHES) else "trained"
    network = {"network": model.match.design, "weights": weights, "run": key * (kind == "run")}
    return serialise(NetworkControls.model_validate({**picture, **network, "epoch": model.epoch}))
