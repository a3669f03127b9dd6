"""Who sits at a page, and which runs are listed there."""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress

import streamlit as st

from convlab.datasets import givers
from convlab.errors import N_, UserError
from convlab.training.runs import Run
from convlab.ui import cookies
from convlab.ui.words import _


def person() -> str:
    """The same for all pages of a browser; where it has no cookie, for this session. Nobody can guess it."""
    secret = st.context.cookies.get(cookies.NAME, "")
    if not cookies.is_secret(secret):
        secret = st.session_state.setdefault("person", secrets.token_hex(16))
    return hashlib.sha256(secret.encode()).hexdigest()[:32]


_UNKEPT = N_(
    "This browser has no cookie of the lab, so guesses, mended programs and lessons last until the page is "
    "reloaded. To keep them, start the lab with `streamlit run serve.py` (or `make run`)."
)


def say_unkept(short: str = "") -> None:
    """Where nothing tells who comes back, say so in one line; ``short`` leaves the line to its tip."""
    if not cookies.is_secret(st.context.cookies.get(cookies.NAME, "")):
        st.caption(short or _(_UNKEPT), help=_(_UNKEPT) if short else None, width="content")


def seen(runs: Iterable[Run]) -> list[Run]:
    """Those to list: not where only others brought pictures that a run, or a parent of it, was trained on.

    A run's link, which holds an id that nobody can guess, shows it to whoever was given that.
    """
    others = givers.of_others(person())
    return [run for run in runs if not others or others.isdisjoint(_data(run))]


def count_unseen(all_runs: Callable[[], Iterable[Run]]) -> int:
    """How many are not listed."""
    others = givers.of_others(person())
    return sum(not others.isdisjoint(_data(run)) for run in all_runs()) if others else 0


def _data(run: Run) -> set[str]:
    """The keys of a run's data and its parents'."""
    with suppress(UserError):  # damaged, or of another version: whoever lists it says so
        legs = [leg.settings.data for leg in run.story().legs] if run.parent else []
        return {run.settings.data, *legs}
    return set()
