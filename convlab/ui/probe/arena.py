"""Exercise 2 as an arena: fool the network with a picture, a brush, its own gradient, or the least change."""

import math
from functools import lru_cache

import streamlit as st
import torch
from torch import Tensor

from convlab.datasets.exams import Exam
from convlab.errors import N_, UserError
from convlab.pictures import images
from convlab.pictures.board import Board
from convlab.probing import adversarial
from convlab.probing.adversarial import Norm
from convlab.training.runs import Run
from convlab.ui import figures, scales, widgets
from convlab.ui.boundary import keeping, notices
from convlab.ui.components.followed import Watched
from convlab.ui.components.pixel_board import painted, pixel_board
from convlab.ui.frame import link
from convlab.ui.lessons import LESSONS
from convlab.ui.networks import Model, offered_runs, run_model
from convlab.ui.probe.controls import State
from convlab.ui.probe.data import on_request, validation
from convlab.ui.probe.exam import choose_exam
from convlab.ui.probe.made import follow
from convlab.ui.probe.subject import Subject
from convlab.ui.probe.trail import FIND_NOW
from convlab.ui.words import _, cell, enumerated, escaped, named, prose

_BOARD = "probe.board"
MOST_SCORES = 60
SURE = 0.95
BUDGETS = {"l2": (1.0, 5.0, 0.05), "linf": (0.03, 0.25, 0.005)}  # to begin with, largest, step
WIDTHS = (8, 16, 32, 64)
PICTURES = 24  # of each class of the data set, to compare widths on


def arena(state: State, subject: Subject) -> None:
    """One game at a time."""
    games = {
        "board": (_("Score board"), _score_board),
        "paint": (_("Paint on it"), _paint),
        "ascend": (_("Let the gradient edit it"), _ascend),
        "least": (_("The least change"), _least),
    }
    titles = {key: title for key, (title, _game) in games.items()}
    widgets.choose(state, "game", _("Game"), titles, as_buttons=True)
    st.markdown(prose("probe", f"arena_{state.value.game}"))
    games[state.value.game][1](state, subject)


def _score_board(state: State, subject: Subject) -> None:
    """Pictures of no class that somebody entered: how sure, (verdict, network), pixels."""
    scores: dict[bytes, tuple[float, str, Tensor]] = st.session_state.setdefault("probe.scores", {})
    chances = subject.probabilities(1.0)[0]
    verdict = subject.model.verdict(chances)

    def enter() -> None:
        if len(scores) < MOST_SCORES:
            told = f"{verdict}, {subject.model.name}"
            scores[subject.identity] = float(chances.max()), told, subject.seen

    with st.container(horizontal=True, vertical_alignment="center"):
        figures.row([(subject.seen, verdict)], "probe-entry", 110)
        label, icon = _("It shows {nothing}: enter it"), ":material/emoji_events:"
        label = label.format(nothing=_nothing(subject.model))
        st.button(label, type="primary", icon=icon, on_click=keeping(enter), key="probe.enter")
        if scores:
            st.button(_("Empty the board"), on_click=keeping(scores.clear), key="probe.empty")
    if not scores:
        st.caption(_("No picture has been entered yet."))
        return
    ranked = sorted(scores.values(), key=lambda score: -score[0])
    over = sum(sure > SURE for sure, _told, _pixels in ranked)
    st.markdown(_("**{over}** of {count} pictures are over 95%.").format(over=over, count=len(ranked)))
    rows = [
        (pixels, f"{place}. {'★ ' * (sure > SURE)}{told}")
        for place, (sure, told, pixels) in enumerate(ranked, 1)
    ]
    figures.row(rows, "probe-scores", 120)


def _nothing(model: Model) -> str:
    """That a picture is of no class, as Markdown."""
    names = [escaped(name) for name in model.class_names]
    few = _("none of {names}").format(names=enumerated(names))
    return few if len(names) <= 4 else _("none of the {count} classes").format(count=len(names))


def _paint(state: State, subject: Subject) -> None:
    fresh = Board.nearest(subject.seen)
    board = Board.decode(state.value.painted) if state.value.painted else fresh
    if board.size != fresh.size:
        board = fresh

    def repainted() -> None:
        new = painted(_BOARD)
        if new is not None and new.size == fresh.size:
            state.change(picture=state.value.picture, painted="" if new == fresh else new.encode())

    left, right = st.columns([3, 2])
    with left:
        pixel_board(board, key=_BOARD, on_paint=repainted)
    with right:
        after = board.painted_on(subject.seen)
        follow(state, subject, after, Watched(_BOARD, "painted", board.encode(), {}))
        label, undo = _("Undo all painting"), lambda: state.change(painted="")
        st.button(label, icon=":material/undo:", on_click=keeping(undo), key="probe.unpaint")


def _ascend(state: State, subject: Subject) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        goal = _choose_goal(state, subject)
        first, largest, step = BUDGETS[state.value.norm]
        if state.value.budget > largest:
            state.change(budget=first)
        widgets.slider(state, "budget", _("Budget"), max_value=largest, step=step, width=300)
    with notices():
        edit = adversarial.ascend(subject.probe, subject.seen, goal, state.value.budget, state.value.norm)
        left, right = st.columns([3, 2])
        with left:
            _before_and_after(subject, edit.before, edit.after, "ascended")
            _change_picture(edit.change)
        name = figures.safe(subject.model.class_names[goal])
        lines, steps = [(name, edit.probabilities.tolist())], range(len(edit.probabilities))
        with right:
            figures.show(figures.lines_figure(steps, lines, _("step"), _("probability")), "probe.ascent", 300)


# ---- shared by the games --------------------------------------------------------------------------------


def _choose_goal(state: State, subject: Subject) -> int:
    """The class that the picture is to be taken for, and how a change is measured."""
    classes = subject.model.class_names
    if state.value.goal >= len(classes):
        state.change(goal=0)
    widgets.choose(state, "goal", _("Target class"), dict(enumerate(classes)), width=180)
    norms = {"l2": _("L2: all pixels together"), "linf": _("L∞: the largest change")}

    def measured() -> None:  # each way has a budget of its own to begin with
        state.change(budget=BUDGETS[state.value.norm][0])

    widgets.choose(state, "norm", _("Size of a change"), norms, as_buttons=True, then=measured)
    return state.value.goal


def _before_and_after(subject: Subject, before: Tensor, after: Tensor, key: str) -> None:
    """Both pictures, float [3, 32, 32], with the verdict of each network."""
    rows = []
    for name, pixels in ((_("before"), before), (_("after"), after)):
        verdicts = [model.verdict(model.probe.probabilities(pixels[None])[0]) for model in subject.models]
        rows.append(((pixels * 255).round().byte(), named(name, " / ".join(verdicts))))
    figures.row(rows, f"probe-{key}", 190)


def _change_picture(change: Tensor) -> None:
    """A change, float [3, 32, 32], magnified, and its three channels on one scale about 0."""
    picture, gain = adversarial.picture_of(change)
    linf = float(change.abs().max())
    planes = [scales.colourise(plane, linf or 1.0) for plane in change]
    magnified = _("the change, magnified {gain:.0f} times").format(gain=gain * 2)
    names = (magnified, _("in red"), _("in green"), _("in blue"))
    figures.row(list(zip((picture, *planes), names, strict=True)), "probe-change", 150)
    sentence = _(
        "Its size: L2 {l2:.3f}, largest {linf:.4f} (of 0 to 1). "
        "White and grey: no change; red: more; blue: less."
    )
    st.caption(sentence.format(l2=float(change.norm()), linf=linf))


# ---- the least change that turns a verdict --------------------------------------------------------------


def _least(state: State, subject: Subject) -> None:
    """Of the open picture, then of networks that differ in their width; each when it is asked for."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        goal = _choose_goal(state, subject)
    norm = state.value.norm
    flips = on_request(
        "probe.find_least",
        (subject.identity, goal, norm),
        _("Find the least change"),
        _("Halving the budget again and again."),
        lambda: adversarial.least_change(subject.probe, subject.seen[None], goal, norm),
        now=st.session_state.pop(FIND_NOW, False),
        icon=":material/search:",
        type="primary",
    )
    if flips is not None:
        size, name = float(flips.upper_bounds[0]), escaped(subject.model.class_names[goal])
        sentence = _("A change of size **{size:.4f}** is enough. A better search may find a smaller one.")
        if size == 0:
            sentence = _("The network already says {name}: choose another class or another picture.")
        elif math.isinf(size):
            sentence = _("No change was found that makes it {name}.")
        else:
            before = images.to_float(subject.seen)
            _before_and_after(subject, before, flips.pictures[0], "least")
            _change_picture(flips.pictures[0] - before)
        st.markdown(sentence.format(size=size, name=name))
    st.markdown("**" + _("Is a network with less capacity easier to fool, or one with more?") + "**")
    _widths(state, subject.probe.classes[goal])


def of_width(run: Run) -> int | None:
    """n_chans1 of a run of ``Net`` or ``NetWidth``; None of any other."""
    settings = run.settings
    if settings.design == "net" and not settings.options.get("kernel_size"):
        return 16
    return int(settings.options.get("n_chans1", 32)) if settings.design == "net_width" else None


def newest_of_each() -> dict[int, Run]:
    """Width -> the newest run of the chapter's plain network at it, the narrowest first."""
    found = {of_width(run): run for run in reversed(offered_runs())}
    return {width: found[width] for width in WIDTHS if width in found}


def _widths(state: State, name: str) -> None:
    """How little fools networks of several widths: their pictures are to be taken for the class ``name``."""
    found, norm = newest_of_each(), state.value.norm
    missing = [width for width in WIDTHS if width not in found]
    if missing:
        sentence = _("Not trained yet: Net with {widths} channels in its first layer.")
        st.markdown(sentence.format(widths=", ".join(map(str, missing))))
        with st.container(horizontal=True):  # to the Train page, with the settings of those runs
            for width in missing:
                query = {"design": "net"} if width == 16 else {"design": "net_width", "n_chans1": str(width)}
                label = _("Train {width} channels").format(width=width)
                link(LESSONS["train"], label, width="content", query=query)
    models = {}
    for width, run in found.items():
        with notices():  # of a damaged one
            models[width] = run_model(run)
    newest = next(reversed(models.values()), None)
    exam = choose_exam(state, newest, "widths", _("On pictures of")) if newest else None
    if exam is None:
        return
    asked = on_request(
        "probe.compare_widths",
        (exam, norm, name, *sorted(model.identity for model in models.values())),
        _("Compare the widths on up to {count} pictures").format(count=PICTURES),
        "",
        lambda: True,
        icon=":material/play_arrow:",
    )
    if not asked:
        return
    columns = _("n_chans1"), _("Run"), _("Median of the least change"), _("Flipped")
    rows = []
    for width, model in models.items():
        with notices(), st.spinner(_("Width {width}").format(width=width)):
            changes = least_changes(model, exam, name, norm)
            turned = int(torch.isfinite(changes).sum())
            flipped = _("{turned} of {count}").format(turned=turned, count=len(changes))
            rows.append((str(width), cell(model.name), f"{float(changes.median()):.4f}", flipped))
    st.table({column: [row[n] for row in rows] for n, column in enumerate(columns)})


@lru_cache(maxsize=64)
def least_changes(model: Model, exam: Exam, name: str, norm: Norm) -> Tensor:
    """The sizes of the least changes of pictures that are not of a class until they are taken for it.

    Raises UserError for classes that do not fit, no such class, or where all pictures are of it.
    """
    split, classes = validation(model, exam), model.probe.classes
    if name not in classes:
        told = N_("{network} has no class {name}: choose another target class.")
        raise UserError(told, network=model.name, name=name)
    pictures = split.images[split.labels != classes.index(name)][:PICTURES]
    if not len(pictures):
        raise UserError(N_("All pictures are of the class {name}: choose another target class."), name=name)
    return adversarial.least_change(model.probe, pictures, classes.index(name), norm).upper_bounds
