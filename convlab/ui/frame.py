"""The lesson frame: page set-up, the way between lessons, question or station, experiments, the link."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import streamlit as st
from PIL import Image
from streamlit.errors import StreamlitPageNotFoundError

from convlab.ui import keep, startup, widgets, words
from convlab.ui.boundary import acted, error_boundary, rerun, say_briefly, settle
from convlab.ui.components import presentation
from convlab.ui.components.number_fields import number_fields
from convlab.ui.course import card, stops
from convlab.ui.lessons import LESSONS, Lesson
from convlab.ui.urls import C, PageState, written
from convlab.ui.widgets import derived
from convlab.ui.words import _, prose

F = TypeVar("F", bound=Callable[..., None])

_WARNED = "frame.warned"  # whether the page warns of its link
_THEME = Path(__file__).with_name("theme.css")


@lru_cache
def _icon() -> Image.Image:
    """A kernel of vertical edges, 3 x 3 (a named icon would be fetched from an outside host)."""
    icon = Image.new("RGB", (3, 3), "white")
    icon.paste("#1b7837", (0, 0, 1, 3))
    icon.paste("#762a83", (2, 0, 3, 3))
    return icon.resize((48, 48), Image.Resampling.NEAREST)


@contextmanager
def page(name: str) -> Iterator[None]:
    """Set up a page and show its head; what fails inside becomes one clear sentence."""
    words.take_language()
    title = _(LESSONS[name].title)
    st.set_page_config(page_title=f"ConvLab: {title}", page_icon=_icon(), layout="wide")
    startup.prepare()
    st.html(_THEME)
    number_fields()
    with error_boundary():
        _head(name, title)
    with error_boundary():  # of its own: where the head fails, the lesson still stands
        yield
    with error_boundary():
        stops.note(name)
        card.ahead(name)
    settle()
    startup.settle(name)


def _head(name: str, title: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="navigation"):
        st.title("ConvLab" if name == "home" else title, anchor=False, width="content")
        for key, other in ((key, other) for key, other in LESSONS.items() if other.in_head or key == name):
            # With the controls that the lesson will have: put in later, they would be a step of Back.
            query = {} if key == name else {**written(key), **stops.back(key)}
            link(other, _(other.title), width="content", query=query)
        if len(offered := words.languages()) > 1:  # each named in itself
            look = {"format_func": words.language_name, "width": 112, "label_visibility": "collapsed"}
            key, take = "frame.language", words.set_language
            derived(st.selectbox, _("Language"), key, words.language(), take, options=offered, **look)
        keep.keep(name, link)
        presentation.presentation()
    if not card.card(name, link):
        st.markdown(prose(name, "question"))


@contextmanager
def lesson(
    name: str, controls: type[C], check: Callable[[PageState[C]], None] = lambda state: None
) -> Iterator[PageState[C]]:
    """A page with controls: read from the link on arrival, written back at the end.

    ``check`` finds what the model cannot know to be wrong, puts it right and adds to ``state.refused``.
    """
    with page(name):
        state = PageState(name, controls)
        with error_boundary():
            check(state)
            _say_refused(state.refused)
        with error_boundary():
            yield state
        _write(state)


def _say_refused(names: Collection[str]) -> None:
    """Name what the link says and nobody can use. It stands until the page runs again, whole."""
    st.session_state[_WARNED] = bool(names) and not acted()
    if names:
        sentence = _("Part of the link could not be used, so the default stands for: {names}.")
        st.warning(sentence.format(names=words.enumerated(names)), icon=":material/link_off:")


def _write(state: PageState[Any]) -> None:
    with error_boundary():  # of its own: the link is right even where the lesson failed
        state.write()
        stops.leave(state.page)
        if (reason := state.unfit()) is not None:  # where no part of the lesson has said it
            say_briefly(reason)


def part(show: F) -> F:
    """A part of a lesson that runs alone when a widget in it changes, and then writes the link itself.

    Where the page warns of its link, the whole page follows the first time, so that the warning goes.
    """

    @wraps(show)
    def guarded(state: PageState[Any], *args: Any, **options: Any) -> None:
        with error_boundary():
            show(state, *args, **options)
        _write(state)
        if acted() and st.session_state.pop(_WARNED, False):
            rerun()
        settle()
        startup.settle(state.page)

    return cast(F, st.fragment(guarded))


def again_and_again(show: F, every_s: float | None) -> F:
    """A part of a page that runs alone every so many seconds; None: when a widget in it changes."""

    @wraps(show)
    def guarded(*args: Any, **options: Any) -> None:
        settle()
        show(*args, **options)

    return cast(F, st.fragment(guarded, run_every=every_s))


def link(
    to: Lesson,
    label: str,
    width: Literal["stretch", "content"] = "stretch",
    query: Mapping[str, str] | None = None,
    icon: str = "",
    tip: str | None = None,
) -> None:
    """A link to another lesson; the label alone where a page runs by itself, without the others.

    ``icon`` is the lesson's own where none is named. Who presents goes on presenting there, in the
    language of the link.
    """
    icon = icon or to.icon
    along = (words.IN_LINK, presentation.PARAMETER)
    kept = {name: st.query_params[name] for name in along if name in st.query_params}
    query = {**(query or {}), **kept} or None
    try:
        st.page_link(to.file, label=label, icon=icon, help=tip, width=width, query_params=query)
    except StreamlitPageNotFoundError:
        st.markdown(f"{icon} {label}", width=width)


def asked_first(state: PageState[Any], beside: Collection[str] = ("notice",)) -> bool:
    """Whether a station has an experiment open, which then stands before the lesson's picture, not below it.

    ``beside``: experiments that are seen in that picture.
    """
    return stops.STATION in st.query_params and state.value.experiment not in beside


def experiments(
    state: PageState[Any],
    offered: Mapping[str, tuple[str, Callable[..., None] | None]],
    *shown: Any,
    without_prose: Collection[str] = (),
    first: bool = False,
) -> None:
    """Let the learner choose one of the experiments beside a lesson's picture, and show that one alone.

    ``offered``: experiment -> what it is called, and what shows it, from the state and ``shown``; None where
    there is only prose, which is in the lesson's file under the experiment's name, but ``without_prose``.
    ``first``: a station asks about it (see ``asked_first``), so its choice and prose come behind it.
    """
    if first:
        _experiment(state, offered, *shown)
    titles = {name: title for name, (title, _show) in offered.items()}
    widgets.choose(state, "experiment", _("Go deeper"), titles, as_buttons=True)
    with error_boundary():
        if state.value.experiment not in without_prose:
            with st.container(key=f"{state.page}.prose"):
                st.markdown(prose(state.page, state.value.experiment))
    if not first:
        _experiment(state, offered, *shown)


def _experiment(
    state: PageState[Any], offered: Mapping[str, tuple[str, Callable[..., None] | None]], *shown: Any
) -> None:
    if (show := offered[state.value.experiment][1]) is not None:
        with error_boundary(), st.container(key=f"{state.page}.experiments"):
            show(state, *shown)
