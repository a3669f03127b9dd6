"""One error boundary for all pages: a clear sentence on the screen, the full detail in the log."""

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Literal, NoReturn

import streamlit as st

from convlab.errors import UserError
from convlab.storage import disk
from convlab.ui.words import _, escaped, explain

log = logging.getLogger("convlab")
_ACTED = "boundary.acted"
_FAILED = "boundary.failed"  # what went wrong in a callback: a UserError, or an error's number


def say(
    error: UserError,
    kind: Literal["info", "warning", "error"] = "info",
    icon: str = "",
    about: str = "",
    place: Any = st,
) -> None:
    """Show an error's sentence in the session's language, at a place of the page.

    ``icon`` is Material's name of one, "" for the kind's own; ``about`` is text of unknown origin that stands
    before the sentence, in bold.
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
    """A widget's callback that keeps a UserError, for ``say_problem(place)`` in the run that follows.

    What the disk refuses is one too.
    """
    return keeping(action, f"{place}.problem")


def keeping(action: Callable[..., object], place: str = _FAILED) -> Callable[..., None]:
    """A callback whose UserError, and what the disk refuses, is kept in the session under a name.

    Anything else, and what has no other place, is told by the next ``error_boundary``: where a callback
    raises, Streamlit shows words of its own in place of the page.
    """

    @wraps(action)
    def act(*arguments: object, **options: object) -> None:
        st.session_state[_ACTED] = True
        try:
            with disk.told():
                action(*arguments, **options)
        except UserError as error:
            st.session_state[place] = error
        except Exception:
            st.session_state[_FAILED] = _logged()

    return act


def rerun(scope: Literal["app", "fragment"] = "app") -> NoReturn:
    """Run the page again with its controls as they are.

    A fragment that looks again and again may have asked before the browser had the newest link, so the link
    that comes is no news: see ``acted``.
    """
    st.session_state[_ACTED] = True
    st.rerun(scope=scope)


def acted() -> bool:
    """Whether a callback or ``rerun`` ran since ``settle``: what the browser sent may be old."""
    return _ACTED in st.session_state


def settle() -> None:
    """All that the callbacks did is on the page and in the link."""
    st.session_state.pop(_ACTED, None)


def say_problem(place: str) -> None:
    """Say what went wrong in the last callback of this place, if anything did."""
    if (error := st.session_state.pop(f"{place}.problem", None)) is not None:
        say(error, "error")


@contextmanager
def notices() -> Iterator[None]:
    """Show a UserError, or what the disk refuses, as a notice, and go on behind the block."""
    try:
        with disk.told():
            yield
    except UserError as error:
        say(error)


@contextmanager
def error_boundary() -> Iterator[None]:
    """Show a UserError, or what the disk refuses, as its sentence; first what a callback has kept.

    Anything else becomes an apology with a number that the log repeats: no traceback reaches the browser, and
    no path of the server but that of ConvLab's own folder.
    """
    if (failure := st.session_state.pop(_FAILED, None)) is not None:
        _tell(failure)
    try:
        with disk.told():
            yield
    except UserError as error:
        _tell(error)
    except Exception:
        _tell(_logged())


def _logged() -> str:
    """The number of the exception that is handled now, which the log has with all its detail."""
    number = secrets.token_hex(4)
    log.exception("error %s", number)
    return number


def _tell(failure: UserError | str) -> None:
    if isinstance(failure, UserError):
        say(failure, "error")
        return
    said = _("Something went wrong here. Reload the page; if it happens again, report error {number}.")
    st.error(said.format(number=failure), icon=":material/error:")
