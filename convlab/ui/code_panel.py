"""The "PyTorch code" panel: the script that makes what is on the screen, to copy or download."""

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

import streamlit as st

from convlab.ui.words import _

_KINDS = {".py": "text/x-python", ".json": "application/json", ".csv": "text/csv"}


def code_panel(code: str, file_name: str) -> None:
    """Show a script with its copy button, and offer it as a .py file."""
    st.code(code, language="python", wrap_lines=True)
    download(_("Download .py"), code, file_name, f"download.{file_name}", icon=":material/download:")


def download(label: str, content: str | Callable[[], Any], file_name: str, key: str, **options: Any) -> None:
    """A button that gives a file, made now or when it is asked for; the page does not run again."""
    kind = _KINDS.get(PurePath(file_name).suffix, "application/octet-stream")
    st.download_button(label, content, file_name, kind, key=key, on_click="ignore", **options)
