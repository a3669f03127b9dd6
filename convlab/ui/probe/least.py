"""The least change that turns a verdict, for this picture and for networks of several widths."""

import math
from functools import lru_cache

import streamlit as st
import torch

from convlab.datasets.dataset import Dataset
from convlab.pictures import images
from convlab.probing import adversarial
from convlab.probing.adversarial import Flips, Norm
from convlab.training.runs import Run
from convlab.ui.boundary import notices
from convlab.ui.frame import link
from convlab.ui.lessons import LESSONS
from convlab.ui.networks import Model, offered_runs, run_model
from convlab.ui.probe.controls import State
from convlab.ui.probe.data import choose_data, on_request, validation
from convlab.ui.probe.games import before_and_after, change_picture, choose_goal, choose_norm
from convlab.ui.probe.subject import Subject
from convlab.ui.words import _, escaped

WIDTHS = (8, 16, 32, 64)
PICTURES = 24  # of each class of the data set, to compare widths on


def least(state: State, subject: Subject) -> None:
    """Of the open picture, then of networks that differ in their width; each when it is asked for."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        goal = choose_goal(state, subject)
        choose_norm(state)
    norm = state.value.norm
    flips = on_request(
        "probe.find_least",
        (subject.identity, goal, norm),
        _("Find the least change"),
        _("Halving the budget again and again."),
        lambda: adversarial.least_change(subject.probe, subject.seen[None], goal, norm),
        icon=":material/search:",
        type="primary",
    )
    if flips is not None:
        _tell(subject, flips, goal)
    st.markdown("**" + _("Is a network with less capacity easier to fool, or one with more?") + "**")
    _widths(state, goal)


def _tell(subject: Subject, flips: Flips, goal: int) -> None:
    size, name = float(flips.upper_bounds[0]), escaped(subject.model.class_names[goal])
    if size == 0:
        sentence = _("The network already says {name}: choose another class or another picture.")
        st.markdown(sentence.format(name=name))
        return
    if math.isinf(size):
        st.markdown(_("No change was found that makes it {name}.").format(name=name))
        return
    before = images.to_float(subject.seen)
    before_and_after(subject, before, flips.pictures[0], "least")
    change_picture(flips.pictures[0] - before)
    st.markdown(
        _("A change of size **{size:.4f}** is enough. A better search may find a smaller one.").format(
            size=size
        )
    )


def of_width(run: Run) -> int | None:
    """n_chans1 of a run of ``Net`` or ``NetWidth``; None of any other."""
    settings = run.settings
    if settings.design == "net" and not settings.options.get("kernel_size"):
        return 16
    return int(settings.options.get("n_chans1", 32)) if settings.design == "net_width" else None


def newest_of_each() -> dict[int, Run]:
    """Width -> the newest run of the chapter's plain network at it."""
    found: dict[int, Run] = {}
    for run in offered_runs():
        width = of_width(run)
        if width in WIDTHS:
            found.setdefault(width, run)
    return found


def _widths(state: State, goal: int) -> None:
    found = newest_of_each()
    missing = [width for width in WIDTHS if width not in found]
    if missing:
        sentence = _("Not trained yet: Net with {widths} channels in its first layer.")
        st.markdown(sentence.format(widths=", ".join(map(str, missing))))
        _train_links(missing)
    if not found:
        return
    data = choose_data(state, "widths", _("On pictures of"))
    if data is None:
        return
    asked = on_request(
        "probe.compare_widths",
        (data, state.value.norm, goal, *sorted(run.id for run in found.values())),
        _("Compare the widths on {count} pictures").format(count=PICTURES),
        "",
        lambda: True,
        icon=":material/play_arrow:",
    )
    if asked:
        _compare(found, data, goal, state.value.norm)


def _compare(found: dict[int, Run], data: Dataset, goal: int, norm: Norm) -> None:
    columns = _("n_chans1"), _("Run"), _("Median of the least change"), _("Flipped")
    rows = []
    for width, run in sorted(found.items()):
        with notices(), st.spinner(_("Width {width}").format(width=width)):
            middle, turned = median_change(run_model(run), data, goal, norm)
            rows.append((str(width), escaped(run.name), f"{middle:.4f}", f"{turned:.0%}"))
    st.table({column: [row[n] for row in rows] for n, column in enumerate(columns)})


def _train_links(missing: list[int]) -> None:
    """To the Train page, with the settings of the runs that are missing."""
    with st.container(horizontal=True):
        for width in missing:
            query = {"design": "net"} if width == 16 else {"design": "net_width", "n_chans1": str(width)}
            label = _("Train {width} channels").format(width=width)
            link(LESSONS["train"], label, width="content", query=query)


@lru_cache(maxsize=64)
def median_change(model: Model, data: Dataset, goal: int, norm: Norm) -> tuple[float, float]:
    """(median size of the least change, share that was turned) of pictures that are not of the class.

    Raises:
        UserError: classes that do not fit, or none that is not the goal.
    """
    split = validation(model, data)
    model.probe.check_class(goal)
    pictures = split.images[split.labels != goal][:PICTURES]
    flips = adversarial.least_change(model.probe, pictures, goal, norm).upper_bounds
    return float(flips.median()), float(torch.isfinite(flips).double().mean())
