"""Push the picture: shift, turn, zoom, blur, noise, light; probabilities along a slider, and the accuracy."""

import math
from functools import lru_cache

import streamlit as st
import torch

from convlab.errors import UserError
from convlab.probing import perturbations
from convlab.probing.perturbations import KINDS, Kind
from convlab.ui.boundary import say
from convlab.ui.class_names import class_names
from convlab.ui.networks import Model, title
from convlab.ui.probe import charts, data
from convlab.ui.probe.controls import State
from convlab.ui.probe.data import Pictures
from convlab.ui.probe.subject import Subject
from convlab.ui.probe.thumbs import thumbs
from convlab.ui.words import _, escaped

_STEPS = 33
_SHOWN = 7
A4_SHIFTS = (0, 1, 2, 4, 8)  # item A4 of the chapter
_KEPT = "probe.along"
_MOST_KEPT = 24


def change(state: State, subject: Subject) -> None:
    """One change of the picture: probabilities along its whole range, the value that is set marked."""
    kind = _choose(state)
    value, values = state.value.amount, steps(kind)
    pictures = perturbations.pictures(subject.probe, subject.seen, state.value.change, values)
    lines = []
    for n, model in enumerate(subject.models):
        chances = model.probe.probabilities(pictures, state.value.temperature)
        shown = chances.argmax(1).unique().tolist() if chances.shape[1] > 4 else range(chances.shape[1])
        prefix = "" if len(subject.models) == 1 else f"{n + 1}: "
        lines += [
            (prefix + charts.safe(class_names(model.probe.classes)[k]), chances[:, k].tolist()) for k in shown
        ]
    across = f"{_(kind.title)} ({kind.unit})"
    charts.show(charts.lines_figure(values, lines, across, _("probability"), value), "probe.along_chart")
    if len(subject.models) > 1:
        st.caption(", ".join(f"{n + 1}: {escaped(title(model))}" for n, model in enumerate(subject.models)))
    _strip(state, subject, kind)
    _whole_set(state, subject, kind)


def _choose(state: State) -> Kind:
    titles = {key: _(kind.title) for key, kind in KINDS.items()}
    neutral = {key: float(kind.neutral) for key, kind in KINDS.items()}

    def reset() -> None:
        state.change(amount=neutral[state.value.change])

    st.segmented_control(
        _("Change"),
        list(titles),
        format_func=titles.__getitem__,
        required=True,
        **state.bind("change", reset),
    )
    kind = KINDS[state.value.change]
    if not kind.lowest <= state.value.amount <= kind.highest:
        state.change(amount=kind.neutral)
    step = 1.0 if kind.whole else (kind.highest - kind.lowest) / 100
    st.slider(
        f"{_(kind.title)} ({kind.unit})",
        float(kind.lowest),
        float(kind.highest),
        step=step,
        **state.bind("amount"),
    )
    if kind.whole and state.value.amount != math.floor(state.value.amount):
        state.change(amount=float(math.floor(state.value.amount)))
    return kind


def steps(kind: Kind) -> list[float]:
    """Values over a slider's whole range, whole ones where only those have a meaning."""
    values = torch.linspace(kind.lowest, kind.highest, _STEPS, dtype=torch.float64).tolist()
    return sorted({float(round(value)) for value in values}) if kind.whole else values


def _strip(state: State, subject: Subject, kind: Kind) -> None:
    """The picture as it is set, large, and at some other values."""
    values = [state.value.amount, *torch.linspace(kind.lowest, kind.highest, _SHOWN).tolist()]
    if kind.whole:
        values = [float(round(value)) for value in values]
    pictures = perturbations.pictures(subject.probe, subject.seen, state.value.change, values)
    chances = subject.probe.probabilities(pictures, state.value.temperature)
    rows, names = [], class_names(subject.probe.classes)
    for n, value in enumerate(values):
        best = int(chances[n].argmax())
        told = f"{value:.3g} {kind.unit}: {names[best]} {float(chances[n, best]):.3f}"
        rows.append(((pictures[n] * 255).round().to(torch.uint8), told if n else _("now") + f", {told}"))
    thumbs(rows, "changed", 130)


Curve = tuple[tuple[float, ...], tuple[float, ...]]


def _whole_set(state: State, subject: Subject, kind: Kind) -> None:
    """Accuracy along the same slider, behind a button; what was measured stays for this session."""
    st.markdown("**" + _("Accuracy on a whole data set") + "**")
    data.choose_data(state, "data", _("Data set"))
    found = data.get_ready(state.value.data, "change")
    if found is None:
        return
    kept: dict[object, Curve] = st.session_state.setdefault(_KEPT, {})
    identity = (subject.model.identity, found.digest, state.value.change)
    if identity not in kept:
        if not st.button(
            _("Measure along the slider"), icon=":material/play_arrow:", key="probe.measure_along"
        ):
            return
        try:
            with st.spinner(_("The data set is changed and looked at, step by step.")):
                curve = accuracy_curve(subject.model, found, state.value.change)
        except UserError as error:
            say(error)
            return
        while len(kept) >= _MOST_KEPT:
            del kept[next(iter(kept))]
        kept[identity] = curve
    values, shares = kept[identity]
    across = f"{_(kind.title)} ({kind.unit})"
    lines = [(_("accuracy"), shares)]
    charts.show(
        charts.lines_figure(values, lines, across, _("accuracy"), state.value.amount), "probe.accuracy_along"
    )
    st.table(
        {across: [f"{value:g}" for value in values], _("Accuracy"): [f"{share:.4f}" for share in shares]}
    )


@lru_cache(maxsize=64)
def accuracy_curve(model: Model, found: Pictures, kind: str) -> Curve:
    """(values, accuracy at each) on the validation pictures. Raises UserError where classes do not fit."""
    slider = KINDS[kind]
    if slider.whole:
        values = [float(value) for value in A4_SHIFTS]
    else:
        values = [*torch.linspace(slider.lowest, slider.highest, 6).tolist(), slider.neutral]
    values = sorted(set(values))
    split = data.validation(model, found)
    return tuple(values), tuple(perturbations.accuracy_along(model.probe, split, kind, values))
