"""The chain: a cell of the confusion matrix, its pictures, one of them, why, how it is fooled; and back."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import streamlit as st

from convlab.datasets import exams
from convlab.datasets.exams import Exam
from convlab.errors import UserError
from convlab.networks.evaluation import Evaluation
from convlab.probing import evaluation
from convlab.probing.evaluation import Answer
from convlab.ui import picture
from convlab.ui.boundary import rerun
from convlab.ui.components import trail as component
from convlab.ui.components.trail import Step
from convlab.ui.networks import class_title
from convlab.ui.probe.controls import State
from convlab.ui.probe.data import evaluated, quick
from convlab.ui.probe.subject import Subject
from convlab.ui.words import _, clauses

KEY = "probe.trail"
WAY, LAB, DEEPER = "probe.way", "probe.asked", "probe.deeper"  # containers: the trail, the lab, experiments
FIND_NOW = "probe.find_now"  # whether the least change was asked for on the way here
_OPENED = "probe.opened"  # whether the toolbar does not name the open picture yet


@dataclass(frozen=True)
class _Way:
    """A step, and what it changes."""

    step: Step
    take: Callable[[], None]


def follow() -> None:
    """Before a part that runs alone is shown: another picture is news for the whole page."""
    if st.session_state.pop(_OPENED, False):
        rerun()


def cell_of(state: State, count: int) -> tuple[int, int] | None:
    """(class, verdict) of the cell that is open, of a network with ``count`` classes."""
    if not state.value.cell:
        return None
    label, verdict = map(int, state.value.cell.split("-"))
    return (label, verdict) if max(label, verdict) < count else None


def row_of(state: State, found: Evaluation) -> tuple[Answer, ...]:
    """The answers that one leads through: of the open cell, or all mistakes; the surest first."""
    cell = cell_of(state, found.confusion.shape[0])
    return evaluation.in_cell(found, *cell) if cell else evaluation.mistakes(found, len(found.labels))


def open_picture(state: State, key: str, place: int) -> None:
    """Make a validation picture of a data set the page's; the network stays."""
    changes: dict[str, Any] = {"window": "", "padding": "black", "painted": ""}
    state.change(picture=picture.of_data(key, place), model=state.value.model, **changes)
    st.session_state[_OPENED] = True


def trail(state: State, subject: Subject) -> None:
    """Where the open picture comes from, its neighbours there, and where to go on; else nothing."""
    with st.container(key=WAY):  # empty or not: what is behind it keeps its place, and is not made anew
        place = picture.data_of(state.value.picture)
        ways = [] if place is None else _ways_from(state, subject, *place)

        def pressed() -> None:
            if (index := component.chosen(KEY, len(ways))) is not None:
                ways[index].take()

        if ways:
            component.trail(KEY, [way.step for way in ways], pressed)


def _ways_from(state: State, subject: Subject, key: str, place: int) -> list[_Way]:
    """As ``_ways``; none from a link's picture that there is not: another stands in its place."""
    with suppress(UserError):  # its data, or classes, do not fit: the page says so elsewhere
        exam = exams.get(key)
        if place < len(exam.val):
            return _ways(state, subject, key, place, exam)
    return []


def _ways(state: State, subject: Subject, key: str, place: int, exam: Exam) -> list[_Way]:
    names, cell = subject.model.class_names, cell_of(state, len(subject.model.class_names))
    shown = state.value.experiment == "mistakes"

    def back(**cell: str) -> Callable[[], None]:
        return lambda: state.change(experiment="mistakes", **cell)

    whole = Step(_("What it gets wrong"), "back", current=shown and not cell, leads_to=DEEPER)
    ways = [_Way(whole, back(cell=""))]
    if cell:
        ways.append(_Way(Step(cell_title(names, *cell), "back", current=shown, leads_to=DEEPER), back()))
    found = None
    if quick(subject.model, len(exam.val)):
        found = evaluated(subject.model, exam)
    row = [one.index for one in row_of(state, found)] if found else []
    name = class_title(exam.classes[int(exam.val.labels[place])])
    told = _("Picture {place}: {name}").format(place=place, name=name)
    if place in row:
        told = clauses(told, _("{number} of {count}").format(number=row.index(place) + 1, count=len(row)))
    ways.append(_Way(Step(told, "here"), lambda: None))
    return [*ways, *_beside(state, key, place, row), *_on(state, subject)]


def cell_title(names: Sequence[str], label: int, verdict: int) -> str:
    """What the pictures of a cell are and were taken for; plain text."""
    if label == verdict:
        return _("{name}, recognised").format(name=names[label])
    return _("{name}, taken for {verdict}").format(name=names[label], verdict=names[verdict])


def _beside(state: State, key: str, place: int, row: Sequence[int]) -> list[_Way]:
    """To the picture before and after it, round and round."""
    if place not in row or len(row) < 2:
        return []
    at = row.index(place)

    def to(number: int) -> Callable[[], None]:
        return lambda: open_picture(state, key, row[number % len(row)])

    before, after = Step("←", "beside", _("The picture before")), Step("→", "beside", _("The next picture"))
    return [_Way(before, to(at - 1)), _Way(after, to(at + 1))]


def _on(state: State, subject: Subject) -> list[_Way]:
    """The views that take the picture further; each begins with a goal that makes sense."""
    controls, chances = state.value, subject.probabilities(1.0)[0]
    other = int(chances.argsort(descending=True)[1])

    def fool(game: str) -> Callable[[], None]:
        def take() -> None:
            goal = (
                other
                if controls.goal == int(chances.argmax()) or controls.experiment != "arena"
                else controls.goal
            )
            state.change(experiment="arena", game=game, goal=goal)
            st.session_state[FIND_NOW] = game == "least"

        return take

    game = controls.game if controls.experiment == "arena" else ""
    why = Step(_("Why, four ways"), "on", current=controls.experiment == "four_ways", leads_to=DEEPER)
    return [
        _Way(why, lambda: state.change(experiment="four_ways")),
        _Way(Step(_("Fool it"), "on", current=game == "ascend", leads_to=DEEPER), fool("ascend")),
        _Way(Step(_("The least change"), "on", current=game == "least", leads_to=DEEPER), fool("least")),
    ]
