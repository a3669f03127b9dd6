"""One error boundary for all pages: a clear sentence on the screen, the full detail in the log."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from convlab.errors import UserError
from convlab.ui.words import _, explain, plain

log = logging.getLogger("convlab")


@contextmanager
def error_boundary() -> Iterator[None]:
    """Show a UserError as its sentence; anything else as an apology with a number that the log repeats.

    No traceback and no path of the server reaches the browser.
    """
    try:
        yield
    except UserError as error:
        st.error(plain(explain(error)), icon=":material/error:")
    except Exception:
        number = secrets.token_hex(4)
        log.exception("error %s", number)
        sentence = _(
            "Something went wrong here. Reload the page; if it happens again, report error {number}."
        )
        st.error(sentence.format(number=number), icon=":material/error:")
