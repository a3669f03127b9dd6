"""One error boundary for all pages: a clear sentence on the screen, the full detail in the log."""

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import streamlit as st

from convlab.errors import UserError
from convlab.ui.words import _, escaped, explain

log = logging.getLogger("convlab")


def say(
    error: UserError,
    kind: Literal["info", "warning", "error"] = "info",
    icon: str = "",
    about: str = "",
    place: Any = st,
) -> None:
    """Show an error's sentence in the session's language.

    Args:
        error: what to say.
        kind: how grave it is.
        icon: Material's name of one; "" for the kind's own.
        about: text of unknown origin that stands before it, in bold.
        place: where on the page; the current place if none is given.
    """
    sentence = escaped(explain(error))
    if about:
        sentence = f"**{escaped(about)}**: {sentence}"
    icon = icon or ("error" if kind == "error" else "info")
    getattr(place, kind)(sentence, icon=f":material/{icon}:")


def say_briefly(error: UserError) -> None:
    """Show an error's sentence for some seconds, in a corner: for a value that was not taken."""
    st.toast(escaped(explain(error)), icon=":material/error:")


def acting(action: Callable[[], object], place: str) -> Callable[[], None]:
    """A widget's callback that keeps a UserError, for ``say_problem(place)`` in the run that follows."""

    def act() -> None:
        try:
            action()
        except UserError as error:
            st.session_state[f"{place}.problem"] = error

    return act


def say_problem(place: str) -> None:
    """Say what went wrong in the last callback of this place, if anything did."""
    if (error := st.session_state.pop(f"{place}.problem", None)) is not None:
        say(error, "error")


@contextmanager
def notices() -> Iterator[None]:
    """Show a UserError as a notice, and go on behind the block."""
    try:
        yield
    except UserError as error:
        say(error)


@contextmanager
def error_boundary() -> Iterator[None]:
    """Show a UserError as its sentence; anything else as an apology with a number that the log repeats.

    No traceback and no path of the server reaches the browser.
    """
    try:
        yield
    except UserError as error:
        say(error, "error")
    except Exception:
        number = secrets.token_hex(4)
        log.exception("error %s", number)
        said = _("Something went wrong here. Reload the page; if it happens again, report error {number}.")
        st.error(said.format(number=number), icon=":material/error:")
