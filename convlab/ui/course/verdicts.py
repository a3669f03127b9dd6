"""What is said of a guess: right or wrong, the answer, and what a wrong one would have been right for."""

import math
import re
from collections.abc import Sequence

import streamlit as st

from convlab.course import asking
from convlab.course.asking import Figures, Guess
from convlab.course.stations import Station
from convlab.ui.words import _, escaped

_MOST_PLACES = 4  # that are named, of several that are right
_PIXEL = re.compile(r"(?:(\S+) )?([0-9]+),([0-9]+)")
_ENTRY = re.compile(r"(\S+) ([0-9]+)")  # of a layer that puts out a vector


def verdict(station: Station, guess: Guess | None, found: Figures) -> None:
    """Say it; of a station without an answer nothing."""
    if "answer" not in found:
        return
    answer = _("The answer: {answer}.").format(answer=_answer(station, found["answer"]))
    if guess is None:
        st.info(answer, icon=":material/lightbulb:")
        return
    guessed = said(station, guess)
    if asking.is_right(station, guess):
        st.success(_right(station, guessed, found["answer"], answer), icon=":material/check_circle:")
        return
    wrong = _("Your guess: {guess}.").format(guess=guessed)
    otherwise = asking.filled(asking.otherwise(station, guess), found)
    st.warning(f"{wrong} {answer} {otherwise}".strip(), icon=":material/cancel:")


def _right(station: Station, guessed: str, answer: Guess | Sequence[str], sentence: str) -> str:
    """What a right guess is told: the answer too where it is another number, or one of several places."""
    right = _("Right: {guess}.").format(guess=guessed)
    if not isinstance(answer, int | float | str):
        count = len(answer)
        return _("Right: {guess}, one of {count}.").format(guess=guessed, count=count) if count > 1 else right
    return right if said(station, answer) == guessed else f"{right} {sentence}"


def said(station: Station, guess: Guess) -> str:
    """A guess, or one right answer, as people say it; Markdown."""
    if station.kind == "number":
        unit = station.unit_one if float(guess) == 1 and station.unit_one else station.unit
        return f"{number(float(guess))} {unit}".strip()
    if station.kind == "choice":
        texts = {choice.key: asking.typed(choice.text) for choice in station.choices}
        return texts.get(str(guess), escaped(str(guess)))
    if (entry := _ENTRY.fullmatch(str(guess))) is not None:
        return f"{escaped(entry[1])}, {_('entry {n}').format(n=entry[2])}"
    if (pixel := _PIXEL.fullmatch(str(guess))) is None:
        return escaped(str(guess))
    where = _("row {row}, column {column}").format(row=int(pixel[2]), column=int(pixel[3]))
    return f"{escaped(pixel[1])}, {where}" if pixel[1] else where


def _answer(station: Station, answer: Guess | Sequence[str]) -> str:
    if isinstance(answer, int | float | str):
        return said(station, answer)
    shown = len(answer) if len(answer) <= _MOST_PLACES else _MOST_PLACES - 1
    named = _(" or ").join(said(station, one) for one in answer[:shown])
    more = len(answer) - shown
    return _("{places}, or one of {count} more").format(places=named, count=more) if more > 0 else named


def number(value: float) -> str:
    """To four significant digits, whole numbers to all: "18,090", "65.19", "2.6e-09"."""
    if value == round(value) and abs(value) < 1e15:
        return f"{value:,.0f}".replace("-", "\u2212")
    if not 1e-4 <= abs(value) < 1e15:
        return f"{value:.3g}"
    decimals = max(0, 3 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "\u2212")
