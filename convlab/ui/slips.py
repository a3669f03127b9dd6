"""The book's slips: the lines, printed and right, what PyTorch says of both, and where to try them."""

from dataclasses import replace
from typing import Annotated
from urllib.parse import parse_qsl

import streamlit as st

from convlab.chapter import errata
from convlab.chapter.errata import Erratum, Line
from convlab.chapter.facts import Facts
from convlab.ui.boundary import error_boundary
from convlab.ui.course import stops
from convlab.ui.frame import link
from convlab.ui.lessons import LESSONS
from convlab.ui.numbers import listed
from convlab.ui.urls import Controls, PageState, one_of
from convlab.ui.widgets import choose
from convlab.ui.words import _, prose

ALL = ""


class SlipsControls(Controls):
    """Which slip is shown; "" for all."""

    slip: Annotated[str, one_of((ALL, *(erratum.key for erratum in errata.ERRATA)))] = ALL


State = PageState[SlipsControls]


def slips(state: State) -> None:
    """Let the learner choose a slip, or see all, and show them."""
    titles = {ALL: _("All of them")} | {erratum.key: title(erratum) for erratum in errata.ERRATA}
    with st.container(key="slips.row1"):
        choose(state, "slip", _("Slip"), titles, width=420)
    asked = _asked()
    for erratum in errata.ERRATA:
        if state.value.slip in (ALL, erratum.key):
            with error_boundary():
                _card(_of_section(erratum), asked)


def title(erratum: Erratum) -> str:
    """Its number, what it is about and its place in the book; a line that was right once has no number."""
    about = _("{what} ({name})").format(what=_(erratum.title), name=_(erratum.place))
    number = [one.key for one in errata.ERRATA].index(erratum.key) + 1
    return about if erratum.outdated else f"{number}. {about}"


def _of_section(erratum: Erratum) -> Erratum:
    """The slip with the lines of the section that a station is about; whole where it has none of these."""
    here = stops.at("slips")
    section = here.station.section if here else ""
    lines = tuple(line for line in erratum.lines if section and line.place.split()[-1] == section)
    return replace(erratum, lines=lines) if lines else erratum


def _card(erratum: Erratum, asked: bool) -> None:
    """``asked``: a station asks about it, so that the learner opens what would give the answer away."""
    with st.container(border=True, key=f"slips-{erratum.key}"):
        st.markdown(f"**{title(erratum)}**")
        if not asked:
            _told(erratum)
            return
        for line in erratum.lines:
            st.code(line.book, language="python", wrap_lines=True)
        with st.expander(_("What it should be, and what comes of both")):
            _told(erratum)


def _told(erratum: Erratum) -> None:
    told, found = st.columns([3, 2], gap="medium")
    with told:
        st.markdown(prose("slips", f"erratum_{erratum.key}"))
        _lines(erratum.lines)
    with found:
        table(erratum.live(), _("Computed now"))
        lesson = LESSONS[erratum.lesson]
        label = _("Try it in {lesson}").format(lesson=_(lesson.title))
        link(lesson, label, width="content", query=dict(parse_qsl(erratum.link)))


def _asked() -> bool:
    """Whether a station asks for something here that the learner has not answered."""
    here = stops.at("slips")
    return here is not None and here.station.kind != "none" and not stops.asked(here).is_open


def _lines(lines: tuple[Line, ...]) -> None:
    """One or two lines as code; more as a table, with the place of each."""
    if len(lines) <= 2:
        for line in lines:
            show_line(line)
        return
    columns = {
        _("Where"): [_(line.place) for line in lines],
        _("The book's line"): [f"`{line.book}`" for line in lines],
        _("What it should be"): [f"`{line.right}`" for line in lines],
    }
    st.table(columns)


def show_line(line: Line) -> None:
    """The book's line beside the right one."""
    lines = {_("The book's line"): line.book, _("What it should be"): line.right}
    for column, (said, code) in zip(st.columns(2), lines.items(), strict=True):
        column.caption(said)
        column.code(code, language="python", wrap_lines=True)


def table(facts: Facts, heading: str) -> None:
    """The facts, one below the other."""
    undefined = _("undefined: the picture's mean is 0")
    values = [undefined if fact.value is None else fact.value for fact in facts]
    values = [f"{value:,}" if isinstance(value, int) else value for value in values]
    listed({heading: [_(fact.label) for fact in facts], _("Value"): values})
