"""The "PyTorch code" panel: the script that makes what is on the screen, to copy or download."""

import streamlit as st

from convlab.ui.words import _


def code_panel(code: str, file_name: str) -> None:
    """Show a script with its copy button, and offer it as a .py file."""
    st.code(code, language="python", wrap_lines=True)
    st.download_button(
        _("Download .py"),
        code,
        file_name=file_name,
        mime="text/x-python",
        icon=":material/download:",
        on_click="ignore",
        key=f"download.{file_name}",
    )
