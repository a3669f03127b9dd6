"""Which pictures to train on: one of ConvLab's data sets, a zip of one's own; and what is in them."""

import os
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path

import streamlit as st

from convlab.datasets import dataset, shelf
from convlab.datasets.dataset import Dataset
from convlab.datasets.sources import SOURCES
from convlab.errors import N_, UserError
from convlab.pictures import images
from convlab.storage import data_folder
from convlab.ui import own_data, widgets
from convlab.ui.boundary import say
from convlab.ui.train.controls import State
from convlab.ui.train.labels import duration
from convlab.ui.words import _, escaped

UPLOAD = "upload"  # no key of the shelf: those of one's own end with a digest
_SHEET_COLUMNS = 16


def choose_data(state: State) -> None:
    """A select box over what this session may train on."""
    tip = _("The sketches are drawings that ConvLab makes itself. CIFAR-10 holds photographs.")
    widgets.choose(state, "data", _("Data"), _titles(state), width=195, help=tip)


def _titles(state: State) -> dict[str, str]:
    return {**own_data.titles(state.value.data, absent=True), UPLOAD: _("Upload your own")}


def check(state: State) -> None:
    """Where the link names a data set that is not here, the first one takes its place."""
    titles = _titles(state)
    if state.value.data not in titles:
        state.change(data=next(iter(titles)))
        state.refused.append("data")


def get_ready(state: State) -> None:
    """What the chosen data set still needs: a moment, a download or an upload."""
    key = state.value.data
    if key == UPLOAD:
        shown = {"experiment": "data", "normalisation": "data"}
        own_data.upload("train.upload", lambda key: state.change(data=key, **shown))
    elif missing(key) is not None:
        if download(key).running:
            st.fragment(_downloading, run_every=0.4)(key)
        elif SOURCES[key].holds(None):
            prepare(key)
            st.fragment(_preparing, run_every=0.5)(key)
        else:
            _offer(key)


def missing(key: str) -> UserError | None:
    """Why a run cannot start on a data set yet."""
    if key == UPLOAD:
        return UserError(N_("Upload a zip with a folder of pictures for each class, or choose other data."))
    return UserError(SOURCES[key].missing) if key in SOURCES and not shelf.ready(key) else None


@cache
def prepare(key: str) -> "subprocess.Popen[bytes]":
    """Make a data set in a process of its own, so that the pages of others stay quick; once."""
    root = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "CONVLAB_HOME": str(data_folder.folder()), "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", _preparing_code(key)]
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)


def _preparing_code(key: str) -> str:
    return f"from convlab.datasets import shelf; shelf.get({key!r})"


def _preparing(key: str) -> None:
    if not shelf.ready(key):
        if prepare(key).poll() is None:
            return
        with st.spinner(_(SOURCES[key].working)):
            shelf.get(key)  # the other process has failed: this one says why
    st.rerun()


class Download:
    """A data set on its way, for all sessions together: it goes on when a tab is closed."""

    def __init__(self, key: str) -> None:
        self._key, self._cancel, self.running = key, threading.Event(), False
        self.done, self.total, self.per_s = 0, 1, 0.0
        self.error: UserError | None = None

    def start(self) -> None:
        """Begin, unless it is under way."""
        if not self.running:
            self._cancel.clear()
            self.done, self.per_s, self.error, self.running = 0, 0.0, None, True
            self._begun = time.monotonic()
            threading.Thread(target=self._run, name=self._key, daemon=True).start()

    def cancel(self) -> None:
        """End it soon; nothing is kept."""
        self._cancel.set()

    def _run(self) -> None:
        source = SOURCES[self._key].download
        assert source is not None
        self.total = source.size_bytes
        try:
            shelf.put(source.fetch(self._progress, self._cancel.is_set), self._key)
        except UserError as error:
            self.error = error
        finally:
            self.running = False

    def _progress(self, done: int, total: int) -> None:
        self.done, self.total, self.per_s = done, total, done / (time.monotonic() - self._begun + 1e-3)


download = cache(Download)  # the one of a data set on this server


def _offer(key: str) -> None:
    source, job = SOURCES[key], download(key)
    assert source.download is not None
    with st.container(horizontal=True, vertical_alignment="center", key=f"train.{key}"):
        st.button(_(source.offer), icon=":material/download:", on_click=job.start, key="train.download")
        st.markdown(_(source.download.origin))
    if job.error is not None:
        say(job.error, "error", icon="cloud_off")


def _downloading(key: str) -> None:
    job = download(key)
    if not job.running:
        st.rerun()
    sentence = _("{done:.0f} of {total:.0f} MB, {speed:.1f} MB/s")
    text = sentence.format(done=job.done / 1e6, total=job.total / 1e6, speed=job.per_s / 1e6)
    if job.per_s:
        left = duration((job.total - job.done) / job.per_s)
        text = f"{text}, " + _("about {time} left").format(time=left)
    if job.done >= job.total:
        text = _("Downloaded; the pictures are prepared.")
    st.progress(min(1.0, job.done / job.total), text)
    st.button(_("Cancel"), icon=":material/close:", on_click=job.cancel, key="train.cancel_download")


def facts(found: Dataset) -> None:
    """What is in a data set: counts, a contact sheet, mean and deviation, what could not be read."""
    sentence = _("**{title}**: {train:,} pictures to train on, {val:,} to validate on, each 3 × 32 × 32.")
    text = sentence.format(title=escaped(found.title), train=len(found.train), val=len(found.val))
    drawn = _("Drawings made by ConvLab's own code, no photographs.") if found.drawn else ""
    st.markdown(f"{text} {drawn}")
    train, val = zip(*dataset.counts(found), strict=True)
    mean, std = dataset.statistics(found.train.images)
    of_classes = {
        _("Class"): [escaped(name) for name in found.classes],
        _("Training"): [f"{count:,}" for count in train],
        _("Validation"): [f"{count:,}" for count in val],
    }
    of_channels = {
        _("Channel"): [_("red"), _("green"), _("blue")],
        _("Mean"): [f"{number:.4f}" for number in mean],
        _("Standard deviation"): [f"{number:.4f}" for number in std],
    }
    with st.container(horizontal=True):
        for table in (of_classes, of_channels):
            st.container(width=420).table(table)
    sheet = images.to_png(dataset.contact_sheet(found.train, _SHEET_COLUMNS))
    alt = _("Training pictures, a row for each class: {names}").format(names=", ".join(found.classes))
    with st.container(key="crisp-train-sheet"):
        st.image(sheet, width="stretch", output_format="PNG", alt=alt)
    if found.unreadable_count:
        listed = ", ".join(escaped(name) for name in found.unreadable)
        listed += " …" if found.unreadable_count > len(found.unreadable) else ""
        sentence = _("{count} files are no pictures that can be read, and were left out: {names}")
        text = sentence.format(count=found.unreadable_count, names=listed)
        st.warning(text, icon=":material/broken_image:")
