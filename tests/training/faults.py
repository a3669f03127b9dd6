"""A disk that refuses: the n-th call that would change it fails, or that one and all that follow."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

CALLS = ("open", "write", "fsync", "replace", "rename", "mkdir", "unlink")


@contextmanager
def failing(nth: int, error: int, for_good: bool = False) -> Iterator[list[str]]:
    """Inside, the call of this number fails, from 0; ``for_good``: all behind it too. What was called."""
    called: list[str] = []

    def watched(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            if name == "open" and not (args[1] & (os.O_WRONLY | os.O_RDWR)):
                return real(*args, **options)
            called.append(name)
            if len(called) == nth + 1 or (for_good and len(called) > nth and name != "unlink"):
                raise OSError(error, os.strerror(error))
            return real(*args, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, watched(name, getattr(os, name)))
        yield called
