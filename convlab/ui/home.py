"""The home page's parts: the lessons as cards with live thumbnails, and what the lab runs on."""

import platform
from functools import cache
from pkgutil import resolve_name

import streamlit as st
import torch

from convlab import device
from convlab.ui.frame import link
from convlab.ui.lessons import LESSONS
from convlab.ui.urls import written
from convlab.ui.words import _, prose

_CARD_PX = 320  # four in a row on a projector


def cards() -> None:
    """Each lesson as a card: a thumbnail computed now, its name, one sentence."""
    with st.container(horizontal=True):
        for name, lesson in LESSONS.items():
            if lesson.thumbnail:
                with st.container(border=True, width=_CARD_PX, key=f"crisp-card-{name}"):
                    title = _(lesson.title)
                    alt = _("{title}: a live example").format(title=title)
                    st.image(_drawn(lesson.thumbnail), width="stretch", output_format="PNG", alt=alt)
                    link(lesson, f"**{title}**", query=written(name))
                    st.markdown(prose(name, "card"))


@cache
def _drawn(thumbnail: str) -> bytes:
    return bytes(resolve_name(thumbnail)())


def machine() -> None:
    """The device that computes, and the versions of what it runs on."""
    versions = f"Python {platform.python_version()}, PyTorch {torch.__version__}, Streamlit {st.__version__}"
    st.caption(_("Device: {device}. {versions}.").format(device=device.describe(), versions=versions))
