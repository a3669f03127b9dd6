"""Every word on the screen: labels through gettext, each lesson's prose from a Markdown file.

A language is a folder ``locale/LANGUAGE`` with the lessons' Markdown files and, for the labels,
``LC_MESSAGES/convlab.mo``. English labels stand in the source, so English needs no catalogue.
"""

import gettext
import os
import re
from functools import cache
from pathlib import Path

import streamlit as st

from convlab.errors import N_, Sentence, UserError

LOCALE = Path(os.environ.get("CONVLAB_LOCALE", Path(__file__).parent / "locale"))
DEFAULT_LANGUAGE = "en"
_LANGUAGE_KEY = "convlab.language"
# Invisible. Streamlit looks for icons, web and mail addresses once the escapes are gone; this parts them.
_WORD_JOINER = "\u2060"


@cache
def languages() -> tuple[str, ...]:
    """The languages there is a folder for, the default first."""
    found = {folder.name for folder in LOCALE.iterdir() if any(folder.glob("*.md"))}
    return (DEFAULT_LANGUAGE, *sorted(found - {DEFAULT_LANGUAGE}))


def take_language() -> None:
    """Take the session's language from ``?lang=`` in the link, where there is one; once a page run."""
    asked = st.query_params.get("lang")
    if asked in languages():
        st.session_state[_LANGUAGE_KEY] = asked


def set_language(code: str) -> None:
    """Make it the session's language, and the link's."""
    st.query_params["lang"] = st.session_state[_LANGUAGE_KEY] = code


def language_name(code: str) -> str:
    """What a language is called in itself; its code where its catalogue does not say."""
    english = N_("English")  # translated as the name of the language that it is translated into
    name = _catalogue(code).gettext(english)
    return code if name == english and code != DEFAULT_LANGUAGE else name


def language() -> str:
    """The language of this session; English where none was chosen."""
    return str(st.session_state.get(_LANGUAGE_KEY, DEFAULT_LANGUAGE))


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation("convlab", LOCALE, languages=[code], fallback=True)


def _(message: str) -> str:
    """The label in the session's language."""
    return _catalogue(language()).gettext(message)


def explain(said: Sentence | UserError) -> str:
    """A sentence, or an error's, in the session's language, as plain text."""
    sentence = said.sentence if isinstance(said, UserError) else said
    return _(sentence.template).format(**sentence.values)


def escaped(text: str) -> str:
    """Text of unknown origin, escaped so that Streamlit's Markdown shows it letter by letter."""
    apart = re.sub(r":(?=\S)|www(?=\.)|@", f"\\g<0>{_WORD_JOINER}", text.replace("\n", " "))
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>$~:&^=])", r"\\\1", apart)


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
