"""What sessions have open, under secrets: a route finds it without a run of the page."""

import secrets
from dataclasses import dataclass
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

import streamlit as st

from convlab.ui import words

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Open(Generic[T]):
    """What a session has open, and its language; only its own browser is told the secret."""

    secret: str
    thing: T
    language: str


class Opened(Generic[T]):
    """The things of one kind that sessions have open, each session one of them at a time."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._open: WeakValueDictionary[str, Open[T]] = WeakValueDictionary()  # gone with its session

    def secret_of(self, thing: T) -> str:
        """Under what this session's thing is found; another one, or another language, has another secret."""
        now: Open[T] | None = st.session_state.get(self._key)
        if now is None or now.thing is not thing or now.language != words.language():
            now = Open(secrets.token_hex(16), thing, words.language())
            st.session_state[self._key] = self._open[now.secret] = now
        return now.secret

    def found(self, secret: str) -> Open[T] | None:
        """What has that secret, as long as a session has it open."""
        return self._open.get(secret)
