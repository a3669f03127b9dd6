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
from convlab.training.status import LIVE, Status
from convlab.ui import own_data, startup


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


def left_s(run: Run, status: Status) -> float | None:
    """Seconds that a run still trains: as it says itself, and before it can as its settings make expect.

    None where nothing is left or known.
    """
    if status.seconds_left is not None or status.state not in LIVE:
        return status.seconds_left
    with suppress(UserError):
        if (whole := expected_s(run.settings)) is not None:
            return whole * (1 - status.share)
    return None


def expected_s(settings: Settings) -> float | None:
    """Seconds that such a run takes; None where its data are not here. Raises UserError as ``cost``."""
    if not shelf.ready(settings.data):
        return None
    startup.prepare_optimisers()
    whole = cost.estimate(_alike(settings), shelf.get(settings.data)).seconds
    return min(whole, settings.deadline_s or whole)


_TIMELESS = (
    "lr", "seed", "schedule", "initialisation", "normalisation", "label_smoothing", "unshuffled",
    "validate_in_train_mode", "weight_decay", "deadline_s",
)  # fmt: skip


def _alike(settings: Settings) -> Settings:
    """Settings that take as long but differ less often: a new learning rate needs no new measurement."""
    same = {name: Settings.model_fields[name].default for name in _TIMELESS}
    return settings.changed(**same, l1=min(settings.l1, 1e-4), l2=min(settings.l2, 1e-4))
