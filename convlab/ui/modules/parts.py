"""The parts of the Modules lesson, in the chapter's order; only the chosen one is computed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from convlab.errors import N_
from convlab.ui import frame, server, widgets
from convlab.ui.code_panel import code_panel
from convlab.ui.components.asker import asker
from convlab.ui.components.shared import ahead
from convlab.ui.modules import capacity, depth, moved, registered, regularised, saved, step
from convlab.ui.modules.controls import Answer, Earlier, ModulesControls, PartName, State
from convlab.ui.urls import serialise
from convlab.ui.words import _, prose


@dataclass(frozen=True)
class Part:
    """One part: its prose is in the lesson's file, under its name.

    Where its views have questions of their own, these are under the view's name, with "_asks" behind it.

    Attributes:
        title: English, marked for translation.
        show: its controls and its picture.
        code: the script of what is on the screen.
        view: the view that is shown, where each has a question of its own.
        answers: what shows PyTorch's answer to these controls, without the page's layout; None where that
            takes more than the controls, so that only the page can. Two views have two such functions.
        earlier: the controls that the next answer is compared with.
    """

    title: str
    show: Callable[[State], None]
    code: Callable[[State], str]
    view: Callable[[State], str] | None = None
    answers: Callable[[ModulesControls], Answer | None] = lambda controls: None
    earlier: Callable[[State], Earlier] = lambda state: ()


PARTS: dict[PartName, Part] = {
    "registered": Part(
        N_("Modules and parameters"),
        registered.show,
        registered.code,
        lambda state: state.value.topic,
        registered.answers,
    ),
    "step": Part(N_("One training step"), step.show, step.code, answers=step.answers),
    "saved": Part(N_("Save and load"), saved.show, saved.code, answers=saved.answers),
    "moved": Part(
        N_("Devices and dtypes"),
        moved.show,
        moved.code,
        lambda s: s.value.moving,
        moved.answered,
    ),
    "capacity": Part(N_("Width and kernel size"), capacity.show, capacity.code, answers=capacity.answers),
    "regularised": Part(N_("Regularisers"), regularised.show, regularised.code, answers=regularised.answers),
    "depth": Part(N_("Depth"), depth.show, depth.code, answers=depth.answers, earlier=depth.earlier),
}


def show(state: State) -> None:
    """Let the learner choose a part, and show it with its notes, its code and its maths below."""
    titles = {name: _(part.title) for name, part in PARTS.items()}
    widgets.choose(state, "part", _("Part"), titles, as_buttons=True, label_visibility="collapsed")
    if state.value.experiment == "code":  # which follows each change
        with st.container():  # as a fragment is in one: what a browser has drawn stays
            _chosen(state)
    else:
        _chosen_alone(state)
    _go_deeper(state)


def _chosen(state: State) -> None:
    part = PARTS[state.value.part]
    with st.container(key="modules.asks"):
        st.markdown(prose("modules", state.value.part if part.view is None else f"{part.view(state)}_asks"))
    route = server.path("part") if part.answers(state.value) else ""
    earlier = part.earlier(state)
    state.lists.clear()
    state.presses.clear()
    with st.container(key="modules.shown"), ahead.following(serialise(state.value) if route else None):
        part.show(state)
    asker("modules.asker", state, route, earlier, _choices(state) if route else {}, state.presses)


def _choices(state: State) -> dict[str, dict[str, Any]]:
    """Control -> entry of its list -> value, of those behind which the same view answers."""
    answers = PARTS[state.value.part].answers
    now = answers(state.value)
    return {
        name: {
            said: value
            for value, said in offered.items()
            if answers(state.value.model_copy(update={name: value})) is now
        }
        for name, offered in state.lists.items()
    }


_chosen_alone = frame.part(_chosen)


def _go_deeper(state: State) -> None:
    part = state.value.part

    def notes(_state: State) -> None:
        st.markdown(prose("modules", f"{part}_notice"))

    def code(state: State) -> None:
        code_panel(PARTS[part].code(state), f"{part}.py")

    def maths(_state: State) -> None:
        st.markdown(prose("modules", f"{part}_maths"))

    offered = {
        "notice": (_("What to notice"), notes),
        "code": (_("PyTorch code"), code),
        "maths": (_("Maths and source"), maths),
    }
    frame.experiments(state, offered, without_prose=tuple(offered))
