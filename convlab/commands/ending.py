"""Ctrl-C and SIGTERM: the first saves, the second ends at once."""

import contextlib
import signal
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def noticed() -> Iterator[Callable[[], bool]]:
    """Whether the first has come."""
    caught: list[int] = []
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}

    def note(number: int, _frame: object) -> None:
        caught.append(number)
        for one, handler in before.items():
            signal.signal(one, handler)

    for one in before:
        signal.signal(one, note)
    try:
        yield lambda: bool(caught)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
