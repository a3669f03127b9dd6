"""Streamlit's fields on a page take numbers as people write them, such as "0,5", or say why they do not."""

import math
import sys

import streamlit as st

from convlab import numerals
from convlab.errors import N_, UserError
from convlab.ui.components.shared import declare, pack
from convlab.ui.urls import unfit
from convlab.ui.words import _, explain

KEY = "number_fields"
_REFUSED = f"{KEY}.refused"
_ENDLESS = (-math.inf, math.inf)
_BORROWED = (  # what Streamlit itself says, in English whatever the language
    *(
        N_("Upload"),
        N_("Add files"),
        N_("Remove {name}"),
        N_("{size}MB per file"),
        N_("Drag and drop files here"),
    ),
    *(N_("Take Photo"), N_("Clear photo"), N_("Clear value"), N_("Decrement"), N_("Increment")),
    *(N_("Main menu"), N_("Theme"), N_("System"), N_("Light"), N_("Dark"), N_("Print"), N_("Record screen")),
    *(N_("Copy to clipboard"), N_("Copied"), N_("Help for {name}"), N_("Choose an option"), N_("Open")),
)

_mount = declare("number_fields", "numerals", "fields")


@st.fragment
def number_fields() -> None:
    """Once a page. What a field does not take leaves its last number; why stands below it until one goes on.

    A field whose step is a whole number takes whole numbers alone, so those of floats have other steps. A
    text field with a key KEY is marked as invalid while the page has a container with the key KEY.refusal.
    Streamlit's own words are put into the page's language.
    """
    count, error = _last()
    borrowed = {english: said for english in _BORROWED if (said := _(english)) != english}
    labels = {"table": _("Table that scrolls sideways"), "borrowed": borrowed}
    header = {"labels": labels, "refusal": (count, explain(error) if error else "")}
    _mount(key=KEY, data=pack(header), on_refused_change=_refused)


def _last() -> tuple[int, UserError | None]:
    """How often a text was refused, and why it was the last time."""
    found: tuple[int, UserError | None] = st.session_state.get(_REFUSED, (0, None))
    return found


def _refused() -> None:
    payload = st.session_state[KEY].refused
    if isinstance(payload, dict) and isinstance(text := payload.get("text"), str):
        ends = _end(payload.get("least"), _ENDLESS[0]), _end(payload.get("most"), _ENDLESS[1])
        told = reason(text, ends, whole=payload.get("whole") is True)
        st.session_state[_REFUSED] = _last()[0] + 1, told


def _end(sent: object, otherwise: float) -> float:
    """An end of a field, as the browser has read it off the field."""
    if not isinstance(sent, int | float) or not abs(sent) <= sys.float_info.max:
        return otherwise
    return float(sent)


def reason(text: str, ends: tuple[float, float] = _ENDLESS, *, whole: bool = False) -> UserError:
    """Why a field did not take a text: it takes the numbers from one end to the other, or the whole ones."""
    if not text.strip():
        return unfit()
    try:
        value = numerals.whole(text) if whole else numerals.number(text)
    except UserError as error:
        return error
    if math.isinf(value):
        return numerals.too_large(text)
    return unfit() if ends[0] <= value <= ends[1] else _beyond(text, ends, whole)


def _beyond(text: str, ends: tuple[float, float], whole: bool) -> UserError:
    """What a field takes in place of a number that lies beyond one of its ends."""
    (low, above), (high, below) = _written(ends[0], -math.inf), _written(ends[1], math.inf)
    if whole:
        told = N_("{text} does not fit here: write a whole number from {low} to {high}.")
    elif above:
        told = N_("{text} does not fit here: write a number above {low}, at most {high}.")
    elif below:
        told = N_("{text} does not fit here: write a number from {low} on, below {high}.")
    else:
        told = N_("{text} does not fit here: write a number from {low} to {high}.")
    return UserError(told, text=repr(text.strip()[:20]), low=low, high=high)


def _written(end: float, way: float) -> tuple[str, bool]:
    """An end, and whether the field takes all numbers but it: its own end is the next float then."""
    beyond = math.nextafter(end, way)
    left_out = math.isfinite(beyond) and len(repr(beyond)) < len(repr(end))
    return f"{beyond if left_out else end:.12g}", left_out
