"""The open lesson: start, share, save and delete it; its stations in order, to move, change and take out."""

import re
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit, urlunsplit

import streamlit as st

from convlab.course import own, stations
from convlab.course.own import Lesson
from convlab.course.stations import Station
from convlab.errors import N_, UserError
from convlab.ui import station_form as form
from convlab.ui import words
from convlab.ui.boundary import acting, say_problem
from convlab.ui.code_panel import download
from convlab.ui.course.stops import Stop
from convlab.ui.frame import link
from convlab.ui.lessons import LESSONS
from convlab.ui.own import shelf
from convlab.ui.own.controls import State
from convlab.ui.own.shelf import PLACE
from convlab.ui.person import person
from convlab.ui.steps import Steps
from convlab.ui.words import _, counted, escaped, prose

_EDITED = "own.edited"  # the station whose form is open
How = Callable[[Lesson], Lesson]


def bench(state: State) -> None:
    """The lesson of the link, if there is one, and what can be done with it."""
    key = state.value.course
    say_problem(PLACE)
    if not key:
        st.markdown(prose("lessons", "how"))
        _chapter(state)
        return
    one = own.opened(key)
    if own.is_mine(person(), key):
        _title(key, one)
        _actions(state, key, one)
        _order(key, one)
    else:
        st.subheader(escaped(one.title), anchor=False)
        _shared(state, key, one)
    if not one.stations:
        st.markdown(prose("lessons", "empty"))
    with st.container(gap="xxsmall", key="own-stations"):
        for index in range(len(one.stations)):
            _row(Stop(key, one.stations, index))


def _chapter(state: State) -> None:
    """The chapter's stations, to make a lesson of those that are ticked."""
    path = stations.shipped(words.language())
    label = _("Or begin with stations of the chapter: tick them.")
    with st.container(border=True, key="own-chapter"):
        st.markdown(f"**{label}**")
        for section, found in stations.sections(path).items():
            with st.container(horizontal=True, gap="small"):
                st.markdown(section, width=48)
                with st.container(horizontal=True, gap="small"):
                    for station in found:  # numbered: an id may end in "-row", the name of what folds
                        st.checkbox(escaped(station.title), key=f"own.take{path.index(station)}")
        ticked = tuple(station for n, station in enumerate(path) if st.session_state.get(f"own.take{n}"))
        act = acting(lambda: shelf.keep(state, Lesson(_("My lesson"), ticked)), PLACE)
        label = _("Make a lesson of them")
        st.button(label, type="primary", key="own.take", on_click=act, disabled=not ticked)


def _title(key: str, one: Lesson) -> None:
    widget = f"own.title.{key}"
    st.session_state[widget] = one.title

    def rename() -> None:
        _change(key, lambda old: own.titled(old, str(st.session_state[widget])))

    act = acting(rename, PLACE)
    st.text_input(_("Title of the lesson"), max_chars=own.MAX_TITLE, key=widget, on_change=act)


def _actions(state: State, key: str, one: Lesson) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="own-row1"):
        _start(key, one)
        with st.popover(_("Share"), icon=":material/share:"):
            _share(key, one)
        _save(one)
        with st.popover(_("Delete"), icon=":material/delete:"):
            st.markdown(_("Delete this lesson? Links to it that were shared go on working."))
            act = acting(lambda: shelf.delete(state, key, one), PLACE)
            st.button(_("Yes, delete it"), type="primary", key="own.delete", on_click=act)


def _start(key: str, one: Lesson) -> None:
    if one.stations:
        first = one.stations[0]
        with st.container(width="content", key="own-start"):
            query = Stop(key, one.stations, 0).query(left=False)
            link(LESSONS[first.lesson], f"**{_('Start')}**", width="content", query=query)


def _share(key: str, one: Lesson) -> None:
    place = f"own.shared.{key}"

    def share() -> None:
        st.session_state[place] = one.text, own.share(one)

    text, shared = st.session_state.get(place, ("", ""))
    st.markdown(prose("lessons", "share"))
    if text != one.text:
        label = _("Make a link")
        st.button(label, type="primary", key="own.share", on_click=acting(share, PLACE))
        return
    st.code(_address(shared), language=None, wrap_lines=True)


def _address(key: str) -> str:
    """The address of this page with a lesson open."""
    here = urlsplit(st.context.url or "")
    return urlunsplit((here.scheme, here.netloc, here.path or "/lessons", f"course={key}", ""))


def _save(one: Lesson) -> None:
    name = re.sub(r"[^\w-]+", "-", one.title).strip("-")[:60] or "lesson"
    icon = ":material/download:"
    download(_("Save as a file"), one.text, f"{name}.md", "own.save", icon=icon)
    make = partial(own.zipped, one, name)
    download(_("Save as a zip"), make, f"{name}.zip", "own.zip", icon=":material/folder_zip:")


def _shared(state: State, key: str, one: Lesson) -> None:
    st.caption(counted(len(one.stations), _("1 station"), _("{count:,} stations")))
    with st.container(horizontal=True, vertical_alignment="center", key="own-row1"):
        _start(key, one)
        act = acting(lambda: shelf.keep(state, one), PLACE)
        st.button(_("Take a copy"), icon=":material/library_add:", key="own.copy", on_click=act)
        _save(one)


def _order(key: str, one: Lesson) -> None:
    """What is done with the stations that are ticked, and undo."""
    ticked = [station.id for station in one.stations if st.session_state.get(_tick(key, station))]
    steps = _steps(key)
    steps.seen(one)
    others = [station.id for station in one.stations if station.id not in ticked]
    acts: tuple[tuple[str, str, str, How, bool], ...] = (
        ("up", _("Up"), "arrow_upward", lambda old: own.moved(old, ticked, -1), bool(ticked)),
        ("down", _("Down"), "arrow_downward", lambda old: own.moved(old, ticked, 1), bool(ticked)),
        ("remove", _("Take out"), "remove", lambda old: own.without(old, ticked), bool(ticked)),
        ("only", _("Keep only these"), "filter_alt", lambda old: own.without(old, others), bool(ticked)),
        ("undo", _("Undo"), "undo", partial(_along, steps, -1), steps.behind > 0),
        ("redo", _("Redo"), "redo", partial(_along, steps, 1), steps.ahead > 0),
    )
    with st.container(horizontal=True, key="own-row2"):
        for name, label, icon, how, offered in acts:
            act, sign = acting(partial(_change, key, how), PLACE), f":material/{icon}:"
            st.button(label, icon=sign, key=f"own.{name}", on_click=act, disabled=not offered)


def _tick(key: str, station: Station) -> str:
    return f"own.tick.{key}.{station.id}"


def _steps(key: str) -> Steps[Lesson]:
    found: Steps[Lesson] = st.session_state.setdefault(f"own.steps.{key}", Steps())
    return found


def _along(steps: Steps[Lesson], by: int, old: Lesson) -> Lesson:
    """A step back or on; not where the lesson was changed elsewhere since, or that would be lost."""
    if steps.had[steps.at] != old:
        raise UserError(N_("This lesson was changed in another tab: look at it first."))
    return steps.moved(by)


def _change(key: str, how: How) -> None:
    _steps(key).seen(own.change(person(), key, how))


def _row(stop: Stop) -> None:
    key, station, number = stop.course, stop.station, stop.index + 1
    mine, title = own.is_mine(person(), key), escaped(station.title)
    where = " ".join(filter(None, (_(LESSONS[station.lesson].title), station.section)))
    said = f"{number}. **{title}** · {where}"
    edited = mine and st.session_state.get(_EDITED) == (key, station.id)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"own-station-{number}"):
        if mine:
            st.checkbox(said, key=_tick(key, station), width="stretch")
            act, icon = (
                acting(partial(_edit, None if edited else (key, station.id)), PLACE),
                ":material/edit:",
            )
            st.button(_("Change"), icon=icon, key=f"own.edit.{station.id}", on_click=act, type="tertiary")
        else:
            st.markdown(said, width="stretch")
        link(LESSONS[station.lesson], _("Go there"), width="content", query=stop.query(left=False))
    if edited:
        _form(key, station)


def _edit(which: tuple[str, str] | None) -> None:
    st.session_state[_EDITED] = which


def _form(key: str, station: Station) -> None:
    """The station's texts and question, to change."""
    name = f"own.form.{key}.{station.id}"

    def save() -> None:
        new = form.made(name, station.model_dump())
        _change(key, partial(_put, new=new, name=station.id))
        close()

    def close() -> None:
        st.session_state.pop(f"{name}.draft", None)
        _edit(None)

    with st.container(border=True, key="own-form"):
        form.fields(name, station)
        with st.container(horizontal=True):
            st.button(_("Save"), type="primary", key="own.form.save", on_click=acting(save, PLACE))
            st.button(_("Leave it as it was"), key="own.form.close", on_click=acting(close, PLACE))


def _put(one: Lesson, new: Station, name: str) -> Lesson:
    place = next((n for n, station in enumerate(one.stations) if station.id == name), None)
    return own.with_station(one, new, place)
