"""A network that does not fit: PyTorch's own message, what it means, and what to do."""

import streamlit as st

from convlab.networks.shape_errors import Attempt
from convlab.ui.words import _, escaped, explain


def show_failure(attempt: Attempt) -> None:
    """PyTorch's own message, then what it means and how to fix it."""
    with st.container(border=True):
        st.markdown(_("**This network does not fit.** PyTorch says:"))
        st.code(attempt.error, language=None, wrap_lines=True)
        for sentence in (attempt.meaning, attempt.fix):
            if sentence is not None:
                st.markdown(escaped(explain(sentence)))
