"""Files that a learner gives: each is read once; what cannot be used is said below its uploader."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import streamlit as st

from convlab.errors import UserError
from convlab.ui.boundary import say

T = TypeVar("T")


@dataclass(frozen=True)
class Upload(Generic[T]):
    """A file that was read: the id of the upload, the file's shortened name, what was made of it."""

    id: str
    name: str
    content: T


@dataclass(frozen=True)
class _Last(Generic[T]):
    """The uploads of an uploader: those in it when it last changed, and the last that could be used."""

    ids: tuple[str, ...] = ()
    used: tuple[Upload[T], ...] = ()
    refused: tuple[tuple[str, UserError], ...] = ()


def read(key: str, files: Sequence[Any], make: Callable[[Any], T], icon: str = "error") -> list[Upload[T]]:
    """The files that can be used, in order; where none of them can, the last that could.

    Args:
        key: of the uploader; the session keeps what was read under it.
        files: from ``st.file_uploader`` or ``st.camera_input``; none leaves everything as it was.
        make: reads a new file, once; a UserError that it raises is said below the uploader.
        icon: of such a sentence, Material's name.
    """
    last: _Last[T] = _last(key)
    ids = tuple(file.file_id for file in files)
    if ids and ids != last.ids:
        known = {upload.id: upload for upload in last.used}
        used, refused = [], []
        for file in files:
            name = shortened(file.name)
            try:
                used.append(known.get(file.file_id) or Upload(file.file_id, name, make(file)))
            except UserError as error:
                refused.append((name, error))
        last = _Last(ids, tuple(used) or last.used, tuple(refused))
        st.session_state[f"{key}.read"] = last
    for name, reason in last.refused if ids else ():
        say(reason, "error", icon, about=name if len(ids) > 1 else "")
    return list(last.used)


def given(key: str) -> list[Upload[Any]]:
    """What ``read`` last returned for an uploader."""
    return list(_last(key).used)


def _last(key: str) -> _Last[Any]:
    return cast(_Last[Any], st.session_state.get(f"{key}.read", _Last()))


def shortened(name: str) -> str:
    """A file's name, 40 characters at most."""
    return name if len(name) <= 40 else f"{name[:39]}…"
