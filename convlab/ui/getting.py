"""Getting one of ConvLab's own data sets that is not here yet: a moment in another process, or a download."""

import os
import subprocess
import sys
import threading
import time
from functools import cache, partial
from pathlib import Path
from typing import Any

import streamlit as st

from convlab.datasets import shelf
from convlab.datasets.sources import SOURCES
from convlab.errors import N_, UserError
from convlab.storage import data_folder, disk
from convlab.ui.boundary import keeping, rerun, say
from convlab.ui.frame import again_and_again
from convlab.ui.words import _, duration, enumerated

_CANCELLED = N_("The download was cancelled and nothing of it is kept: start it again when you like.")


def get(key: str, page: str) -> None:
    """Show what one of ``SOURCES`` needs until it is here, and see to it; then the page runs again.

    What lies on this machine is prepared at once; a download waits for its button. ``page``: for keys.
    """
    job = download(key)
    if job.running:
        again_and_again(_downloading, 0.4)(key, page)
    elif not job.unusable and SOURCES[key].holds(None):
        prepare(key)
        again_and_again(_preparing, 0.5)(key)
    else:
        _offer(key, page)


def first(data: str, page: str, why: UserError, label: str, **look: Any) -> None:
    """In place of a button that needs one of ``SOURCES``: it, disabled, why, and what ``get`` shows.

    ``look`` is the button's, for Streamlit.
    """
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(label, icon=":material/play_arrow:", disabled=True, **look)
        say(why)
    get(data, page)


@cache
def prepare(key: str) -> "subprocess.Popen[bytes]":
    """Make a data set in a process of its own, so that the pages of others stay quick; once."""
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "CONVLAB_HOME": str(data_folder.folder()), "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", _preparing_code(key)]
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)


def _preparing_code(key: str) -> str:
    return f"from convlab.datasets import shelf; shelf.get({key!r})"


def _preparing(key: str) -> None:
    if not shelf.ready(key):
        if prepare(key).poll() is None:
            return
        prepare.cache_clear()
        try:
            with st.spinner(_(SOURCES[key].working)):
                shelf.get(key)  # the other process has failed: this one says why
        except UserError as error:
            download(key).refuse(error)
    rerun()


class Download:
    """A data set on its way, for all sessions together: it goes on when a tab is closed."""

    def __init__(self, key: str) -> None:
        self._key, self._cancelled, self.running = key, threading.Event(), False
        self.done, self.total, self.per_s = 0, 1, 0.0
        self.error: UserError | None = None
        self.unusable = False  # what lies here already

    def start(self) -> None:
        """Begin, unless it is under way."""
        if not self.running:
            self._cancelled = threading.Event()  # one of its own: an earlier one may still be leaving off
            self.done, self.per_s, self.running = 0, 0.0, True
            self.forget()
            self._begun = time.monotonic()
            threading.Thread(target=self._run, args=(self._cancelled,), name=self._key, daemon=True).start()

    def forget(self) -> None:
        """Try again with what lies here."""
        self.error, self.unusable = None, False

    def refuse(self, error: UserError) -> None:
        """What lies here cannot be used: offer to get it anew."""
        self.error, self.unusable = error, True

    def cancel(self) -> None:
        """End it, for the pages at once; nothing is kept."""
        self._cancelled.set()
        self.error, self.running = UserError(_CANCELLED), False

    def _run(self, cancelled: threading.Event) -> None:
        source = SOURCES[self._key].download
        assert source is not None
        self.total = source.size_bytes
        failed: UserError | None = None
        try:
            with disk.told():
                shelf.put(source.fetch(partial(self._progress, cancelled), cancelled.is_set), self._key)
        except UserError as error:
            failed = error
        finally:
            if not cancelled.is_set():
                self.error, self.running = failed, False

    def _progress(self, cancelled: threading.Event, done: int, total: int) -> None:
        if not cancelled.is_set():
            speed = done / (time.monotonic() - self._begun + 1e-3)
            self.done, self.total, self.per_s = done, total, speed


download = cache(Download)  # the one of a data set on this server


def _offer(key: str, page: str) -> None:
    source, job = SOURCES[key], download(key)
    with st.container(horizontal=True, vertical_alignment="center", key=f"{page}.{key}"):
        if source.download is None:
            st.button(
                _(source.offer), icon=":material/refresh:", on_click=keeping(job.forget), key=f"{page}.again"
            )
        else:
            st.button(
                _(source.offer),
                icon=":material/download:",
                on_click=keeping(job.start),
                key=f"{page}.download",
            )
            st.markdown(_(source.download.origin))
    if job.error is not None:
        say(job.error, "error", icon="cloud_off")


def _downloading(key: str, page: str) -> None:
    job = download(key)
    if not job.running:
        rerun()
    sentence = _("{done:.0f} of {total:.0f} MB, {speed:.1f} MB/s")
    text = sentence.format(done=job.done / 1e6, total=job.total / 1e6, speed=job.per_s / 1e6)
    if job.per_s:
        left = duration((job.total - job.done) / job.per_s)
        text = enumerated([text, _("about {time} left").format(time=left)])
    if job.done >= job.total:
        text = _("Downloaded; the pictures are prepared.")
    st.progress(min(1.0, job.done / job.total), text)
    st.button(
        _("Cancel"), icon=":material/close:", on_click=keeping(job.cancel), key=f"{page}.cancel_download"
    )
