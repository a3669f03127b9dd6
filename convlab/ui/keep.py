""" "Keep as a station": a lesson's page as it stands becomes a station of a lesson of one's own."""

from collections.abc import Callable, Mapping
from typing import get_args
from urllib.parse import urlencode

import streamlit as st

from convlab.course import checks, own, stations
from convlab.course.own import Lesson
from convlab.errors import N_, UserError
from convlab.ui import station_form as form
from convlab.ui.boundary import error_boundary, say
from convlab.ui.lessons import LESSONS
from convlab.ui.person import person
from convlab.ui.urls import controls_of, written
from convlab.ui.urls import link as link_of
from convlab.ui.words import _, escaped

Link = Callable[..., None]
_CHOSEN, _KEPT = "keep.chosen", "keep.count"  # the lesson that was chosen last; how many stations were kept


def keep(page: str, link: Link) -> None:
    """Offer it in the head of a lesson's page; ``link`` makes a link to another page."""
    if page in get_args(stations.Lesson):
        with st.container(key="keep", width="content"):
            st.fragment(_offer)(page, link)


def _offer(page: str, link: Link) -> None:
    """No callbacks: the page, which does not run, could not settle them."""
    label, icon = _("Keep as a station"), ":material/bookmark_add:"
    panel = st.popover(label, icon=icon, key="keep.panel", on_change="rerun")
    if panel.open:
        with panel, st.container(width=680), error_boundary():
            _panel(page, link)


def _panel(page: str, link: Link) -> None:
    query = written(page)
    refuse_what_only_this_machine_has(query)
    known = {kept.key: kept.lesson for kept in own.mine(person()) if isinstance(kept.lesson, Lesson)}
    if _replaced(page, query, known):
        return
    place = st.empty()
    with place.container():
        st.markdown(_("This page becomes a station as it stands now."))
        key = f"keep.{st.session_state.get(_KEPT, 0)}"
        with st.container(horizontal=True):
            chosen = _lesson(key, known)
        pointed = _pointed(page)
        form.fields(key, pointed=pointed)
        pressed = st.button(_("Keep"), type="primary", icon=":material/check:", key="keep.take")
    if not pressed:
        return
    try:
        new = form.made(key, {"lesson": page, "link": urlencode(query)}, pointed)
        chosen = chosen or own.add(person(), Lesson(str(st.session_state[f"{key}.lesson_title"] or "")))
        kept = own.change(person(), chosen, lambda one: own.with_station(one, new))
    except UserError as error:
        say(error, "error")
        return
    st.session_state[_CHOSEN], st.session_state[_KEPT] = chosen, st.session_state.get(_KEPT, 0) + 1
    said = _("Kept as station {number} of {title}.")
    place.empty()
    said = said.format(number=len(kept.stations), title=escaped(kept.title))
    st.success(said, icon=":material/bookmark_added:")
    link(LESSONS["lessons"], _("Open the lesson"), query={"course": chosen})


def _pointed(page: str) -> form.Pointed | None:
    """Where the page points as it stands; None where one cannot point."""
    controls = controls_of(page)
    if controls is None or not controls.place:
        return None
    place = str(getattr(controls, controls.place))
    return form.Pointed(controls.place, place, urlencode(link_of(controls.elsewhere())))


def refuse_what_only_this_machine_has(query: Mapping[str, str]) -> None:
    """Raises UserError for a page that shows a run, an upload or data of one's own."""
    told = N_(
        "This page shows what nobody else can open ({name}): choose one of the lab's own, then keep the page."
    )
    for name, value in query.items():
        if value and checks.is_of_one_machine(name, value):
            raise UserError(told, name=name)


def _lesson(form_key: str, known: Mapping[str, Lesson]) -> str:
    """The key of the lesson to keep it in; "" for a new one, whose title is asked for."""
    names = {key: escaped(one.title) for key, one in known.items()} | {"": _("A new lesson")}
    last = st.session_state.get(_CHOSEN)
    key = form.field(form_key, "lesson", last if last in names else next(iter(names)))
    if st.session_state[key] not in names:  # deleted meanwhile
        st.session_state[key] = next(iter(names))
    chosen = st.selectbox(_("Lesson"), list(names), format_func=names.__getitem__, key=key)
    if not chosen:
        title = form.field(form_key, "lesson_title", _("My lesson"))
        st.text_input(_("Title of the lesson"), max_chars=own.MAX_TITLE, key=title)
    return str(chosen or "")


def _replaced(page: str, query: Mapping[str, str], known: Mapping[str, Lesson]) -> bool:
    """On the card of a station of one's own: offer it the page as it stands; whether that was taken."""
    key, name = st.query_params.get("course", ""), st.query_params.get("station", "")
    one = known.get(key)
    station = next((one for one in one.stations if one.id == name), None) if one else None
    if station is None or station.lesson != page:
        return False
    label = _("Show the page as it stands now at “{title}”").format(title=escaped(station.title))
    if not st.button(label, icon=":material/published_with_changes:", key="keep.replace", width="stretch"):
        st.caption(_("Or keep it as a further station:"))
        return False

    def put(one: Lesson) -> Lesson:
        place = next(n for n, other in enumerate(one.stations) if other.id == name)
        return own.with_station(one, form.shown(station, urlencode(query), _pointed(page)), place)

    own.change(person(), key, put)
    st.success(_("From now on the station shows the page as it stands."), icon=":material/bookmark_added:")
    return True
