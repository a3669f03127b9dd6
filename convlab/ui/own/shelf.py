"""The lessons that somebody keeps: one to open, a new one, one from a file, the chapter's path as one."""

from functools import partial
from typing import Any

import streamlit as st

from convlab.course import own, stations
from convlab.course.own import Kept, Lesson
from convlab.errors import UserError
from convlab.ui import station_form as form
from convlab.ui import uploads, words
from convlab.ui.boundary import acting, rerun, say
from convlab.ui.own.controls import State
from convlab.ui.person import person, say_unkept
from convlab.ui.words import _, counted, escaped

PLACE = "own"  # of what goes wrong in a callback
_DELETED = "own.deleted"  # the last lesson that was deleted in this session


def shelf(state: State) -> None:
    """The list, and how to get another one."""
    with st.container(key="own-shelf"):
        st.subheader(_("My lessons"), anchor=False)
        say_unkept()
        for kept in own.mine(person()):
            _row(state, kept)
        _put_back(state)
        with st.popover(_("New lesson"), icon=":material/add:", width="stretch"):
            key = form.field("own", "title", _("My lesson"))
            st.text_input(_("Its title"), max_chars=own.MAX_TITLE, key=key)
            act = acting(lambda: keep(state, Lesson(str(st.session_state[key]))), PLACE)
            st.button(_("Make it"), type="primary", key="own.make", on_click=act)
        with st.popover(_("Open a file"), icon=":material/upload_file:", width="stretch"):
            _upload(state)
        label, icon = _("Copy the chapter's path"), ":material/route:"
        tip = _("A copy of all its stations, to cut down and put in another order.")
        act = acting(lambda: keep(state, _path("")), PLACE)
        st.button(label, icon=icon, width="stretch", key="own.path", on_click=act, help=tip)
        label, tip = _("Copy the short path"), _("A copy of its stations, the main ideas of each section.")
        act = acting(lambda: keep(state, _path(stations.SHORT)), PLACE)
        st.button(label, icon=icon, width="stretch", key="own.short", on_click=act, help=tip)


def _row(state: State, kept: Kept) -> None:
    if isinstance(kept.lesson, UserError):
        say(kept.lesson, "warning")
        act = acting(partial(own.delete, person(), kept.key), PLACE)
        st.button(_("Delete the damaged file"), key=f"own.damaged.{kept.key}", on_click=act)
        return
    count = counted(len(kept.lesson.stations), _("1 station"), _("{count:,} stations"))
    label = f"**{escaped(kept.lesson.title)}**  \n{count}, {words.moment(kept.changed)}"
    kind: Any = "primary" if kept.key == state.value.course else "secondary"
    act = acting(lambda: state.change(course=kept.key), PLACE)
    st.button(label, key=f"own.open.{kept.key}", type=kind, width="stretch", on_click=act)


def _put_back(state: State) -> None:
    deleted: Lesson | None = st.session_state.get(_DELETED)
    if deleted is None:
        return

    def back() -> None:
        keep(state, deleted)
        del st.session_state[_DELETED]

    label = _("Put back “{title}”").format(title=escaped(deleted.title))
    icon, act = ":material/undo:", acting(back, PLACE)
    st.button(label, icon=icon, key="own.back", on_click=act, width="stretch")


def delete(state: State, key: str, one: Lesson) -> None:
    """Keep a lesson no longer; the shelf offers to put it back for as long as the visit lasts."""
    own.delete(person(), key)
    st.session_state[_DELETED] = one
    state.change(course="")


def keep(state: State, one: Lesson) -> None:
    """Keep a lesson, and open it."""
    state.change(course=own.add(person(), one))


def _path(which: str) -> Lesson:
    title = _("The chapter as a short path") if which else _("The chapter as a path")
    return Lesson(title, stations.path(which, words.language()))


def _upload(state: State) -> None:
    limit, key = uploads.limit_mb(own.MAX_FILE_MB), "own.upload"
    label = _("A lesson that was saved as a file (.md, or a .zip of it)")
    file: Any = st.file_uploader(label, max_upload_size=limit, key=key)

    def take(file: Any) -> str:
        uploads.check_size(file, limit)
        return own.add(person(), own.of_file(file.getvalue(), file.name))

    before = uploads.given(key)
    after = uploads.read(key, [file] if file else [], take, "description")
    if after != before:
        state.change(course=after[-1].content)
        rerun()
