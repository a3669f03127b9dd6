"""Runs that a page starts: why they cannot be, and how they get into the queue."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial

import streamlit as st

from convlab.datasets import shelf
from convlab.datasets.sources import SOURCES
from convlab.errors import N_, UserError
from convlab.storage import disk
from convlab.training import cost, memory, queue, runs
from convlab.training.runs import Run
from convlab.training.settings import Settings
from convlab.ui import own_data


@st.cache_resource(show_spinner=False)
def warm() -> None:
    """The first page that offers it starts the training processes, so that nobody waits for them."""
    with disk.told():
        queue.shared().warm()


def missing(key: str) -> UserError | None:
    """Why no run can start yet: pictures are to be uploaded, or one of ConvLab's data sets is not here.

    What is here in less than a second is got instead.
    """
    if key == own_data.UPLOAD:
        return UserError(N_("Upload a zip with a folder of pictures for each class, or choose other data."))
    if key not in SOURCES or shelf.ready(key):
        return None
    if SOURCES[key].at_once:
        with suppress(UserError):  # the disk refuses: what gets it says so
            shelf.get(key)
    return None if shelf.ready(key) else UserError(SOURCES[key].missing)


def check(settings: Settings) -> None:
    """Raises UserError for a run that is too long for its curves or too large for the machine."""
    if (entry := shelf.entries().get(settings.data)) is not None:
        cost.check_length(settings, entry.train_count)
        memory.check(settings, len(entry.classes), entry.train_count + entry.val_count)


def refusal(count: int = 1) -> UserError | None:
    """Why so many runs cannot be queued, if so: before anybody presses Start."""
    try:
        warm()
        return queue.shared().refusal(count)
    except UserError as error:
        return error


def begin(wanted: Mapping[str, Settings]) -> list[Run]:
    """Make runs of these names and queue them: all of them, or none. Raises UserError."""
    return queue.shared().begin([partial(runs.create, told, name) for name, told in wanted.items()])
