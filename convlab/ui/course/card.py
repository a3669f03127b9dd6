"""The card of a station on its lesson's page: a question, a guess, then the answer, why, and what to try."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from convlab.course import asking
from convlab.errors import N_, UserError
from convlab.ui.boundary import error_boundary, keeping, rerun, say, settle
from convlab.ui.code_panel import code_panel
from convlab.ui.course import stops, verdicts
from convlab.ui.course.lights import lights, veils
from convlab.ui.course.stops import Stop
from convlab.ui.lessons import LESSONS
from convlab.ui.person import say_unkept
from convlab.ui.words import _, escaped

Link = Callable[..., None]
_MOST_CHARACTERS = 60  # of a guess that is typed
_AHEAD = "course-ahead-"  # before the keys of what is drawn out of sight


def card(page: str, link: Link) -> bool:
    """Show the station that the link names, and whether it names one; ``link`` makes a link to a lesson.

    A station that is nowhere, or on another page, is named, with what to do.
    """
    try:
        here = stops.stop()
        if here is not None and here.station.lesson != page:
            told = N_("The station {name} is on another page: choose it on Home.")
            raise UserError(told, name=here.station.id)
    except UserError as error:
        say(error, "warning", "link_off")
        return False
    if here is None:
        return False
    lights(here.station.light)
    with st.container(border=True, gap="small", key="course-card"):
        st.fragment(_body)(here, link, [])
    return True


def ahead(page: str) -> None:
    """Draw the next station's question out of sight, behind all that is shown.

    The browser shows it at once when one goes there: see ``components/presentation/onward.js``. Of a station
    that is answered already the page itself comes first.
    """
    here = stops.at(page)
    following = here.near(1) if here else None
    if following is None or stops.last(following).is_open:
        return
    said = stops.Asked(is_open=following.station.kind == "none")
    with st.container(key=f"{_AHEAD}{following.station.id}"):
        _named(following)
        _columns(following, stops.figures(following, said.is_open), said, _AHEAD)


def _named(here: Stop) -> None:
    st.markdown(f"**{escaped(here.station.title)}**", width="content")
    st.caption(_place(here), width="content")


def _head(here: Stop, link: Link, is_open: bool) -> None:
    """The station's name and place on the way, the tools of its answer, and the links to its neighbours."""
    with st.container(horizontal=True, vertical_alignment="center", key="course-head"):
        _named(here)
        say_unkept(_("Kept until reloaded"))
        if is_open:
            _tools(here)
        look: dict[str, Any] = {"horizontal_alignment": "right", "vertical_alignment": "center"}
        with st.container(horizontal=True, key="course-ways", **look):
            for name, steps, label in (("previous", -1, _("Previous")), ("next", 1, _("Next"))):
                if (other := here.near(steps)) is not None:
                    _way(f"course-{name}", other, label, link)
            if here.near(1) is None:
                with st.container(width="content", key="course-end"):
                    _end(here, link)
            label, icon = _("Close"), ":material/close:"
            st.button(label, key="course-close", on_click=keeping(stops.close), icon=icon, type="tertiary")


def _end(here: Stop, link: Link) -> None:
    query = {stops.COURSE: here.course} if here.course else None
    to, label = ("home", _("To the path")) if here.is_shipped else ("lessons", _("To the lesson"))
    link(LESSONS[to], label, width="content", query=query)


def _way(key: str, to: Stop, label: str, link: Link) -> None:
    with st.container(width="content", key=key):
        link(LESSONS[to.station.lesson], label, width="content", query=to.query())


def _place(here: Stop) -> str:
    said = _("{number} of {count}").format(number=here.index + 1, count=len(here.stations))
    section = here.station.section
    return _("Section {section}, {place}").format(section=section, place=said) if section else said


def _body(here: Stop, link: Link, whole_runs: list[bool]) -> None:
    """Question and guess, or question, answer and why. It runs alone when the learner guesses.

    ``whole_runs`` is empty while the whole page runs, which settles itself.
    """
    if stops.moved() and whole_runs:
        rerun()
    with error_boundary():
        station, said = here.station, stops.asked(here)
        is_open = said.is_open or station.kind == "none"
        _head(here, link, is_open)
        found = stops.figures(here, is_open)
        if not is_open:
            veils(station.veil)
        _columns(here, found, replace(said, is_open=is_open))
    if whole_runs:
        settle()
    whole_runs.append(True)


def _columns(here: Stop, found: asking.Figures, said: stops.Asked, prefix: str = "course-") -> None:
    """The question, and beside it what takes a guess, or why the answer is what it is."""
    left, right = st.columns([1, 1], gap="medium")
    with left, st.container(gap="small", key=f"{prefix}question"):
        st.markdown(asking.filled(here.station.question, found))
        if said.is_open:
            verdicts.verdict(here.station, said.guess, found)
    with right, st.container(gap="small", key=f"{prefix}{'answer' if said.is_open else 'guess'}"):
        if said.is_open:
            _explained(here, found)
        else:
            _guess(here, found, prefix)


def _guess(here: Stop, found: asking.Figures, prefix: str) -> None:
    """What takes a guess of the station's kind, and a button for whoever has none.

    Each station has keys of its own, so that what is pressed as the next one comes is no guess there.
    """
    station, key = here.station, f"{prefix}{{}}-{here.station.id}".format
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if station.kind == "number":
            _number(here, key)
        elif station.kind == "place":
            label, icon = _("This is my place"), ":material/my_location:"
            take = partial(_point, here)
            st.button(label, key=key("place"), on_click=keeping(take), icon=icon)
        for choice in station.choices:
            text, take = asking.filled(choice.text, found), partial(stops.say, here, choice.key)
            st.button(text, key=key(f"choice-{choice.key}"), on_click=keeping(take))
        show = partial(stops.show, here)
        st.button(_("Show the answer"), key=key("show"), on_click=keeping(show), type="tertiary")


def _point(here: Stop) -> None:
    stops.say(here, stops.place(here))


def _number(here: Stop, key: Callable[[str], str]) -> None:
    def take() -> None:
        if not (guess := st.session_state[key("number")].strip()):
            raise UserError(N_("Write a number as your guess, or press Show the answer."))
        stops.say(here, asking.read(here.station, guess))

    unit, tolerance = here.station.unit, here.station.tolerance
    label = _("Your guess: {unit}").format(unit=unit) if unit else _("Your guess")
    if tolerance:
        label = _("{label} (within {percent}% counts)").format(label=label, percent=f"{tolerance * 100:g}")
    with (
        st.form(key("form"), border=False, width="content"),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        st.text_input(label, key=key("number"), max_chars=_MOST_CHARACTERS, autocomplete="off", width=300)
        st.form_submit_button(_("Answer"), key=key("submit"), on_click=keeping(take), type="primary")


def _explained(here: Stop, found: asking.Figures) -> None:
    """Why, and one thing to try."""
    station = here.station
    if station.why:
        st.markdown(asking.filled(station.why, found))
    if station.next_step:
        st.markdown(":material/touch_app: " + asking.filled(station.next_step, found))


def _tools(here: Stop) -> None:
    """The question once more, and the code of the answer."""
    station = here.station
    with st.container(horizontal=True, width="content", key="course-tools"):
        if station.kind != "none":
            label, again = _("Ask again"), partial(stops.again, here)
            look: dict[str, Any] = {"icon": ":material/replay:", "type": "tertiary"}
            st.button(label, key=f"course-again-{station.id}", on_click=keeping(again), **look)
        if station.answer:
            label, icon = _("PyTorch code"), ":material/code:"
            shown = st.popover(label, icon=icon, key="course-code", on_change="rerun", type="tertiary")
            if shown.open:
                with shown, error_boundary():
                    code_panel(asking.program(station), f"{station.id}.py")
