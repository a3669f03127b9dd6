"""Costly results under a name and an identity, of a session or of all together; the oldest goes first."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from threading import Lock, RLock
from typing import Any, Generic, ParamSpec, TypeVar, cast

import streamlit as st

P = ParamSpec("P")
T = TypeVar("T")


def once(most: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """As ``lru_cache``, but nothing is made twice at a time: who asks meanwhile waits for it.

    A route and a run of the page may ask for the same.
    """

    def decorated(make: Callable[P, T]) -> Callable[P, T]:
        lock, cached = RLock(), lru_cache(most)(make)

        @wraps(make)
        def waited(*args: P.args, **options: P.kwargs) -> T:
            with lock:
                return cached(*args, **options)  # type: ignore[arg-type]

        return waited

    return decorated


@dataclass
class Kept(Generic[T]):
    """The results for the identities that were asked for last, at most ``most`` of them."""

    most: int
    found: dict[Hashable, T] = field(default_factory=dict)

    def __contains__(self, identity: Hashable) -> bool:
        return identity in self.found

    def get(self, identity: Hashable, make: Callable[[], T]) -> T:
        """The result for an identity, made now unless it is here; what ``make`` raises is passed on."""
        result = self.found.pop(identity) if identity in self.found else make()
        self.found[identity] = result
        while len(self.found) > self.most:
            del self.found[next(iter(self.found))]
        return result

    def forget(self, identity: Hashable) -> None:
        """Its result, where there is one, is to be made again."""
        self.found.pop(identity, None)


class Shared(Generic[T]):
    """Results for all sessions, as many as have ``most_bytes`` together; the longest unused goes first.

    An identity is to follow from what the result is made of, so that nobody finds what is not theirs.
    """

    def __init__(self, most_bytes: int, bytes_of: Callable[[T], int]) -> None:
        self._most, self._bytes_of, self._lock = most_bytes, bytes_of, Lock()
        self._found: dict[Hashable, T] = {}

    def get(self, identity: Hashable, make: Callable[[], T]) -> T:
        """The result for an identity, made now unless it is here; what ``make`` raises is passed on."""
        with self._lock:
            if identity in self._found:
                self._found[identity] = self._found.pop(identity)
                return self._found[identity]
        result = make()
        with self._lock:
            self._found[identity] = result
            while sum(map(self._bytes_of, self._found.values())) > self._most:
                del self._found[next(iter(self._found))]
        return result


def kept(name: str, most: int = 1) -> Kept[Any]:
    """What this session keeps under a name."""
    return cast(Kept[Any], st.session_state.setdefault(f"{name}.kept", Kept(most)))
