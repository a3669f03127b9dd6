"""The form for a station of one's own: its title, question, what it asks for, note and task."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from convlab.course import own, stations
from convlab.course.stations import Station
from convlab.errors import N_, UserError
from convlab.ui.course.verdicts import said
from convlab.ui.words import _, escaped

MAX_WORDS, MAX_TEXT = 200, 4000
_KINDS = {"none": N_("Nothing"), "number": N_("A number"), "choice": N_("A choice")}
_PLACE = N_("A place")  # where the page has one to click
_NOTHING = {
    **{"kind": "none", "control": "", "told": None, "unit": "", "tolerance": 0.0},
    **{"choices": (), "wrong": ()},
}
_LARGEST = 1e15


@dataclass(frozen=True)
class Pointed:
    """Where a page points as it stands, and its link while it points elsewhere.

    Attributes:
        place: as a text, such as "4,3"; "" where it points nowhere.
    """

    control: str
    place: str
    link: str


def field(key: str, name: str, initial: Any) -> str:
    """The key of a widget of a form; what is in it stays while the form is closed."""
    widget, draft = f"{key}.{name}", st.session_state.setdefault(f"{key}.draft", {})
    if widget in st.session_state:
        draft[name] = st.session_state[widget]
    else:
        st.session_state[widget] = draft.get(name, initial)
    return widget


def fields(key: str, station: Station | None = None, pointed: Pointed | None = None) -> None:
    """The form's fields, filled in from a station; ``made`` reads them by the same key.

    ``pointed``: where the page points that becomes a station; None where one cannot point.
    """
    old = station or Station(id="new", title="", lesson="kernels", question="")
    before, after = st.columns(2)
    look: dict[str, Any] = {"height": 104, "max_chars": MAX_TEXT}
    with before:
        st.text_input(_("Title"), max_chars=MAX_WORDS, key=field(key, "title", old.title))
        tip = _("Asked before the answer is seen; Markdown, with formulas between $ and $.")
        st.text_area(_("Question"), help=tip, key=field(key, "question", old.question), **look)
    with after:
        tip = _("Why it is so; where nothing is asked for, it is shown at once.")
        st.text_area(_("Note, shown with the answer"), help=tip, key=field(key, "why", old.why), **look)
        label = _("One thing to try")
        st.text_area(label, height=68, max_chars=MAX_TEXT, key=field(key, "next_step", old.next_step))
    if old.answer:  # what it asks for is then no choice of who changes its texts
        st.caption(_("The lab computes its answer: {name}.").format(name=escaped(old.answer)))
    elif old.kind == "place":  # which is chosen on the page itself
        st.caption(_("The right place: {place}.").format(place=said(old, str(old.told))))
    else:
        _asks(key, old, pointed)


def _asks(key: str, old: Station, pointed: Pointed | None) -> None:
    names = {kind: _(name) for kind, name in _KINDS.items()} | ({"place": _(_PLACE)} if pointed else {})
    look: dict[str, Any] = {"format_func": names.__getitem__, "required": True}
    with st.container(horizontal=True, gap="xsmall"):
        kind = st.segmented_control(_("Ask for"), list(names), key=field(key, "kind", old.kind), **look)
        if kind == "number":
            _number(key, old)
    if kind == "choice":
        _choice(key, old)
    if kind == "place" and pointed:
        _place(pointed)


def _place(pointed: Pointed) -> None:
    if not pointed.place:
        st.caption(_("Click the right place in the picture, then come back here."))
        return
    asked = Station(id="new", title="", lesson="kernels", question="", **_told(pointed))
    told = _("The right place is where the page points now: {place}. The station opens without it.")
    st.caption(told.format(place=said(asked, pointed.place)))


def _told(pointed: Pointed) -> dict[str, Any]:
    """The entries of a station that asks for the place where a page points."""
    return {"kind": "place", "control": pointed.control, "told": pointed.place, "link": pointed.link}


def _number(key: str, old: Station) -> None:
    told = float(old.told) if isinstance(old.told, int | float) else None
    look: dict[str, Any] = {"min_value": -_LARGEST, "max_value": _LARGEST, "value": None, "format": "%g"}
    st.number_input(_("The right number"), width=135, key=field(key, "told", told), **look)
    st.text_input(_("Unit"), max_chars=MAX_WORDS, width=100, key=field(key, "unit", old.unit))
    tip = _("How far a right guess may be from it, as a share of it.")
    look |= {"min_value": 0.0, "max_value": 100.0, "help": tip}
    st.number_input(_("Within (%)"), width=110, key=field(key, "within", 100 * old.tolerance), **look)


def _choice(key: str, old: Station) -> None:
    lines = "\n".join(f"{one.text} | {one.otherwise}".removesuffix(" | ") for one in old.choices)
    tip = _("Two to eight, one a line. Behind a | stands what a wrong one would have been right for.")
    look: dict[str, Any] = {"height": 104, "max_chars": MAX_TEXT, "help": tip}
    left, beside = st.columns(2)
    text = left.text_area(_("Choices"), key=field(key, "choices", lines), **look)
    offered = [choice["text"] for choice in _choices(text or "")]
    right = field(key, "right", next((one.text for one in old.choices if one.key == old.told), None))
    if st.session_state[right] not in offered:
        st.session_state[right] = None
    beside.selectbox(_("The right one"), offered, None, placeholder=_("Choose one"), key=right)


def _choices(text: str) -> list[dict[str, str]]:
    parts = [line.partition("|") for line in text.splitlines() if line.strip()]
    return [
        {"key": str(n), "text": said.strip(), "otherwise": otherwise.strip()}
        for n, (said, _bar, otherwise) in enumerate(parts, 1)
    ]


def made(key: str, base: Mapping[str, Any], pointed: Pointed | None = None) -> Station:
    """The station that the form describes; ``base`` has the entries that it does not ask for.

    Raises UserError with what is missing or does not fit.
    """
    texts = {name: _said(key, name) for name in ("title", "question", "why", "next_step")}
    if not texts["title"] or not texts["question"]:
        raise UserError(N_("A station needs a title and a question."))
    entries = {"id": own.named(texts["title"]), **base, **texts}
    if f"{key}.kind" in st.session_state:
        entries |= _asked(key, st.session_state[f"{key}.kind"], base, pointed)
    return stations.made(entries, number=0)


def shown(station: Station, link: str, pointed: Pointed | None) -> Station:
    """A station with another state of its page; one whose author said where has the place of that state."""
    asks = station.kind == "place" and not station.answer and pointed is not None and pointed.place
    new = _told(pointed) if asks and pointed else {"link": link}
    return stations.made({**station.model_dump(), **new})


def _asked(key: str, kind: str, base: Mapping[str, Any], pointed: Pointed | None) -> dict[str, Any]:
    """The entries of a station that say what it asks for."""
    if kind == "place":
        if pointed is None or not pointed.place:
            raise UserError(N_("Click the right place in the picture first, then keep the page."))
        return {**_NOTHING, **_told(pointed)}
    if kind == "number":
        told = st.session_state.get(f"{key}.told")
        if told is None:
            raise UserError(N_("Type the right number, or ask for nothing."))
        near = (st.session_state.get(f"{key}.within") or 0.0) / 100
        number = {"told": int(told) if told == int(told) else told, "tolerance": near}
        return {
            **_NOTHING,
            "kind": kind,
            "unit": _said(key, "unit"),
            "wrong": base.get("wrong", ()),
            **number,
        }
    if kind == "choice":
        choices = _choices(_said(key, "choices"))
        texts, right = [choice["text"] for choice in choices], st.session_state.get(f"{key}.right")
        if not 2 <= len(choices) <= 8 or len(set(texts)) < len(texts) or not all(texts):
            raise UserError(N_("Write two to eight choices, one a line, no two alike."))
        if right not in texts:
            raise UserError(N_("Say which of the choices is the right one."))
        return {**_NOTHING, "kind": kind, "choices": choices, "told": str(texts.index(right) + 1)}
    return dict(_NOTHING)


def _said(key: str, name: str) -> str:
    return str(st.session_state.get(f"{key}.{name}") or "").strip()
