"""Data sets of a session: which it may use, and a zip of the learner's own that becomes one."""

from collections.abc import Callable
from pathlib import PurePath
from typing import Any

import streamlit as st

from convlab.datasets import dataset, pictures, shelf
from convlab.datasets.sources import SOURCES
from convlab.ui import uploads
from convlab.ui.words import _

MAX_ZIP_MB = 200
_OWN = "own_data"  # keys of the shelf


def titles(chosen: str, absent: bool = False) -> dict[str, str]:
    """Key -> title of ConvLab's own data sets (``absent``: of all), this session's uploads and ``chosen``.

    Uploads of other sessions are not listed; a link, which holds the key, finds them.
    """
    listed = shelf.entries()
    found = {key: _(source.title) for key, source in SOURCES.items() if absent or key in listed}
    own = [key for key in (*st.session_state.get(_OWN, []), chosen) if key in listed]
    return found | {key: listed[key].title for key in own if key not in found}


def upload(key: str, take: Callable[[str], None], scope: str = "app") -> None:
    """Ask for a zip, read it with progress, put it on the shelf; what is wrong with it is said below.

    ``take`` gets the new data set's key; then the page runs again, the "app" or only this "fragment".
    """

    def read(file: Any) -> None:
        title = dataset.one_line(PurePath(file.name).stem) or "pictures"
        bar = st.progress(0.0, _("Reading the pictures"))

        def show(done: int, total: int) -> None:
            text = _("Reading the pictures: {done:,} of {total:,}").format(done=done, total=total)
            bar.progress(min(1.0, done / max(1, total)), text)

        try:
            new = shelf.put(pictures.read_zip(file, title, progress=show))
        finally:
            bar.empty()
        st.session_state.setdefault(_OWN, []).append(new)
        take(new)

    label = _("Your pictures: a zip with CLASS/*.jpg, or train/CLASS and test/CLASS, for 2 to 20 classes")
    tip = _("Up to {limit} MB. Each picture is cropped to a square and brought to 32 × 32.")
    tip = tip.format(limit=MAX_ZIP_MB)
    file = st.file_uploader(label, type=["zip"], max_upload_size=MAX_ZIP_MB, help=tip, key=key)
    before = uploads.given(key)
    if uploads.read(key, [file] if file else [], read, "folder_off") != before:
        st.rerun(scope=scope)
