"""Push the picture: shift, turn, zoom, blur, noise, light; probabilities along a slider, and the accuracy."""

import math

import streamlit as st
import torch

from convlab.datasets.dataset import Dataset
from convlab.probing import perturbations
from convlab.probing.perturbations import KINDS, Kind
from convlab.ui import figures, widgets
from convlab.ui.networks import Model
from convlab.ui.probe.controls import State
from convlab.ui.probe.data import choose_data, on_request, validation
from convlab.ui.probe.subject import Subject
from convlab.ui.words import _, escaped

_STEPS = 33
_SHOWN = 7
SHIFTS = (0, 1, 2, 4, 8)  # pixels


def perturb(state: State, subject: Subject) -> None:
    """One change of the picture: probabilities along its whole range, the value that is set marked."""
    kind = _choose(state)
    value, values = state.value.amount, steps(kind)
    pictures = perturbations.pictures(subject.probe, subject.seen, state.value.change, values)
    lines = []
    for n, model in enumerate(subject.models):
        chances = model.probe.probabilities(pictures, state.value.temperature)
        shown = chances.argmax(1).unique().tolist() if chances.shape[1] > 4 else range(chances.shape[1])
        prefix = "" if len(subject.models) == 1 else f"{n + 1}: "
        lines += [(prefix + figures.safe(model.class_names[k]), chances[:, k].tolist()) for k in shown]
    across = f"{_(kind.title)} ({kind.unit})"
    figures.show(figures.lines_figure(values, lines, across, _("probability"), value), "probe.along_chart")
    if len(subject.models) > 1:
        st.caption(", ".join(f"{n + 1}: {escaped(model.name)}" for n, model in enumerate(subject.models)))
    _strip(state, subject, kind)
    _whole_set(state, subject, kind)


def _choose(state: State) -> Kind:
    titles = {key: _(kind.title) for key, kind in KINDS.items()}

    def reset() -> None:
        state.change(amount=float(KINDS[state.value.change].neutral))

    widgets.choose(state, "change", _("Change"), titles, as_buttons=True, then=reset)
    kind, amount = KINDS[state.value.change], state.value.amount
    if not kind.lowest <= amount <= kind.highest:
        amount = kind.neutral
    state.change(amount=float(math.floor(amount)) if kind.whole else amount)
    step = 1.0 if kind.whole else (kind.highest - kind.lowest) / 100
    label, low, high = f"{_(kind.title)} ({kind.unit})", float(kind.lowest), float(kind.highest)
    widgets.slider(state, "amount", label, min_value=low, max_value=high, step=step)
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
    rows = []
    for n, value in enumerate(values):
        told = f"{value:.3g} {kind.unit}: {subject.model.verdict(chances[n])}"
        rows.append(((pictures[n] * 255).round().to(torch.uint8), told if n else _("now") + f", {told}"))
    figures.row(rows, "probe-changed", 130)


Curve = tuple[tuple[float, ...], tuple[float, ...]]


def _whole_set(state: State, subject: Subject, kind: Kind) -> None:
    """Accuracy along the same slider, behind a button."""
    st.markdown("**" + _("Accuracy on a whole data set") + "**")
    data, change = choose_data(state, "change"), state.value.change
    if data is None:
        return
    curve = on_request(
        "probe.measure_along",
        (subject.model, data, change),
        _("Measure along the slider"),
        _("Evaluating the data set at each step."),
        lambda: accuracy_curve(subject.model, data, change),
        icon=":material/play_arrow:",
    )
    if curve is None:
        return
    across = f"{_(kind.title)} ({kind.unit})"
    figure = figures.lines_figure(
        curve[0], [(_("accuracy"), curve[1])], across, _("accuracy"), state.value.amount
    )
    figures.show(figure, "probe.accuracy_along")
    shares = [f"{share:.4f}" for share in curve[1]]
    st.table({across: [f"{value:g}" for value in curve[0]], _("Accuracy"): shares})


def accuracy_curve(model: Model, data: Dataset, kind: str) -> Curve:
    """(values, accuracy at each) on the validation pictures. Raises UserError where classes do not fit."""
    slider = KINDS[kind]
    some = [*torch.linspace(slider.lowest, slider.highest, 6).tolist(), slider.neutral]
    values = sorted(set(map(float, SHIFTS if slider.whole else some)))
    split = validation(model, data)
    return tuple(values), tuple(perturbations.accuracy_along(model.probe, split, kind, values))
