"""Widgets tied to a control of a page: limits and choices come from its pydantic model, never twice."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from convlab.ui.urls import PageState


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


def _numeric(state: PageState[Any], name: str) -> dict[str, Any]:
    """Arguments of a widget for numbers: its ends, whole or not."""
    field = state.model.model_fields[name]
    low, high = limits(field)
    if isinstance(getattr(state.value, name), int) and field.annotation is not float:
        return {
            "min_value": None if low is None else int(low),
            "max_value": None if high is None else int(high),
        }
    return {"min_value": low, "max_value": high, "format": "%g"}


def number(state: PageState[Any], name: str, label: str | None = None, **options: Any) -> None:
    """A number to type, within the limits of its control.

    Args:
        state: of the page.
        name: of the control; also the label where none is given, for PyTorch's own arguments.
        label: translated.
        **options: of ``st.number_input``: width, step, help ...; and ``then`` of ``PageState.bind``.
    """
    then = options.pop("then", None)
    st.number_input(label or name, **{**_numeric(state, name), **options}, **state.bind(name, then))


def slider(state: PageState[Any], name: str, label: str, **options: Any) -> None:
    """A number to drag, within the limits of its control; arguments as ``number``."""
    then = options.pop("then", None)
    st.slider(label, **{**_numeric(state, name), **options}, **state.bind(name, then))


def toggle(state: PageState[Any], name: str, label: str, **options: Any) -> None:
    """On or off; arguments as ``number``."""
    then = options.pop("then", None)
    st.toggle(label, **options, **state.bind(name, then))


def choices(field: FieldInfo) -> tuple[Any, ...]:
    """What a control of a Literal type can be, in order."""
    return get_args(field.annotation) if get_origin(field.annotation) is Literal else ()


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
    """One of several: a select box, or a row of buttons.

    Args:
        state: of the page.
        name: of the control; also the label where none is given, for PyTorch's own arguments.
        label: translated.
        titles: choice -> what it is called, or the choices alone; all of the control's Literal where none
            are given.
        as_buttons: a row of buttons, for few choices.
        then: called after a change.
        **options: of the widget: width, help ...
    """
    offered = choices(state.model.model_fields[name]) if titles is None else titles
    if isinstance(offered, Mapping):
        found = offered
        options["format_func"] = lambda choice: found.get(choice, str(choice))
    options |= state.bind(name, then)
    if as_buttons:
        st.segmented_control(label or name, list(offered), required=True, **options)
    else:
        st.selectbox(label or name, list(offered), **options)
