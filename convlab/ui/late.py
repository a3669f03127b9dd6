"""What a browser still shows: an old value of a widget that comes with another one's event is no choice.

The browser says what all its widgets show with each event. Where one was set anew by the run before, that may
come too late, and Streamlit takes the old value for a choice of the learner's: an undo that changes the box
that names the kernel would be followed by the old kernel.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import streamlit as st

LATE_S = 1.5  # nobody chooses a value again so soon after it was replaced, and edits in the lab besides

_SHOWN, _COMPONENTS = "late.shown", "late.components"


@dataclass(frozen=True)
class _Shown:
    value: Any
    before: Any
    since: float


def show(key: str, value: Any) -> None:
    """Set a widget, before it is made."""
    all_shown: dict[str, _Shown] = st.session_state.setdefault(_SHOWN, {})
    shown = all_shown.get(key)
    if shown is None or shown.value != value:
        all_shown[key] = _Shown(value, value if shown is None else shown.value, time.monotonic())
    st.session_state[key] = value


def is_late(key: str) -> bool:
    """For a widget's callback: whether its value is only what the browser showed before."""
    shown: _Shown | None = st.session_state.get(_SHOWN, {}).get(key)
    if shown is None or shown.before == shown.value or st.session_state[key] != shown.before:
        return False
    return time.monotonic() - shown.since < LATE_S and _spoken()


def listen(key: str, events: Iterable[str] = ()) -> None:
    """A component on the page and the events that it sends, or a button, which has none."""
    st.session_state.setdefault(_COMPONENTS, {})[key] = tuple(events)


def _spoken() -> bool:
    """Whether a component has sent an event with this run, or a button was pressed."""
    components: dict[str, tuple[str, ...]] = st.session_state.get(_COMPONENTS, {})
    for key, events in components.items():
        sent = st.session_state.get(key)
        if sent is True or (sent and any(sent.get(event) is not None for event in events)):
            return True
    return False
