"""Widgets tied to a control of a page: limits and choices come from its pydantic model, never twice."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from convlab.ui import late
from convlab.ui.boundary import keeping, say_briefly
from convlab.ui.urls import PageState, unfit
from convlab.ui.words import _


def limits(field: FieldInfo) -> tuple[float | None, float | None]:
    """The smallest and the largest number that a control takes; None where it has no such end.

    A bound that is itself left out becomes the next float, so that a widget can be given both ends.
    """
    found = {
        name: float(getattr(rule, name))
        for rule in field.metadata
        for name in ("ge", "gt", "le", "lt")
        if getattr(rule, name, None) is not None
    }
    low = math.nextafter(found["gt"], math.inf) if "gt" in found else found.get("ge")
    high = math.nextafter(found["lt"], -math.inf) if "lt" in found else found.get("le")
    return low, high


def _numeric(state: PageState[Any], name: str, options: dict[str, Any]) -> dict[str, Any]:
    """Arguments of a widget for numbers: its ends, whole or not; then its options."""
    field = state.model.model_fields[name]
    kind = int if field.annotation is int else float
    low, high = (None if end is None else kind(end) for end in limits(field))
    written = {} if kind is int else {"format": "%g"}
    return {"min_value": low, "max_value": high, **written, **options}


def number(state: PageState[Any], name: str, label: str | None = None, **options: Any) -> None:
    """A number to type, within the limits of its control.

    The label is translated; without one it is the control's name, for PyTorch's own arguments. The options
    are Streamlit's: width, step, help ... What does not fit, and an emptied field, leave the last number,
    with a word about it: Streamlit alone would take the smallest.
    """
    st.number_input(label or name, value=None, **_numeric(state, name, options), **state.bind(name))


def automatic(state: PageState[Any], name: str, label: str, **options: Any) -> None:
    """A number to type, or none where the page finds one by itself: the control then holds 0."""

    def take(new: float | None) -> None:
        state.change(**{name: new or 0})

    look = {"placeholder": _("Automatic"), "value": None, **_numeric(state, name, options)}
    derived(st.number_input, label, f"{state.page}.{name}", getattr(state.value, name) or None, take, **look)


def slider(state: PageState[Any], name: str, label: str, **options: Any) -> None:
    """A number to drag, within the limits of its control; arguments as ``number``."""
    st.slider(label, **_numeric(state, name, options), **state.bind(name))


def toggle(state: PageState[Any], name: str, label: str, **options: Any) -> None:
    """On or off; arguments as ``number``."""
    st.toggle(label, **options, **state.bind(name))


def choices(field: FieldInfo) -> tuple[Any, ...]:
    """What a control can be, in order: of a Literal type, or a whole number with both ends."""
    if get_origin(field.annotation) is Literal:
        return get_args(field.annotation)
    low, high = limits(field)
    return () if low is None or high is None else tuple(range(int(low), int(high) + 1))


def choose(
    state: PageState[Any],
    name: str,
    label: str | None = None,
    titles: Mapping[Any, str] | Sequence[Any] | None = None,
    *,
    as_buttons: bool = False,
    then: Callable[[], None] | None = None,
    **options: Any,
) -> None:
    """One of several: a select box, or a row of buttons, for few choices; arguments as ``number``.

    ``titles``: choice -> what it is called, or the choices alone; all of the control's where none are given.
    ``then`` is called after a change.
    """
    offered = choices(state.model.model_fields[name]) if titles is None else titles
    if isinstance(offered, Mapping):
        options["format_func"] = offered.__getitem__
    options |= state.bind(name, then)
    if as_buttons:
        st.segmented_control(label or name, list(offered), required=True, **options)
    else:
        say = options.get("format_func", str)
        state.lists[name] = {value: say(value) for value in offered}
        st.selectbox(label or name, list(offered), **options)


def derived(
    widget: Callable[..., Any],
    label: str,
    key: str,
    value: Any,
    take: Callable[[Any], object],
    /,
    **options: Any,
) -> None:
    """A widget for what follows from the page's controls, and is no control itself.

    It shows ``value``, whatever was done with it in the last run; ``take`` gets what the learner sets.
    """

    def taken() -> None:
        if not late.is_late(key):
            take(st.session_state[key])

    late.show(key, value)
    widget(label, key=key, on_change=keeping(taken), **options)


def derived_number(
    label: str, key: str, value: float, take: Callable[[Any], object], ends: tuple[float, float], **look: Any
) -> None:
    """As ``derived``, a number between two ends; what does not fit leaves the last, as in ``number``."""

    def taken(new: float | None) -> None:
        if new is None:
            st.session_state[key] = value
            say_briefly(unfit())
        else:
            take(new)

    look |= {"value": None, "min_value": ends[0], "max_value": ends[1]}
    derived(st.number_input, label, key, value, taken, **look)
