"""A zip that becomes a data set, in a thread: it goes on when the page runs again, or is loaded anew."""

import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from pathlib import PurePath
from typing import Any

from convlab.datasets import pictures, shelf
from convlab.errors import N_, UserError
from convlab.networks.class_names import one_line
from convlab.ui.words import _, duration

_MOMENT_S = 0.1
_PLACES = threading.BoundedSemaphore(2)  # zips that are read at a time, whoever brings them
_CANCELLED = N_("The reading was cancelled, and nothing of it is kept: choose the file again when you like.")

_under_way: dict[tuple[str, str], "Reading"] = {}  # by who brings it, and where


class Reading:
    """One zip on its way to the shelf.

    Attributes:
        file_id, name: of the uploaded file.
    """

    def __init__(self, file: Any, giver: str = "", place: str = "") -> None:
        self.file_id, self.name = file.file_id, file.name
        self._file, self._giver, self._cancelled = file, giver, threading.Event()
        self._begun, self._done, self._total = 0.0, 0, 0
        self._made: Future[str] = Future()
        self._key = giver, place
        _under_way[self._key] = self
        threading.Thread(target=self._run, name="convlab-zip", daemon=True).start()

    def _run(self) -> None:
        title = one_line(PurePath(self.name).stem) or "pictures"
        try:
            while not _PLACES.acquire(timeout=_MOMENT_S):
                self._go_on()
            try:
                self._begun = time.monotonic()
                found = pictures.read_zip(self._file, title, progress=self._progress)
                self._go_on()
                self._made.set_result(shelf.put(found, giver=self._giver))
            finally:
                _PLACES.release()
        except BaseException as error:
            if isinstance(error, UserError):  # said, and kept by the page: not with all that was read so far
                error.__traceback__ = error.__cause__ = error.__context__ = None
            self._made.set_exception(error)
        finally:
            self._file = None

    def _progress(self, done: int, total: int) -> None:
        self._go_on()
        self._done, self._total = done, total

    def _go_on(self) -> None:
        if self._cancelled.is_set():
            raise UserError(_CANCELLED)

    def cancel(self) -> None:
        """Leave off: for the page at once, and for the machine after the picture that is being read."""
        self._cancelled.set()
        self.forget()

    def forget(self) -> None:
        """No page has to find it any more."""
        if _under_way.get(self._key) is self:
            del _under_way[self._key]

    def ended(self) -> bool:
        """Whether it is done or cancelled, after a moment at most."""
        with suppress(TimeoutError):
            self._cancelled.is_set() or self._made.exception(_MOMENT_S)
        return self._cancelled.is_set() or self._made.done()

    def key(self) -> str:
        """The data set's, once it has ended. Raises UserError for a zip that cannot be used."""
        self._go_on()
        return self._made.result()

    def share_and_text(self) -> tuple[float, str]:
        """How far it is, for a bar."""
        done, total = self._done, self._total
        if not self._begun:
            return 0.0, _("Waiting: other zips are read first")
        if not done:
            return 0.0, _("Reading the pictures")
        left = (time.monotonic() - self._begun) / done * (total - done)
        text = _("Reading the pictures: {done:,} of {total:,}, about {time} left")
        return done / total, text.format(done=done, total=total, time=duration(left))


def under_way(giver: str, place: str) -> Reading | None:
    """What somebody brought there and no page has taken yet: a page that is loaded anew goes on with it."""
    return _under_way.get((giver, place))
