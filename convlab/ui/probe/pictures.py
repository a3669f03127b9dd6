"""The learner's own pictures, several at a time, beside those of the chooser; one of them is open."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import streamlit as st
from torch import Tensor

from convlab.pictures import crop, images
from convlab.ui import chooser, uploads
from convlab.ui.components.probe_lab import UPLOADER
from convlab.ui.picture import OwnFile, decoded, give
from convlab.ui.probe.controls import State
from convlab.ui.uploads import Upload
from convlab.ui.words import _

MOST = 24


@dataclass(frozen=True, eq=False)
class OwnPicture(OwnFile):
    """With the picture's largest square in the middle, uint8 [3, 32, 32]."""

    middle: Tensor


def given() -> list[Upload[OwnPicture]]:
    """What this session was given, in order."""
    return uploads.given(UPLOADER)


@contextmanager
def own_pictures(state: State) -> Iterator[None]:
    """Show what a picture of the learner's own needs around the rest of the lesson."""
    if state.value.picture != "upload":
        with chooser.own_picture(state):
            yield
        return
    with st.container():  # however much it holds: what stands behind it keeps its place on the page
        label, most = _("Your pictures, one or several"), uploads.limit_mb(images.MAX_UPLOAD_MB)
        told = _("Any common picture files, up to {limit} MB each. They stay in this session.")
        options: dict[str, Any] = {"max_upload_size": most, "help": told.format(limit=most), "key": UPLOADER}
        files: list[Any] = st.file_uploader(label, accept_multiple_files=True, **options)
        if len(files) > MOST:
            st.warning(_("Only the first {most} are used.").format(most=MOST), icon=":material/info:")
        before = given()
        after = uploads.read(UPLOADER, files[:MOST], _read, "broken_image")
        if after != before:
            _open_one(state, [one.id for one in before], [one.id for one in after])
        open_upload(state)
        chooser.say_remarks("upload")
    yield


def _read(file: Any) -> OwnPicture:
    data = file.getvalue()
    loaded, _digest = decoded(data)
    return OwnPicture(data, loaded.remarks, loaded.plain, crop.cut(loaded.pixels))


def _open_one(state: State, before: list[str], after: list[str]) -> None:
    """The first new upload; without any the one that was open, wherever it is now."""
    was_open = before[min(state.value.shown, len(before) - 1)] if before else ""
    new = [n for n, upload in enumerate(after) if upload not in before]
    place = new[0] if new else after.index(was_open) if was_open in after else len(after) - 1
    state.change(shown=place, window=state.value.window if after[place] == was_open else "")


def open_upload(state: State) -> int:
    """Make the upload that the controls name the picture of all pages; its place, or -1 without any."""
    own = given()
    place = min(state.value.shown, len(own) - 1)
    if own:
        give("upload", own[place].content)
    return place
