""" "By numbers": all that a lab's component offers, once more as Streamlit's own widgets and tables.

For screen readers, keyboards and scripts (``AppTest``). A closed panel costs nothing: its content is made
when it is opened, by a click or by ``st.session_state["PAGE.by_numbers"] = True``.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import streamlit as st

from convlab.ui.boundary import error_boundary
from convlab.ui.words import _, cell


def by_numbers(name: str, show: Callable[..., None], *shown: Any, label: str = "") -> None:
    """A panel with what ``show`` makes of ``shown``, closed until somebody asks for it.

    Its key is "NAME.by_numbers". The label of the lab's own panel is "By numbers" alone.
    """
    label, key = label or _("By numbers"), f"{name}.by_numbers"
    panel = st.expander(label, key=key, icon=":material/pin:", on_change="rerun")
    if panel.open:
        with panel, error_boundary():
            show(*shown)


def results(values: Mapping[str, object]) -> None:
    """Names and values, one below the other; floats with 6 digits, so that they can be read as numbers."""
    st.table({_("Result"): [*values], _("Value"): [text(value) for value in values.values()]})


def listed(columns: Mapping[str, Sequence[object]]) -> None:
    """A table that is scrolled where it is long."""
    height: Literal["content"] | int = 400 if len(next(iter(columns.values()))) > 10 else "content"
    st.table({name: [text(value) for value in values] for name, values in columns.items()}, height=height)


def text(value: object) -> str:
    """A number as a table shows it, and as ``float`` reads it back; any other text letter by letter."""
    return f"{value + 0.0:.6g}" if isinstance(value, float) else cell(str(value))
