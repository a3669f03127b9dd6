"""Which station a link opens: where it stands in its lesson, how it was left, and what was guessed there."""

from dataclasses import dataclass, replace
from typing import cast
from urllib.parse import parse_qsl

import streamlit as st

from convlab.course import asking, own, stations, way
from convlab.course.asking import Guess
from convlab.course.stations import Station
from convlab.errors import N_, UserError
from convlab.ui import words
from convlab.ui.components.presentation import PARAMETER as PRESENT
from convlab.ui.person import person
from convlab.ui.urls import Controls, controls_of, parse, point, written

STATION, COURSE = "station", "course"  # in the link, of no page's controls
_LEFT, _ASKED, _SEEN = "course.left", "course.asked", "course.seen"
_AT = "course.at"  # the station of each page as it stood last
_MOVED = "course.moved"  # whether the page is no longer as it stands, and has not run since


@dataclass(frozen=True)
class Stop:
    """A station of a lesson.

    Attributes:
        course: the key of an own lesson; "" or "short" for the chapter's path or its shorter form.
        index: of the station among those of the lesson.
    """

    course: str
    stations: tuple[Station, ...]
    index: int

    @property
    def station(self) -> Station:
        """What is asked here."""
        return self.stations[self.index]

    @property
    def name(self) -> str:
        """What a way calls the station: on both of the chapter's paths it is the same one."""
        return way.name(self.station.id, "" if self.is_shipped else self.course)

    @property
    def is_shipped(self) -> bool:
        """Whether it stands on a path of the chapter, and on no lesson of one's own."""
        return self.course in stations.PATHS

    def near(self, steps: int) -> "Stop | None":
        """The stop so many steps onward; None beyond the lesson's ends."""
        index = self.index + steps
        return replace(self, index=index) if 0 <= index < len(self.stations) else None

    def query(self, left: bool = True) -> dict[str, str]:
        """The query string that opens it: as it was left in this session, or as it was prepared."""
        prepared = dict(parse_qsl(self.station.link, keep_blank_values=True))
        controls = _left().get(self.name, prepared) if left else prepared
        return {**controls, **self.named()}

    def named(self) -> dict[str, str]:
        """What names it in a query string."""
        return {STATION: self.station.id, **({COURSE: self.course} if self.course else {})}


@dataclass(frozen=True)
class Asked:
    """What was said at a station: the guess, None for none, and whether the answer is shown."""

    guess: Guess | None = None
    is_open: bool = False


def stop() -> Stop | None:
    """The station that the link names; None where it names none. Raises UserError for one that is nowhere."""
    if (named := st.query_params.get(STATION)) is None:
        return None
    course = st.query_params.get(COURSE, "")
    path = stations.path(course, words.language()) if course in stations.PATHS else own.lesson(course)
    index = next((n for n, station in enumerate(path) if station.id == named), None)
    if index is None:
        told = N_("There is no station {name} on this way: choose one on Home.")
        raise UserError(told, name=repr(named[:60]))
    return Stop(course, path, index)


def at(page: str) -> Stop | None:
    """The station that a page shows; None where it shows none."""
    try:
        here = stop()
    except UserError:  # the card has said it
        return None
    return here if here is not None and here.station.lesson == page else None


def leave(page: str) -> None:
    """Remember how the page stands, for when the learner comes back to the station that it shows."""
    here = at(page)
    _at()[page] = here
    if here is not None:
        _left()[here.name] = written(page)


def back(page: str) -> dict[str, str]:
    """What a link to a lesson takes with it: the station that the lesson was left at, if it was at one."""
    here = _at().get(page)
    return {} if here is None else here.named()


def _at() -> dict[str, Stop | None]:
    return cast(dict[str, Stop | None], st.session_state.setdefault(_AT, {}))


def _left() -> dict[str, dict[str, str]]:
    return cast(dict[str, dict[str, str]], st.session_state.setdefault(_LEFT, {}))


def asked(here: Stop) -> Asked:
    """What was said at a station, on an earlier visit too; who presents asks anew."""
    said: dict[str, Asked] = st.session_state.setdefault(_ASKED, {})
    if here.name not in said:
        said[here.name] = last(here)
    return said[here.name]


def last(here: Stop) -> Asked:
    """As ``asked``, of a station where nobody is yet."""
    if (said := st.session_state.get(_ASKED, {}).get(here.name)) is not None:
        return cast(Asked, said)
    visit = None if PRESENT in st.query_params else way.of(person()).get(here.name)
    kept = visit.guess if visit else None
    fits = kept is not None and isinstance(kept, str) == (here.station.kind != "number")
    return Asked(kept, True) if fits else Asked()


def say(here: Stop, guess: Guess) -> None:
    """Take a guess: the answer is shown, and the way holds both."""
    st.session_state[_ASKED][here.name] = Asked(guess, True)
    right = asking.is_right(here.station, guess)
    if not right:
        _point(here)
    _turn(here)
    way.answered(person(), here.name, guess, right)


def show(here: Stop) -> None:
    """Show the answer to whoever does not guess."""
    st.session_state[_ASKED][here.name] = Asked(None, True)
    _point(here)
    _turn(here)


def _point(here: Stop) -> None:
    """Where a place was asked for, the page points at the answer, or at the first of several."""
    if here.station.kind == "place" and "answer" in (found := asking.answer(here.station)):
        right = found["answer"]
        first = right if isinstance(right, str) else right[0]
        st.session_state[_MOVED] = point(here.station.lesson, here.station.control, first)


def _turn(here: Stop) -> None:
    """A page that keeps something closed while it is asked about runs again, whole."""
    if here.station.lesson == "slips":
        st.session_state[_MOVED] = True


def close() -> None:
    """Leave the way: the page stays as it is, without a station."""
    query = {name: text for name, text in st.query_params.items() if name not in (STATION, COURSE)}
    st.query_params.from_dict(query)
    st.session_state[_MOVED] = True


def moved() -> bool:
    """Whether the whole page has to run, as the card has changed what it shows; told once."""
    return bool(st.session_state.pop(_MOVED, False))


def again(here: Stop) -> None:
    """Ask once more."""
    st.session_state[_ASKED][here.name] = Asked()
    _turn(here)


def forget() -> None:
    """Ask anew at every station, and open each as it was prepared."""
    for name in (_LEFT, _ASKED, _SEEN, _AT):
        st.session_state.pop(name, None)


def note(page: str) -> None:
    """Note which station of a page the learner is at, once for as long as the learner stays.

    The disk may take its time: this comes behind all that is shown. The address bar hears nothing from
    Streamlit of a link that stays on its page, so it is told here.
    """
    here, before = at(page), st.session_state.get(_SEEN, ("", ""))
    now = (page, here.name if here else "")
    st.session_state[_SEEN] = now
    if here is None or now == before:
        return
    if before[1] and before[0] == page:
        st.query_params.from_dict(st.query_params.to_dict())
    way.seen(person(), here.name)


def place(here: Stop) -> str:
    """Where the learner points on the page, as a text. Raises UserError where nobody has pointed yet."""
    controls, control = controls_of(here.station.lesson), here.station.control
    found = _text(controls, control)
    if not found or found == _text(controls and _prepared(here.station, type(controls)), control):
        raise UserError(N_("Click the place in the picture first, then press the button again."))
    return found


def _prepared(station: Station, model: type[Controls]) -> Controls:
    return parse(model, dict(parse_qsl(station.link, keep_blank_values=True)))[0].settled()


def _text(controls: Controls | None, control: str) -> str:
    return str(getattr(controls, control, ""))


def figures(here: Stop, wanted: bool) -> asking.Figures:
    """The figures of a station's texts; the book's alone where those of the answer are not wanted yet."""
    if wanted or "{" in here.station.question:
        return asking.answer(here.station)
    return {} if here.station.book is None else {"book": here.station.book}
