"""Files that a learner gives: each is read once; what cannot be used is said below its uploader."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import streamlit as st
from streamlit import config

from convlab.errors import N_, UserError
from convlab.ui.boundary import say

T = TypeVar("T")

_NOT_READ = N_("This file was not read, as files before it took too long: please give it alone.")
_MOST_S = 6.0  # for files that turn out to be of no use; those behind them have to be given again


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
    """The files of an uploader that can be used, in order; where none of them can, the last that could.

    No files leave everything as it was. ``make`` reads a new file, once; a UserError that it raises is said
    below the uploader, with Material's ``icon``. Who gives many that cost time and are of no use is stopped.
    """
    last: _Last[T] = _last(key)
    ids = tuple(file.file_id for file in files)
    if ids and ids != last.ids:
        known = {upload.id: upload for upload in last.used}
        used, refused, lost_s = [], [], 0.0
        for file in files:
            name, begun = shortened(file.name), time.monotonic()
            try:
                if lost_s > _MOST_S:
                    raise UserError(_NOT_READ)
                used.append(known.get(file.file_id) or Upload(file.file_id, name, make(file)))
            except UserError as error:
                refused.append((name, error))
                lost_s += time.monotonic() - begun
        last = _Last(ids, tuple(used) or last.used, tuple(refused))
        st.session_state[f"{key}.read"] = last
    for name, reason in last.refused if ids else ():
        say(reason, "error", icon, about=name if len(ids) > 1 else "")
    return list(last.used)


def limit_mb(most: int) -> int:
    """The most MB (of 1,000,000 bytes) that an uploader may say it takes: the server may take less."""
    return min(most, int(config.get_option("server.maxUploadSize")))


def check_size(file: Any, limit: int) -> None:
    """Refuse a file of more than so many MB with a UserError; a browser stops it before it gets here."""
    if file.size > limit * 1_000_000:
        told = N_("The file has {size} MB and the limit is {limit} MB: please choose a smaller one.")
        raise UserError(told, size=-(-file.size // 1_000_000), limit=limit)


def given(key: str) -> list[Upload[Any]]:
    """What ``read`` last returned for an uploader."""
    return list(_last(key).used)


def _last(key: str) -> _Last[Any]:
    return cast(_Last[Any], st.session_state.get(f"{key}.read", _Last()))


def shortened(name: str) -> str:
    """A file's name, 40 characters at most."""
    return name if len(name) <= 40 else f"{name[:39]}…"
