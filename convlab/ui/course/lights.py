"""What a station speaks of, lit up, and what would tell its answer, covered, by keys of the page."""

import re
from collections.abc import Sequence

import streamlit as st

_STYLE = """<style>
{places} {{
  outline: 3px solid light-dark(#0a5fa8, #8cc8f5);
  outline-offset: 3px;
  border-radius: 4px;
}}
</style>"""

_VEILS = "course-veils"  # what holds the style of all of them
# What is hidden is not read aloud, found by a search or reached by a key; a box without words stands there.
_VEIL = """<style>{place}, {place} * {{
  visibility: hidden !important;
}}
{place} {{
  position: relative;
}}
{place}::after {{
  content: "";
  position: absolute;
  inset: 0;
  border-radius: 4px;
  visibility: visible;
  background: color-mix(in srgb, currentColor 12%, transparent);
}}</style>"""
# Colours go too: a map that is blurred alone still tells where it is bright.
_WITHIN = "<style>{key} {{ --veil-{name}: blur(0.55em) contrast(0); --unread-{name}: hidden; }}</style>"
# HTML that is nothing but a style stands outside the page's flow, where no fragment takes it away.
_UNSEEN = "<i></i><style>.st-key-course-veils { display: none; }</style>"


def veils(places: Sequence[str]) -> None:
    """Cover these, "KEY" or "KEY .class" each, until the station is answered.

    Inside a component no style of the page counts but for its variables: what may be covered there has
    ``visibility: var(--unread-CLASS, inherit)``, or, where one points at it meanwhile,
    ``filter: var(--veil-CLASS, none)``.
    """
    rules = []
    for place in places:
        key, _space, within = place.partition(" ")
        rules.append(_VEIL.format(place=f"{_selector(key)} {within}".strip()))
        if within:
            name = within.rpartition(".")[2]
            rules.append(_WITHIN.format(key=_selector(key), name=name))
    if rules:
        with st.container(key=_VEILS):
            st.html("\n".join([_UNSEEN, *rules]))


def lights(keys: Sequence[str]) -> None:
    """Outline what has these keys; a key may hold anything, so only what Streamlit makes of it is written."""
    if places := [_selector(key) for key in keys]:
        st.html(_STYLE.format(places=",\n".join(places)))


def _selector(key: str) -> str:
    return f".st-key-{re.sub(r'[^a-zA-Z0-9_-]', '-', key.strip())}"
