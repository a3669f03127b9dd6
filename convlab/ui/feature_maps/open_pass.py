"""The forward passes that sessions have open, under secrets: a route finds one without a run of the page."""

import secrets
from dataclasses import dataclass
from weakref import WeakValueDictionary

import streamlit as st

from convlab.ui import words
from convlab.ui.feature_maps.forward import ForwardPass

_KEY = "feature_maps.open_pass"


@dataclass(frozen=True, eq=False)
class OpenPass:
    """A session's pass and language; only its own browser is told the secret."""

    secret: str
    forward: ForwardPass
    language: str


_open: WeakValueDictionary[str, OpenPass] = WeakValueDictionary()  # gone with what a session has open


def secret_of(forward: ForwardPass) -> str:
    """Under what the session's open pass is found; another pass, or language, has another secret."""
    now: OpenPass | None = st.session_state.get(_KEY)
    if now is None or now.forward is not forward or now.language != words.language():
        now = OpenPass(secrets.token_hex(16), forward, words.language())
        st.session_state[_KEY] = _open[now.secret] = now
    return now.secret


def found(secret: str) -> OpenPass | None:
    """The pass of that secret, as long as a session has it open."""
    return _open.get(secret)
