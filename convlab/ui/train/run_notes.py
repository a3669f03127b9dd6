"""Tags and notes of past runs: short words to find them by, and whatever somebody wants to remember."""

from collections.abc import Sequence

import streamlit as st

from convlab.training import run_files
from convlab.training.runs import Run
from convlab.ui.boundary import acting, say_problem
from convlab.ui.words import _

_PLACE = "train.noted"


def notes(chosen: Sequence[Run]) -> None:
    """One run's tags and notes, to change; of several, a field for one more tag."""
    with st.container(horizontal=True, vertical_alignment="bottom", key="train.notes"):
        if len(chosen) == 1:
            _of_one(chosen[0])
        else:
            _of_several(chosen)
    say_problem(_PLACE)


def _of_one(run: Run) -> None:
    tags, noted = f"train.tags.{run.id}", f"train.noted.{run.id}"
    change = acting(lambda: run.tag(st.session_state[tags].split(",")), _PLACE)
    most = run_files.MOST_TAGS * (run_files.TAG_LENGTH + 2)
    hint = _("with commas between them")
    st.text_input(
        _("Tags"),
        ", ".join(run.meta.tags),
        key=tags,
        on_change=change,
        width=360,
        max_chars=most,
        placeholder=hint,
    )
    write = acting(lambda: run.note(st.session_state[noted]), _PLACE)
    st.text_area(
        _("Notes"), run.meta.notes, key=noted, on_change=write, height=80, max_chars=run_files.NOTES_LENGTH
    )


def _of_several(chosen: Sequence[Run]) -> None:
    key = "train.tag_all"

    def tag() -> None:
        for run in chosen:
            run.tag([*run.meta.tags, *st.session_state[key].split(",")])
        st.session_state[key] = ""

    label = _("Tag for all {count}").format(count=len(chosen))
    st.text_input(label, key=key, on_change=acting(tag, _PLACE), width=360, max_chars=run_files.TAG_LENGTH)
