"""Pictures are read one after the other, whoever brings them: in the memory of one, and in bounded time."""

import ctypes
import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, get_ident
from typing import cast

from convlab.errors import N_, UserError

SECONDS = 4  # until a picture is read, or a sentence says why not
_LEAST_S = 0.5  # for one that had to wait
_LARGE_S = 0.05  # of work: a picture that took memory
_MOST_KEPT_BYTES = 200_000_000

_turn = Lock()


class TooSlow(Exception):
    """A picture was not read in time."""


class Timed(io.BytesIO):
    """A file in memory that raises ``TooSlow`` where it is read after a point on this thread's own clock.

    Files that are slow without being large have millions of parts: chunks, blocks, segments, runs. Pillow
    reads each by itself. The clock is that of the processor: a busy machine makes no file slow.
    """

    def __init__(self, data: bytes, end: float) -> None:
        super().__init__(data)
        self._end = end
        self._soonest = time.monotonic() + end - time.thread_time()  # that it can be: this clock costs less

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes, in time."""
        if time.monotonic() > self._soonest and time.thread_time() > self._end:
            raise TooSlow
        return super().read(size)


def _found_trim() -> Callable[[int], int] | None:
    try:
        return cast(Callable[[int], int], ctypes.CDLL(None).malloc_trim)
    except (AttributeError, OSError, TypeError):  # not with glibc
        return None


_trim = _found_trim()  # gives all that is free back to the system


class _Kept:
    """Memory that is free again. Linux keeps it for the thread that had it: good for the next picture of an
    archive, and too much where each of many threads has its own.
    """

    def __init__(self) -> None:
        self.expected_bytes = 0
        self._keeper: int | None = None

    def begin(self) -> None:
        """Another thread's is given back before a picture takes its own."""
        self.expected_bytes = 0
        if self._keeper not in (None, get_ident()):
            self._give_back()

    def end(self, worked_s: float) -> None:
        """What is much is given back at once."""
        if worked_s > _LARGE_S:
            self._keeper = get_ident()
        if self.expected_bytes > _MOST_KEPT_BYTES:
            self._give_back()

    def _give_back(self) -> None:
        self._keeper = None
        if _trim is not None:
            _trim(0)


_kept = _Kept()


def expect(decoded_bytes: int) -> None:
    """Tell how much the picture takes whose turn it is."""
    _kept.expected_bytes = decoded_bytes


@contextmanager
def turn(patient: bool = False) -> Iterator[float]:
    """Wait for the one place where pictures are read; what is left of ``SECONDS``.

    UserError where that or the picture takes too long; ``patient``: the wait does not count.
    """
    began = time.monotonic()
    busy = N_("The lab is busy with other pictures: please try again in some seconds.")
    if not _turn.acquire(timeout=-1 if patient else SECONDS):
        raise UserError(busy)
    waited, worked = 0.0 if patient else time.monotonic() - began, time.thread_time()
    try:
        _kept.begin()
        yield max(SECONDS - waited, _LEAST_S)
    except TooSlow as error:
        slow = N_("The picture takes more than {limit} seconds to read: please save it again as PNG or JPEG.")
        raise UserError(busy if waited > _LEAST_S else slow, limit=SECONDS) from error
    finally:
        _kept.end(time.thread_time() - worked)
        _turn.release()
