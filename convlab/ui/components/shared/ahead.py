"""Answers over a route, before Streamlit has heard of the question: the same messages to the components.

Who asks over the route calls the same functions as the page: under ``gathered`` nothing is mounted, and what
would have been told is kept. Under ``following`` each message says to which controls it is the answer, so
that a browser that is ahead leaves an older one aside.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_GATHERED: ContextVar[dict[str, bytes] | None] = ContextVar("ahead.gathered", default=None)
_TOLD: ContextVar[Mapping[str, str] | None] = ContextVar("ahead.told", default=None)


@contextmanager
def gathered() -> Iterator[dict[str, bytes]]:
    """Component's key -> message, of all that is shown in the block; there need be no page."""
    found: dict[str, bytes] = {}
    token = _GATHERED.set(found)
    try:
        yield found
    finally:
        _GATHERED.reset(token)


@contextmanager
def following(told: Mapping[str, str] | None) -> Iterator[None]:
    """All that is shown in the block is the answer to the page's controls, given as its link has them.

    None where nothing is asked over a route.
    """
    token = _TOLD.set(told)
    try:
        yield
    finally:
        _TOLD.reset(token)


def gather(key: str, message: bytes) -> bool:
    """Keep a component's message where it is asked for; False where the component is to be mounted."""
    found = _GATHERED.get()
    if found is not None:
        found[key] = message
    return found is not None


def told() -> Mapping[str, str] | None:
    """The controls of ``following``; None where no browser can be ahead."""
    return _TOLD.get()


def asked() -> bool:
    """Whether a browser draws what is shown: it is asked over a route, or may ask there."""
    return _GATHERED.get() is not None or _TOLD.get() is not None
