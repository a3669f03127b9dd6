"""What the games of the arena share: the class to reach, the size of a change, before and after."""

import streamlit as st
from torch import Tensor

from convlab.probing import adversarial
from convlab.ui import figures, scales, widgets
from convlab.ui.probe.controls import State
from convlab.ui.probe.subject import Subject
from convlab.ui.words import _

BUDGETS = {"l2": (1.0, 5.0, 0.05), "linf": (0.03, 0.25, 0.005)}  # to begin with, largest, step


def choose_goal(state: State, subject: Subject) -> int:
    """The class that the picture is to be taken for."""
    classes = subject.model.class_names
    if state.value.goal >= len(classes):
        state.change(goal=0)
    widgets.choose(state, "goal", _("Target class"), dict(enumerate(classes)), width=180)
    return state.value.goal


def choose_norm(state: State) -> None:
    """How a change is measured; each way has a budget of its own to begin with."""
    norms = {"l2": _("L2: all pixels together"), "linf": _("L∞: the largest change")}

    def measured() -> None:
        state.change(budget=BUDGETS[state.value.norm][0])

    widgets.choose(state, "norm", _("Size of a change"), norms, as_buttons=True, then=measured)


def before_and_after(subject: Subject, before: Tensor, after: Tensor, key: str) -> None:
    """Both pictures, float [3, 32, 32], with the verdict of each network."""
    rows = []
    for name, pixels in ((_("before"), before), (_("after"), after)):
        verdicts = [model.verdict(model.probe.probabilities(pixels[None])[0]) for model in subject.models]
        rows.append(((pixels * 255).round().byte(), f"{name}: {' / '.join(verdicts)}"))
    figures.row(rows, f"probe-{key}", 190)


def change_picture(change: Tensor) -> None:
    """A change, float [3, 32, 32], magnified, and its three channels on one scale about 0."""
    picture, gain = adversarial.picture_of(change)
    l2, linf = float(change.norm()), float(change.abs().max())
    end = linf or 1.0
    rows = [(picture, _("the change, magnified {gain:.0f} times").format(gain=gain * 2))]
    names = (_("in red"), _("in green"), _("in blue"))
    rows += [
        (scales.colourise(plane, end, signed=True), name) for plane, name in zip(change, names, strict=True)
    ]
    figures.row(rows, "probe-change", 150)
    sentence = _(
        "Its size: L2 {l2:.3f}, largest {linf:.4f} (of 0 to 1). "
        "White and grey: no change; red: more; blue: less."
    )
    st.caption(sentence.format(l2=l2, linf=linf))
