"""The learner's own pictures, several at a time, beside those of the chooser; one of them is open."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import streamlit as st
from torch import Tensor

from convlab.errors import UserError
from convlab.pictures import crop, images
from convlab.ui import chooser
from convlab.ui.boundary import say
from convlab.ui.components.probe_lab import UPLOADER
from convlab.ui.picture import decoded, give
from convlab.ui.probe.controls import State
from convlab.ui.words import _

_OWN, _REFUSED, _SEEN = "probe.uploads", "probe.uploads.refused", "probe.uploads.seen"
MOST = 24
_NAME_LENGTH = 40


@dataclass(frozen=True)
class Upload:
    """A picture that the learner gave.

    Attributes:
        name: the file's, as it came.
        id: of the upload; no other has it.
        data: the file.
        middle: uint8 [3, 32, 32], its largest square in the middle.
    """

    name: str
    id: str
    data: bytes
    middle: Tensor


def uploads() -> list[Upload]:
    """What this session was given, in order."""
    found: list[Upload] = st.session_state.get(_OWN, [])
    return found


@contextmanager
def own_pictures(state: State) -> Iterator[None]:
    """Show what a picture of the learner's own needs around the rest of the lesson."""
    if state.value.picture != "upload":
        with chooser.own_picture(state):
            yield
        return
    with st.container():  # however much it holds: what stands behind it keeps its place on the page
        _upload(state)
    open_upload(state)
    yield


def _upload(state: State) -> None:
    limit = images.MAX_UPLOAD_MB
    files: list[Any] = st.file_uploader(
        _("Your pictures, one or several"),
        accept_multiple_files=True,
        max_upload_size=limit,
        help=_("Any common picture files, up to {limit} MB each. They stay in this session.").format(
            limit=limit
        ),
        key=UPLOADER,
    )
    identity = [file.file_id for file in files]
    if files and st.session_state.get(_SEEN) != identity:
        st.session_state[_SEEN] = identity
        _take(state, files[:MOST])
        if len(files) > MOST:
            st.warning(_("Only the first {most} are taken.").format(most=MOST), icon=":material/info:")
    for name, error in st.session_state.get(_REFUSED, []):
        say(error, "error", "broken_image", about=name)


def _take(state: State, files: list[Any]) -> None:
    """Read all files that are new; those that are no pictures are named, the others stay."""
    known = {one.id: one for one in uploads()}
    found, refused = [], []
    for file in files:
        if file.file_id in known:
            found.append(known[file.file_id])
            continue
        data = file.getvalue()
        try:
            middle = crop.cut(decoded(data)[0])
        except UserError as error:
            refused.append((_short(file.name), error))
            continue
        found.append(Upload(_short(file.name), file.file_id, data, middle))
    st.session_state[_REFUSED] = refused
    if found:  # a bad file leaves the last good ones in place
        place = _to_open(found, state.value.shown)
        kept = found[place].id == _id_at(state.value.shown)
        st.session_state[_OWN] = found
        state.change(shown=place, window=state.value.window if kept else "")


def _to_open(found: list[Upload], shown: int) -> int:
    """The first new one; without any the one that is open, wherever it is now."""
    known = {one.id for one in uploads()}
    ids = [one.id for one in found]
    new = [n for n, name in enumerate(ids) if name not in known]
    return new[0] if new else ids.index(_id_at(shown)) if _id_at(shown) in ids else len(ids) - 1


def _id_at(shown: int) -> str:
    own = uploads()
    return own[min(shown, len(own) - 1)].id if own else ""


def open_upload(state: State) -> int:
    """Make the upload that the controls name the picture of all pages; its place, or -1 without any."""
    own = uploads()
    if not own:
        return -1
    place = min(state.value.shown, len(own) - 1)
    give("upload", own[place].data)
    return place


def _short(name: str) -> str:
    return name if len(name) <= _NAME_LENGTH else f"{name[: _NAME_LENGTH - 1]}…"
