"""Push the picture: shift, turn, zoom, blur, noise, light; probabilities along a slider, and the accuracy."""

import math

import streamlit as st
import torch

from convlab.datasets.exams import Exam
from convlab.probing import perturbations
from convlab.probing.perturbations import KINDS, Kind
from convlab.ui import figures, widgets
from convlab.ui.components.followed import Watched
from convlab.ui.networks import Model
from convlab.ui.probe.controls import State
from convlab.ui.probe.data import on_request, validation
from convlab.ui.probe.exam import choose_exam
from convlab.ui.probe.made import changed, follow
from convlab.ui.probe.subject import Subject
from convlab.ui.words import _, enumerated, escaped, named

_STEPS = 33
_SHOWN = 7
SHIFTS = (0, 1, 2, 4, 8)  # pixels


def perturb(state: State, subject: Subject) -> None:
    """One change of the picture: probabilities along its whole range, the value that is set marked."""
    kind = _choose(state)
    change, value, values = state.value.change, state.value.amount, steps(kind)
    watched = Watched("probe.amount", "amount", value, {"change": change})
    follow(state, subject, changed(subject, change, value), watched)
    pictures = perturbations.pictures(subject.probe, subject.seen, change, values)
    lines, several = [], len(subject.models) > 1
    for n, model in enumerate(subject.models, 1):
        chances = model.probe.probabilities(pictures, state.value.temperature)
        shown = chances.argmax(1).unique().tolist() if chances.shape[1] > 4 else range(chances.shape[1])
        prefix = f"{n}: " * several
        lines += [(prefix + figures.safe(model.class_names[k]), chances[:, k].tolist()) for k in shown]
    figure = figures.lines_figure(values, lines, _across(kind), _("probability"), value)
    figures.show(figure, "probe.along_chart")
    if several:
        st.caption(
            enumerated(named(str(n), escaped(model.name)) for n, model in enumerate(subject.models, 1))
        )
    _strip(state, subject, kind)
    st.markdown("**" + _("Accuracy on a whole data set") + "**")
    exam = choose_exam(state, subject.model, "change")
    if exam is not None:
        _whole_set(subject.model, exam, kind, change, value)


def _choose(state: State) -> Kind:
    titles = {key: _(kind.title) for key, kind in KINDS.items()}

    def reset() -> None:
        state.change(amount=float(KINDS[state.value.change].neutral))

    widgets.choose(state, "change", _("Change"), titles, as_buttons=True, then=reset)
    kind, amount = KINDS[state.value.change], state.value.amount
    low, high = float(kind.lowest), float(kind.highest)
    if not low <= amount <= high:
        amount = kind.neutral
    state.change(amount=float(math.floor(amount)) if kind.whole else amount)
    widgets.slider(state, "amount", _across(kind), min_value=low, max_value=high, step=float(kind.step))
    return kind


def _across(kind: Kind) -> str:
    return f"{_(kind.title)} ({kind.unit})"


def steps(kind: Kind) -> list[float]:
    """Values over a slider's whole range, whole ones where only those have a meaning."""
    values = torch.linspace(kind.lowest, kind.highest, _STEPS, dtype=torch.float64).tolist()
    return sorted({float(round(value)) for value in values}) if kind.whole else values


def _strip(state: State, subject: Subject, kind: Kind) -> None:
    """The picture at some values along the slider."""
    values = torch.linspace(kind.lowest, kind.highest, _SHOWN).tolist()
    if kind.whole:
        values = [float(round(value)) for value in values]
    pictures = perturbations.pictures(subject.probe, subject.seen, state.value.change, values)
    chances = subject.probe.probabilities(pictures, state.value.temperature)
    told = [
        named(f"{value:.3g} {kind.unit}", subject.model.verdict(row))
        for value, row in zip(values, chances, strict=True)
    ]
    figures.row([*zip((pictures * 255).round().byte(), told, strict=True)], "probe-changed", 130)


def _whole_set(model: Model, exam: Exam, kind: Kind, change: str, value: float) -> None:
    """Accuracy along the same slider, behind a button."""
    curve = on_request(
        "probe.measure_along",
        (model, exam, change),
        _("Measure along the slider"),
        _("Evaluating the data set at each step."),
        lambda: accuracy_curve(model, exam, change),
        icon=":material/play_arrow:",
    )
    if curve is None:
        return
    values, shares = curve
    figure = figures.lines_figure(values, [(_("accuracy"), shares)], _across(kind), _("accuracy"), value)
    figures.show(figure, "probe.accuracy_along")
    told = [f"{share:.4f}" for share in shares]
    st.table({_across(kind): [f"{value:g}" for value in values], _("Accuracy"): told})


def accuracy_curve(model: Model, exam: Exam, kind: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """(values, accuracy at each) on the validation pictures. Raises UserError where classes do not fit."""
    values = accuracy_values(KINDS[kind])
    split = validation(model, exam)
    return tuple(values), tuple(perturbations.accuracy_along(model.probe, split, kind, values))


def accuracy_values(kind: Kind) -> list[float]:
    """The values of a slider at which the accuracy is measured."""
    some = [*torch.linspace(kind.lowest, kind.highest, 6).tolist(), kind.neutral]
    return sorted(set(map(float, SHIFTS if kind.whole else some)))
