"""Every word on the screen: labels through gettext, each lesson's prose from a Markdown file.

A language is a folder ``locale/LANGUAGE`` with the lessons' Markdown files and, for the labels,
``LC_MESSAGES/convlab.mo``. English labels stand in the source, so English needs no catalogue.
"""

import gettext
import math
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache, reduce
from pathlib import Path

import streamlit as st

from convlab.errors import N_, Sentence, UserError

LOCALE = Path(os.environ.get("CONVLAB_LOCALE", Path(__file__).parent / "locale"))
DEFAULT_LANGUAGE = "en"
IN_LINK, COOKIE = "lang", "convlab_language"  # where a language stands
_LANGUAGE_KEY, _CHOSEN = "convlab.language", "convlab.language_chosen"
NAMES, REMARKS = N_(", "), N_("; ")  # what stands between them
_SPOKEN: ContextVar[str] = ContextVar("convlab.spoken", default="")  # where there is no session
# Invisible. Streamlit looks for icons, addresses and arrows once the escapes are gone; this parts them.
_WORD_JOINER = "\u2060"


@cache
def languages() -> tuple[str, ...]:
    """The languages there is a folder for, the default first."""
    found = {folder.name for folder in LOCALE.iterdir() if any(folder.glob("*.md"))}
    return (DEFAULT_LANGUAGE, *sorted(found - {DEFAULT_LANGUAGE}))


def take_language() -> None:
    """Take the session's language from ``?lang=`` in the link, where there is one; once a page run.

    A session that begins without one takes what its browser remembers, or what the browser itself speaks.
    """
    asked = st.query_params.get(IN_LINK)
    if asked in languages():
        st.session_state[_LANGUAGE_KEY] = asked
    elif _LANGUAGE_KEY not in st.session_state:
        remembered, spoken = str(st.context.cookies.get(COOKIE, "")), str(st.context.locale or "")
        st.session_state[_LANGUAGE_KEY] = preferred(remembered, spoken)


def preferred(*codes: str) -> str:
    """The first language of these that there is ("zh-CN" is Chinese); English where there is none."""
    known = (code for told in codes if (code := told.split("-")[0].lower()) in languages())
    return next(known, DEFAULT_LANGUAGE)


def set_language(code: str) -> None:
    """Make it the session's language, and the link's; the browser is to remember it."""
    st.query_params[IN_LINK] = st.session_state[_LANGUAGE_KEY] = code
    st.session_state[_CHOSEN] = True


def to_remember() -> str:
    """The language that was chosen in this session; "" where none was."""
    return language() if st.session_state.get(_CHOSEN) else ""


def language_name(code: str) -> str:
    """What a language is called in itself; its code where its catalogue does not say."""
    english = N_("English")  # translated as the name of the language that it is translated into
    name = _catalogue(code).gettext(english)
    return code if name == english and code != DEFAULT_LANGUAGE else name


def language() -> str:
    """The language of this session; English where none was chosen."""
    return _SPOKEN.get() or str(st.session_state.get(_LANGUAGE_KEY, DEFAULT_LANGUAGE))


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Say all in a language where there is no session: on a route."""
    before = _SPOKEN.set(code)
    try:
        yield
    finally:
        _SPOKEN.reset(before)


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation("convlab", LOCALE, languages=[code], fallback=True)


def _(message: str) -> str:
    """The label in the session's language."""
    return _catalogue(language()).gettext(message)


def explain(said: Sentence | UserError) -> str:
    """A sentence, or an error's, in the session's language, as plain text."""
    sentence = said.sentence if isinstance(said, UserError) else said
    values = {
        name: explain(value) if isinstance(value, Sentence) else value
        for name, value in sentence.values.items()
    }
    return _(sentence.template).format(**values)


def escaped(text: str) -> str:
    """Text of unknown origin, escaped so that Streamlit's Markdown shows it letter by letter."""
    apart = re.sub(
        r":(?=\S)|www(?=\.)|@|-(?=[->])|<(?=[-=])|[>~](?==)", f"\\g<0>{_WORD_JOINER}", text.replace("\n", " ")
    )
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>$~:&^=])", r"\\\1", apart)


def counted(count: int, one: str, more: str) -> str:
    """What is said of one thing, or of several: ``more`` is a sentence with the field {count}."""
    return one if count == 1 else more.format(count=count)


def enumerated(parts: Iterable[str], mark: str = NAMES) -> str:
    """Names, or whole remarks, one behind the other: "a, b, c"."""
    return _(mark).join(parts)


def named(name: str, value: object) -> str:
    """What something is, behind its name: "Learning rate: 0.01"."""
    return _("{name}: {value}").format(name=name, value=value)


def sentences(*said: str) -> str:
    """Sentences one behind the other, with a blank between them where the language has one; none of ""."""
    parts = [one for one in said if one]
    return reduce(lambda before, last: _("{before} {last}").format(before=before, last=last), parts or [""])


def clauses(*said: str) -> str:
    """Parts of one sentence, with a comma between them: "2 runs train, 1 waits"."""
    return reduce(lambda before, last: _("{before}, {last}").format(before=before, last=last), said)


def duration(seconds: float | None) -> str:
    """As "0:07", "12:05" or "1:02:03"; "" where nobody knows."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def moment(when: float) -> str:
    """Seconds since 1970 as "2026-11-26 18:32", by the clock of the machine that the lab runs on."""
    return datetime.fromtimestamp(when).strftime("%Y-%m-%d %H:%M")


# What Markdown would change, and Streamlit's own marks: colours, icons, formulas, arrows, addresses.
_MARKUP = re.compile(
    r"[\\`*~$<>\[\]|^\n]|:[^\W\d]|:[+-]|:\w+:|://|--|@|www\.|&#?\w+;|\b_|_\b|^ *(\#+|[-+]|\d+[.)])( |$)"
)


def cell(text: str) -> str:
    """Text of unknown origin for a table, the cells of which Streamlit reads as Markdown.

    Escaped only where it has to be: a script that reads the table then meets nearly every text as it is.
    """
    return escaped(text) if _MARKUP.search(text) else text


@cache
def _sections(code: str, lesson: str) -> dict[str, str]:
    file = LOCALE / code / f"{lesson}.md"
    if not file.is_file():
        file = LOCALE / DEFAULT_LANGUAGE / f"{lesson}.md"
    parts = re.split(r"^# (\w+)$", file.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def prose(lesson: str, section: str) -> str:
    """One section (``# name``) of a lesson's Markdown file, in the session's language. Raises KeyError."""
    return _sections(language(), lesson)[section]
