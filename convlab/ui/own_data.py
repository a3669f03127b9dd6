"""Data sets of a person: which they may use, and a zip of their own that becomes one."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

import streamlit as st

from convlab.datasets import exams, givers, report, shelf
from convlab.datasets.dataset import Dataset
from convlab.datasets.exams import Home
from convlab.datasets.sources import SOURCES
from convlab.errors import UserError
from convlab.networks.about import Origin
from convlab.ui import uploads
from convlab.ui.boundary import keeping, rerun
from convlab.ui.networks import Model
from convlab.ui.person import person
from convlab.ui.reading import Reading, under_way
from convlab.ui.words import _, escaped, explain

MAX_ZIP_MB = 200
UPLOAD = "upload"  # a choice, no key of the shelf: those of one's own end with a digest


def title_of(origin: Origin) -> str:
    """What a network's data are called, plain text of unknown origin; ours in the session's language."""
    return _(SOURCES[origin.key].title) if origin.key in SOURCES else origin.title


def titles(chosen: str, absent: bool = False) -> dict[str, str]:
    """Key -> title of ConvLab's own data sets (``absent``: of all), what this person brought and ``chosen``.

    What others brought is not listed; a link, which holds the key, finds it.
    """
    listed = shelf.entries()
    found = {key: _(source.title) for key, source in SOURCES.items() if absent or key in listed}
    own = [key for key in (*givers.brought_by(person()), chosen) if key in listed]
    return found | {key: listed[key].title for key in own if key not in found}


def upload(key: str, take: Callable[[str], None], scope: Literal["app", "fragment"] = "app") -> None:
    """Ask for a zip, read it with progress, put it on the shelf; what is wrong with it stands below.

    ``take`` gets the new data set's key; then the page runs again, the "app" or only this "fragment".
    """
    limit, who = uploads.limit_mb(MAX_ZIP_MB), person()

    def read(file: Any) -> str:
        job = file if isinstance(file, Reading) else _begun(key, file, who, limit)
        if not job.ended():
            bar, button = st.empty(), st.empty()
            button.button(
                _("Cancel"), icon=":material/close:", on_click=keeping(job.cancel), key=f"{key}.cancel"
            )
            while not job.ended():
                bar.progress(*job.share_and_text())
            bar.empty()
            button.empty()
        st.session_state.pop(f"{key}.reading", None)
        job.forget()
        new = job.key()
        take(new)
        return new

    label = _("Your pictures: a zip with CLASS/*.jpg, or train/CLASS and test/CLASS, for 2 to 20 classes")
    tip = _("Up to {limit} MB. Each picture is cropped to a square and brought to 32 × 32.")
    tip = tip.format(limit=limit)
    given: Any = st.file_uploader(label, type=["zip"], max_upload_size=limit, help=tip, key=key)
    own: Reading | None = st.session_state.get(f"{key}.reading")
    if own is not None and (not given or own.file_id != given.file_id):  # it reads another file
        own.cancel()
        del st.session_state[f"{key}.reading"]
    file = given or under_way(who, key)
    before = uploads.given(key)
    if (after := uploads.read(key, [file] if file else [], read, "folder_off")) != before:
        rerun(scope)
    if given and after and after[-1].id == given.file_id:
        with suppress(UserError):  # deleted meanwhile
            say_flaws(shelf.get(after[-1].content))


def _begun(key: str, file: Any, who: str, limit: int) -> Reading:
    """The job that reads a file, which goes on from one run of the page to the next."""
    uploads.check_size(file, limit)
    if f"{key}.reading" not in st.session_state:
        st.session_state[f"{key}.reading"] = Reading(file, who, key)
    job: Reading = st.session_state[f"{key}.reading"]
    return job


def find(model: Model) -> Home | None:
    """Where the pictures of a network are, if this session may use them: with a run go its pictures."""
    if model.about.data is None:
        return None
    others = () if model.source.startswith("run:") else givers.of_others(person())
    return exams.find(model.about.data, others)


def say_flaws(found: Dataset) -> None:
    """What may be other than it was meant in a data set, or ought to be mended."""
    if flaws := report.flaws(found):
        lines = [escaped(explain(sentence)) for sentence in flaws]
        st.warning("\n".join(f"- {line}" for line in lines) if len(lines) > 1 else lines[0])
