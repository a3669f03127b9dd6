"""The lesson frame: page set-up, the way between lessons, question on top, experiments below, notices."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import streamlit as st
from PIL import Image
from streamlit.errors import StreamlitPageNotFoundError

from convlab.errors import N_
from convlab.ui import startup
from convlab.ui.boundary import error_boundary
from convlab.ui.urls import PageState, written
from convlab.ui.words import _, choose_language, prose


@dataclass(frozen=True)
class Lesson:
    """A lesson's file, name and icon; its prose is ``locale/LANGUAGE/NAME.md``."""

    file: str
    title: str
    icon: str


LESSONS = {
    "home": Lesson("app.py", N_("Home"), ":material/home:"),
    "kernels": Lesson("pages/kernels.py", N_("Kernels"), ":material/grid_on:"),
    "feature_maps": Lesson("pages/feature_maps.py", N_("Feature maps"), ":material/layers:"),
    "train": Lesson("pages/train.py", N_("Train"), ":material/show_chart:"),
    "probe": Lesson("pages/probe.py", N_("Probe"), ":material/search_insights:"),
}


_THEME = Path(__file__).with_name("theme.css")


@lru_cache
def _icon() -> Image.Image:
    """A kernel of vertical edges, 3 x 3 (a named icon would be fetched from an outside host)."""
    icon = Image.new("RGB", (3, 3), "white")
    icon.paste("#1b7837", (0, 0, 1, 3))
    icon.paste("#762a83", (2, 0, 3, 3))
    return icon.resize((48, 48), Image.Resampling.NEAREST)


@contextmanager
def lesson(name: str) -> Iterator[None]:
    """Set up a page and show its head; what fails inside becomes one clear sentence."""
    this = LESSONS[name]
    choose_language()
    st.set_page_config(page_title=f"ConvLab: {_(this.title)}", page_icon=_icon(), layout="wide")
    startup.prepare()
    st.html(_THEME)
    with error_boundary():
        _head(name)
    with error_boundary():  # of its own: where the head fails, the lesson still stands
        yield
    startup.settle(name)


def _head(name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="navigation"):
        st.title("ConvLab" if name == "home" else _(LESSONS[name].title), anchor=False, width="content")
        for key, other in LESSONS.items():
            # With the controls that the lesson will have: put in later, they would be a step of Back.
            query = {} if key == name else written(key)
            link(other, _(other.title), width="content", query=query)
    st.markdown(prose(name, "question"))


def link(
    to: Lesson,
    label: str,
    width: Literal["stretch", "content"] = "stretch",
    query: Mapping[str, str] | None = None,
) -> None:
    """A link to another lesson; the label alone where a page runs by itself, without the others."""
    try:
        st.page_link(to.file, label=label, icon=to.icon, width=width, query_params=query)
    except StreamlitPageNotFoundError:
        st.markdown(f"{to.icon} {label}", width=width)


def experiments(
    state: PageState[Any],
    titles: Mapping[str, str],
    show: Mapping[str, Callable[[], None]],
    without_prose: Collection[str] = (),
) -> None:
    """Let the learner choose one of the experiments below a lesson's picture, and show that one alone.

    Args:
        state: of a page with a control ``experiment``; its prose is in the lesson's file under the same name.
        titles: experiment -> what it is called, in order.
        show: experiment -> what shows it, for those that are more than prose.
        without_prose: experiments that speak for themselves.
    """
    st.segmented_control(
        _("Go deeper"),
        list(titles),
        format_func=titles.__getitem__,
        required=True,
        **state.bind("experiment"),
    )
    chosen = state.value.experiment
    with error_boundary():
        if chosen not in without_prose:
            st.markdown(prose(state.page, chosen))
        if chosen in show:
            show[chosen]()


def report_refused(state: PageState[Any]) -> None:
    """Say which parts of the link could not be used."""
    if state.refused:
        sentence = _("Part of the link could not be used, so the default stands for: {names}.")
        st.warning(sentence.format(names=", ".join(state.refused)), icon=":material/link_off:")
