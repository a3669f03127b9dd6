"""Exercise 2 as an arena: fool the network with a picture, a brush, its own gradient, or the least change."""

from dataclasses import dataclass

import streamlit as st
from torch import Tensor

from convlab.pictures import images
from convlab.pictures.board import Board
from convlab.probing import adversarial
from convlab.ui import figures, widgets
from convlab.ui.boundary import notices
from convlab.ui.components.pixel_board import painted, pixel_board
from convlab.ui.probe.controls import State
from convlab.ui.probe.games import BUDGETS, before_and_after, change_picture, choose_goal, choose_norm
from convlab.ui.probe.least import least
from convlab.ui.probe.subject import Subject
from convlab.ui.words import _, prose

_SCORES, _BOARD = "probe.scores", "probe.board"
MOST_SCORES = 60
SURE = 0.95


@dataclass(frozen=True)
class Score:
    """A picture that somebody entered: neither bird nor airplane."""

    pixels: Tensor
    verdict: str
    confidence: float
    network: str


def arena(state: State, subject: Subject) -> None:
    """One game at a time."""
    titles = {
        "board": _("Score board"),
        "paint": _("Paint on it"),
        "ascend": _("Let the gradient edit it"),
        "least": _("The least change"),
    }
    widgets.choose(state, "game", _("Game"), titles, as_buttons=True)
    st.markdown(prose("probe", f"arena_{state.value.game}"))
    games = {"board": _score_board, "paint": _paint, "ascend": _ascend, "least": least}
    games[state.value.game](state, subject)


def _score_board(state: State, subject: Subject) -> None:
    scores: dict[bytes, Score] = st.session_state.setdefault(_SCORES, {})
    chances = subject.probabilities(1.0)[0]
    verdict, confidence = subject.model.verdict(chances), float(chances.max())

    def enter() -> None:
        if len(scores) < MOST_SCORES:
            scores[subject.identity] = Score(subject.seen, verdict, confidence, subject.model.name)

    with st.container(horizontal=True, vertical_alignment="center"):
        figures.row([(subject.seen, verdict)], "probe-entry", 110)
        st.button(
            _("It shows no bird and no airplane: enter it"),
            type="primary",
            icon=":material/emoji_events:",
            on_click=enter,
            key="probe.enter",
        )
        if scores:
            st.button(_("Empty the board"), on_click=scores.clear, key="probe.empty")
    if not scores:
        st.caption(_("No picture has been entered yet."))
        return
    ranked = sorted(scores.values(), key=lambda score: -score.confidence)
    over = sum(score.confidence > SURE for score in ranked)
    st.markdown(_("**{over}** of {count} pictures are over 95%.").format(over=over, count=len(ranked)))
    rows = [
        (score.pixels, f"{place}. {'★ ' * (score.confidence > SURE)}{score.verdict}, {score.network}")
        for place, score in enumerate(ranked, 1)
    ]
    figures.row(rows, "probe-scores", 120)


def _paint(state: State, subject: Subject) -> None:
    fresh = Board.nearest(subject.seen)
    board = Board.decode(state.value.painted) if state.value.painted else fresh
    if board.size != fresh.size:
        board = fresh

    def repainted() -> None:
        new = painted(_BOARD)
        if new is not None and new.size == fresh.size:
            state.change(painted="" if new == fresh else new.encode())

    left, right = st.columns([3, 2])
    with left:
        pixel_board(board, key=_BOARD, on_paint=repainted)
    with right:
        after = board.painted_on(subject.seen)
        changed = int((after != subject.seen).any(0).sum())
        before_and_after(subject, images.to_float(subject.seen), images.to_float(after), "painted")
        st.markdown(_("You painted **{count}** of 1,024 pixels.").format(count=changed))
        st.button(
            _("Undo all painting"),
            icon=":material/undo:",
            on_click=lambda: state.change(painted=""),
            key="probe.unpaint",
        )


def _ascend(state: State, subject: Subject) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        goal = choose_goal(state, subject)
        choose_norm(state)
        first, largest, step = BUDGETS[state.value.norm]
        if state.value.budget > largest:
            state.change(budget=first)
        widgets.slider(state, "budget", _("Budget"), max_value=largest, step=step, width=300)
    with notices():
        edit = adversarial.ascend(subject.probe, subject.seen, goal, state.value.budget, state.value.norm)
        left, right = st.columns([3, 2])
        with left:
            before_and_after(subject, edit.before, edit.after, "ascended")
            change_picture(edit.change)
        name = figures.safe(subject.model.class_names[goal])
        lines, steps = [(name, edit.probabilities.tolist())], range(len(edit.probabilities))
        with right:
            figures.show(figures.lines_figure(steps, lines, _("step"), _("probability")), "probe.ascent", 300)
