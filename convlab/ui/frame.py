"""The lesson frame: page set-up, the way between lessons, question on top, experiments below, the link."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

import streamlit as st
from PIL import Image
from streamlit.errors import StreamlitPageNotFoundError

from convlab.ui import startup, widgets, words
from convlab.ui.boundary import error_boundary, say_briefly
from convlab.ui.lessons import LESSONS, Lesson
from convlab.ui.urls import C, PageState, written
from convlab.ui.widgets import derived
from convlab.ui.words import _, prose

F = TypeVar("F", bound=Callable[..., None])

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
    with error_boundary():
        _head(name, title)
    with error_boundary():  # of its own: where the head fails, the lesson still stands
        yield
    startup.settle(name)


def _head(name: str, title: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="navigation"):
        st.title("ConvLab" if name == "home" else title, anchor=False, width="content")
        for key, other in LESSONS.items():
            # With the controls that the lesson will have: put in later, they would be a step of Back.
            query = {} if key == name else written(key)
            link(other, _(other.title), width="content", query=query)
        _choose_language()
    st.markdown(prose(name, "question"))


def _choose_language() -> None:
    """A select box over the languages, each named in itself; nothing where there is only one."""
    if len(offered := words.languages()) > 1:
        look = {"format_func": words.language_name, "width": 130, "label_visibility": "collapsed"}
        key, take = "frame.language", words.set_language
        derived(st.selectbox, _("Language"), key, words.language(), take, options=offered, **look)


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
            if state.refused:
                sentence = _("Part of the link could not be used, so the default stands for: {names}.")
                st.warning(sentence.format(names=", ".join(state.refused)), icon=":material/link_off:")
        with error_boundary():
            yield state
        _write(state)


def _write(state: PageState[Any]) -> None:
    with error_boundary():  # of its own: the link is right even where the lesson failed
        state.write()
        if (reason := state.unfit()) is not None:  # where no part of the lesson has said it
            say_briefly(reason)


def part(show: F) -> F:
    """A part of a lesson that runs alone when a widget in it changes, and then writes the link itself."""

    @wraps(show)
    def guarded(state: PageState[Any], *args: Any, **options: Any) -> None:
        with error_boundary():
            show(state, *args, **options)
        _write(state)

    return cast(F, st.fragment(guarded))


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
    offered: Mapping[str, tuple[str, Callable[..., None] | None]],
    *shown: Any,
    without_prose: Collection[str] = (),
) -> None:
    """Let the learner choose one of the experiments below a lesson's picture, and show that one alone.

    Args:
        state: of a page with a control ``experiment``; its prose is in the lesson's file under the same name.
        offered: experiment -> what it is called, and what shows it; None where there is only prose.
        shown: what the experiments are about; they get the state, then these.
        without_prose: experiments that speak for themselves.
    """
    titles = {name: title for name, (title, _show) in offered.items()}
    widgets.choose(state, "experiment", _("Go deeper"), titles, as_buttons=True)
    chosen = state.value.experiment
    with error_boundary():
        if chosen not in without_prose:
            st.markdown(prose(state.page, chosen))
        if (show := offered[chosen][1]) is not None:
            show(state, *shown)
