"""Which pictures to train on: the sketches, CIFAR-10, a zip of one's own; and what is in them."""

import os
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path

import streamlit as st

from convlab.datasets import cifar10, dataset, shelf
from convlab.datasets.dataset import Dataset
from convlab.errors import N_, UserError
from convlab.pictures import images
from convlab.storage import data_folder
from convlab.ui import own_data
from convlab.ui.boundary import say
from convlab.ui.train.controls import State
from convlab.ui.train.labels import duration
from convlab.ui.words import _, escaped

UPLOAD = "upload"  # no key of the shelf: those of one's own end with a digest
_SHEET_COLUMNS = 16


def choose_data(state: State) -> None:
    """A select box over what this session may train on."""
    titles = _titles(state)
    st.selectbox(
        _("Data"),
        list(titles),
        format_func=titles.__getitem__,
        width=195,
        help=_("The sketches are drawings that ConvLab makes itself. CIFAR-10 holds photographs."),
        **state.bind("data"),
    )


def _titles(state: State) -> dict[str, str]:
    """CIFAR-10 is offered before it is there, and so is an upload."""
    listed = own_data.titles(state.value.data)
    first = {shelf.SKETCHES: listed[shelf.SKETCHES], shelf.CIFAR10: _("CIFAR-10 (photographs)")}
    return {**first, **listed, UPLOAD: _("Upload your own")}


def unknown_falls_back(state: State) -> bool:
    """Whether the link named a data set that is not here; the sketches take its place then."""
    if state.value.data in _titles(state):
        return False
    state.change(data=shelf.SKETCHES)
    return True


def get_ready(state: State) -> None:
    """What the chosen data set still needs: a download or an upload."""
    if state.value.data == UPLOAD:
        own_data.upload(
            "train.upload", lambda key: state.change(data=key, experiment="data", normalisation="data")
        )
    elif state.value.data == shelf.SKETCHES and not shelf.ready(shelf.SKETCHES):
        draw_sketches()
        st.fragment(_drawing, run_every=0.5)()
    elif state.value.data == shelf.CIFAR10 and not _on_shelf(shelf.CIFAR10):
        _cifar10(state)


def missing(key: str) -> UserError | None:
    """Why a run cannot start on a data set yet."""
    if key == UPLOAD:
        return UserError(N_("Upload a zip with a folder of pictures for each class, or choose other data."))
    if key == shelf.SKETCHES and not shelf.ready(key):
        return UserError(N_("The sketches are drawn first: that takes a quarter of a minute, once."))
    if key == shelf.CIFAR10 and not _on_shelf(key):
        return UserError(N_("CIFAR-10 is not on this machine yet: download it, or choose other data."))
    return None


def entry(key: str) -> shelf.Entry | None:
    """A data set's title and counts; None while it is not on the shelf."""
    return next((found for found in shelf.entries() if found.key == key), None)


def _on_shelf(key: str) -> bool:
    return entry(key) is not None


@cache
def draw_sketches() -> "subprocess.Popen[bytes]":
    """Draw them in a process of their own, so that the pages of others stay quick; once."""
    root = Path(__file__).resolve().parents[3]
    environment = {**os.environ, "CONVLAB_HOME": str(data_folder.folder()), "PYTHONPATH": str(root)}
    return subprocess.Popen(
        [sys.executable, "-c", _drawing_code()], env=environment, stdin=subprocess.DEVNULL
    )


def _drawing_code() -> str:
    return f"from convlab.datasets import shelf; shelf.get({shelf.SKETCHES!r})"


def _drawing() -> None:
    if not shelf.ready(shelf.SKETCHES):
        if draw_sketches().poll() is None:
            return
        with st.spinner(_("The sketches are drawn, once.")):
            shelf.get(shelf.SKETCHES)  # the other process has failed: this one says why
    st.rerun()


class Download:
    """CIFAR-10 on its way, for all sessions together: it goes on when a tab is closed."""

    def __init__(self) -> None:
        self.done, self.total, self.per_s = 0, cifar10.ARCHIVE_BYTES, 0.0
        self.error: UserError | None = None
        self.running = False
        self._cancel = threading.Event()

    def start(self) -> None:
        """Begin, unless it is under way."""
        if self.running:
            return
        self._cancel.clear()
        self.done, self.per_s, self.error, self.running = 0, 0.0, None, True
        threading.Thread(target=self._run, name="cifar10", daemon=True).start()

    def cancel(self) -> None:
        """End it soon; nothing is kept."""
        self._cancel.set()

    def _run(self) -> None:
        try:
            shelf.put(cifar10.download(self._progress, self._cancel.is_set), shelf.CIFAR10)
        except UserError as error:
            self.error = error
        finally:
            self.running = False

    def _progress(self, done: int, total: int, per_s: float) -> None:
        self.done, self.total, self.per_s = done, total, per_s


@cache
def download() -> Download:
    """The one download of this server."""
    return Download()


def _cifar10(state: State) -> None:
    if cifar10.holds(data_folder.folder()) and not download().running:
        with st.spinner(_("CIFAR-10 is prepared, once.")):
            shelf.get(shelf.CIFAR10)
        st.rerun()
    if download().running:
        st.fragment(_downloading, run_every=0.4)()
        return
    with st.container(horizontal=True, vertical_alignment="center", key="train.cifar10"):
        st.button(
            _("Download CIFAR-10 (170 MB)"),
            icon=":material/download:",
            on_click=download().start,
            key="train.download",
        )
        st.markdown(_("From cs.toronto.edu, once. Nothing else in ConvLab needs the network."))
    if download().error is not None:
        say(download().error, "error", icon="cloud_off")  # type: ignore[arg-type]


def _downloading() -> None:
    job = download()
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
    drawn = _("Drawings made by ConvLab's own code, no photographs.") if found.drawn else ""
    sentence = _("**{title}**: {train:,} pictures to train on, {val:,} to validate on, each 3 × 32 × 32.")
    st.markdown(
        sentence.format(title=escaped(found.title), train=len(found.train), val=len(found.val)) + f" {drawn}"
    )
    counts = dataset.counts(found)
    mean, std = dataset.statistics(found.train.images)
    with st.container(horizontal=True):
        with st.container(width=420):
            st.table(
                {
                    _("Class"): [escaped(name) for name in found.classes],
                    _("Training"): [f"{train:,}" for train, _val in counts],
                    _("Validation"): [f"{val:,}" for _train, val in counts],
                }
            )
        with st.container(width=420):
            st.table(
                {
                    _("Channel"): [_("red"), _("green"), _("blue")],
                    _("Mean"): [f"{number:.4f}" for number in mean],
                    _("Standard deviation"): [f"{number:.4f}" for number in std],
                }
            )
    with st.container(key="crisp-train-sheet"):
        sheet = dataset.contact_sheet(found.train, _SHEET_COLUMNS)
        names = ", ".join(found.classes)
        st.image(
            images.to_png(sheet),
            width="stretch",
            output_format="PNG",
            alt=_("Training pictures, a row for each class: {names}").format(names=names),
        )
    if found.unreadable_count:
        listed = ", ".join(escaped(name) for name in found.unreadable)
        sentence = _("{count} files are no pictures that can be read, and were left out: {names}")
        more = " …" if found.unreadable_count > len(found.unreadable) else ""
        st.warning(
            sentence.format(count=found.unreadable_count, names=listed) + more, icon=":material/broken_image:"
        )
