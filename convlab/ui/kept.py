"""What a session keeps of its costly results, under a name and an identity; the oldest goes first."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

import streamlit as st

T = TypeVar("T")


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


def kept(name: str, most: int = 1) -> Kept[Any]:
    """What this session keeps under a name."""
    return cast(Kept[Any], st.session_state.setdefault(f"{name}.kept", Kept(most)))
