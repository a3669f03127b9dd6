"""The "PyTorch code" panel: the script that makes what is on the screen, to copy or download."""

import re
from collections.abc import Callable
from pathlib import PurePath
from typing import Any

import streamlit as st

from convlab.ui.boundary import error_boundary
from convlab.ui.words import _

_OURS = re.compile(r"\bconvlab\b")
_KINDS = {
    ".py": "text/x-python",
    ".json": "application/json",
    ".csv": "text/csv",
    ".md": "text/markdown",
    ".zip": "application/zip",
    ".ipynb": "application/x-ipynb+json",
}


def code_panel(code: str, file_name: str) -> None:
    """Show a script with its copy button, say where it runs, and offer it as a .py file."""
    st.code(code, language="python", wrap_lines=True)
    if _OURS.search(code):
        st.caption(_("It runs in ConvLab's folder: it uses the lab's own functions, networks or pictures."))
    download(_("Download .py"), code, file_name, f"download.{file_name}", icon=":material/download:")


def code_on_request(name: str, make: Callable[[], str], file_name: str) -> None:
    """The panel of an experiment's script, closed until somebody asks for it; ``make`` writes the script.

    Its key is "NAME.script". A closed panel costs nothing.
    """
    label, key = _("PyTorch code of this experiment"), f"{name}.script"
    panel = st.expander(label, key=key, icon=":material/code:", on_change="rerun")
    if panel.open:
        with panel, error_boundary():
            code_panel(make(), file_name)


def download(label: str, content: str | Callable[[], Any], file_name: str, key: str, **options: Any) -> None:
    """A button that gives a file, made now or when it is asked for; the page does not run again."""
    kind = _KINDS.get(PurePath(file_name).suffix, "application/octet-stream")
    st.download_button(label, content, file_name, kind, key=key, on_click="ignore", **options)
