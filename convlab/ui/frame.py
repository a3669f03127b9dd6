"""The lesson frame: page set-up, the way between the lessons, the question on top, notices."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from convlab.errors import N_
from convlab.ui import startup
from convlab.ui.boundary import error_boundary
from convlab.ui.urls import Controls, PageState
from convlab.ui.words import _, prose


@dataclass(frozen=True)
class Lesson:
    """A lesson's file, name and icon; its prose is ``locale/LANGUAGE/NAME.md``."""

    file: str
    title: str
    icon: str


LESSONS = {
    "home": Lesson("app.py", N_("Home"), ":material/home:"),
    "kernels": Lesson("pages/kernels.py", N_("Kernels"), ":material/grid_on:"),
}


@contextmanager
def lesson(name: str) -> Iterator[None]:
    """Set up a page and show its head; what fails inside becomes one clear sentence."""
    this = LESSONS[name]
    st.set_page_config(page_title=f"ConvLab: {_(this.title)}", page_icon=":material/grid_on:", layout="wide")
    startup.prepare()
    with error_boundary():
        with st.container(horizontal=True, key="navigation"):
            for other in LESSONS.values():
                st.page_link(other.file, label=_(other.title), icon=other.icon, width="content")
        st.title(_(this.title) if name != "home" else "ConvLab", anchor=False)
        st.markdown(prose(name, "question"))
        yield


def report_refused(state: PageState[Controls]) -> None:
    """Say which parts of the link could not be used."""
    if state.refused:
        sentence = _("Part of the link could not be used, so the default stands for: {names}.")
        st.warning(sentence.format(names=", ".join(state.refused)), icon=":material/link_off:")
