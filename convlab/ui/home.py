"""The home page's parts: the chapter as a path, the lessons as cards, and what the lab runs on."""

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import cache, partial
from pkgutil import resolve_name
from typing import Any, Literal

import streamlit as st
import torch

from convlab import device
from convlab.course import notebook, stations, way
from convlab.course.stations import Station
from convlab.course.way import Visit
from convlab.errors import N_
from convlab.ui import widgets, words
from convlab.ui.boundary import keeping
from convlab.ui.code_panel import download
from convlab.ui.course import stops
from convlab.ui.course.stops import Stop
from convlab.ui.frame import link
from convlab.ui.lessons import LESSONS, Lesson
from convlab.ui.person import person, say_unkept
from convlab.ui.urls import Controls, PageState, written
from convlab.ui.words import _, escaped, prose

_THUMBNAIL_PX, _CARD_PX, _SECTION_PX = 128, 240, 204
_NAMES = "home.names"
_SECTIONS = {
    "8.1": N_("Convolutions"),
    "8.2": N_("Kernels, edges, pooling"),
    "8.3": N_("Networks as modules"),
    "8.4": N_("Training"),
    "8.5": N_("Width, regularisation, depth"),
    "8.6": N_("What a verdict is worth"),
    "8.7": N_("Exercises"),
}
_STATES: dict[way.State, tuple[str, str]] = {  # a shape and a word for each
    "right": (":material/check_circle:", N_("right")),
    "wrong": (":material/cancel:", N_("not right")),
    "seen": (":material/radio_button_partial:", N_("seen")),
    "new": (":material/radio_button_unchecked:", N_("not yet")),
}
_LEGEND = N_(
    ":material/check_circle: right: {right} &ensp; :material/cancel: not right: {wrong} &ensp; "
    ":material/radio_button_partial: seen: {seen} &ensp; :material/radio_button_unchecked: not yet: {new}"
)


class HomeControls(Controls):
    """What the link of Home holds: which of the chapter's paths is shown, as links of stations name it."""

    course: Literal["", "short"] = ""


State = PageState[HomeControls]


def path(state: State) -> None:
    """Where to begin or go on, and all stations, section by section, with what was seen and answered."""
    course, language = state.value.course, words.language()
    route, visits = stations.path(course, language), way.of(person())
    stops_of_it = [Stop(course, route, n) for n in range(len(route))]
    onward = way.go_on(route, visits)
    here = next((stop for stop in stops_of_it if stop.station is onward), None)
    _next(here, stops_of_it[0], begun=any(station.id in visits for station in route))
    _which(state)
    with st.container(gap="xsmall", key="path-names" if _named() else "path-dots"):
        for number, title in _SECTIONS.items():
            if part := [stop for stop in stops_of_it if stop.station.section[:3] == number]:
                with st.container(horizontal=True, gap="xsmall", key=f"path-section-{number}"):
                    st.markdown(f"**{number}** {_(title)}", width=_SECTION_PX)
                    with st.container(horizontal=True, gap=None, key=f"path-line-{number}"):
                        for stop in part:
                            _dot(stop, visits, is_next=stop is here)
    _told(route, visits)


def _which(state: State) -> None:
    """The choice between the chapter's paths."""
    said = {"": _("Whole path, {count} stations"), stations.SHORT: _("Short path, {count} stations")}
    titles = {
        name: text.format(count=len(stations.path(name, words.language()))) for name, text in said.items()
    }
    tip = _("The short path has the main ideas of each section. What you answer counts on both.")
    widgets.choose(
        state, "course", _("Path"), titles, as_buttons=True, label_visibility="collapsed", help=tip
    )


def _named() -> bool:
    return bool(st.session_state.get(_NAMES))


def _next(here: Stop | None, first: Stop, begun: bool) -> None:
    """A card with the station to begin or go on with; its whole face is a link."""
    stop = here or first
    title = escaped(stop.station.title)
    with st.container(border=True, gap="small", key="face-next"):
        label = _("Start here") if not begun else _("Go on") if here else _("Begin once more")
        with st.container(horizontal=True, vertical_alignment="center"):
            lesson = LESSONS[stop.station.lesson]
            link(lesson, f"**{label}**", width="content", query=stop.query(), icon=":material/play_arrow:")
            st.markdown(f"**{title}**", width="content")
            place = _("Section {section}, {number} of {count}")
            count = len(stop.stations)
            st.caption(
                place.format(section=stop.station.section, number=stop.index + 1, count=count),
                width="content",
            )
        if "{" not in stop.station.question:  # figures are computed on the station's page
            st.markdown(stop.station.question)


def _dot(stop: Stop, visits: Mapping[str, Visit], is_next: bool) -> None:
    """A station on its line: a link whose shape says how it stands, with its name."""
    found = way.state(visits, stop.station.id)
    icon, state = _STATES[found]
    title = escaped(stop.station.title)
    label = title if found == "new" else f"{title} ({_(state)})"
    looks: dict[str, Any] = {"icon": icon, "tip": None if _named() else title}
    plain = found == "new" and not is_next  # most are; boxes of their own would take time
    box = nullcontext() if plain else st.container(width="content", key=_dot_key(stop, found, is_next))
    with box:
        link(LESSONS[stop.station.lesson], label, width="content", query=stop.query(), **looks)


def _dot_key(stop: Stop, state: str, is_next: bool) -> str:
    return f"dot-{'next' if is_next else state}-{stop.station.id}"


def _told(route: Sequence[Station], visits: Mapping[str, Visit]) -> None:
    """What the dots mean, how many there are of each, and what one can do with one's way."""
    counts = Counter(way.state(visits, station.id) for station in route)
    with st.container(horizontal=True, vertical_alignment="center", key="path-tools"):
        st.caption(_(_LEGEND).format(**{state: counts[state] for state in _STATES}), width="content")
        st.toggle(
            _("Names"), key=_NAMES, width="content", help=_("Write each station's name beside its dot.")
        )
        if been := [station for station in route if station.id in visits]:
            make = partial(notebook.written, been, visits, _("My way through chapter 8"), _)
            look: dict[str, Any] = {"icon": ":material/download:", "type": "tertiary"}
            download(_("Take a notebook home"), make, "convlab-way.ipynb", "home.notebook", **look)
        if visits:
            with st.popover(_("Reset"), icon=":material/restart_alt:", key="home.reset", type="tertiary"):
                told = _(
                    "The lab forgets what you have seen and answered, and which programs you have mended."
                )
                st.markdown(told)
                st.button(_("Forget my way"), key="home.forget", on_click=keeping(_forget), type="primary")
    say_unkept()


def _forget() -> None:
    way.forget(person())
    stops.forget()


def lessons() -> None:
    """The lessons as cards with a thumbnail, computed now, one below the other."""
    for name, lesson in LESSONS.items():
        if lesson.thumbnail:
            with st.container(
                border=True, horizontal=True, vertical_alignment="center", gap="small", key=f"face-{name}"
            ):
                with st.container(width=_THUMBNAIL_PX, key=f"crisp-card-{name}"):
                    alt = _("{title}: a live example").format(title=_(lesson.title))
                    st.image(_drawn(lesson.thumbnail), width="stretch", output_format="PNG", alt=alt)
                with st.container(gap=None, key=f"lesson-text-{name}"):
                    _face(name, lesson)


def more() -> None:
    """The pages that no head leads to, as cards side by side."""
    with st.container(horizontal=True, key="more"):
        for name, lesson in LESSONS.items():
            if not lesson.in_head:
                with st.container(border=True, gap=None, width=_CARD_PX, key=f"face-{name}"):
                    _face(name, lesson)


def _face(name: str, lesson: Lesson) -> None:
    """A lesson's name, the link of which covers its card, and one sentence."""
    link(lesson, f"**{_(lesson.title)}**", query=written(name))
    st.markdown(prose(name, "card"))


@cache
def _drawn(thumbnail: str) -> bytes:
    return bytes(resolve_name(thumbnail)())


def machine() -> None:
    """The device that computes, and the versions of what it runs on."""
    versions = f"Python {platform.python_version()}, PyTorch {torch.__version__}, Streamlit {st.__version__}"
    st.caption(_("Device: {device}. {versions}.").format(device=device.describe(), versions=versions))
