"""Files in a folder that another user or another version may have filled.

Whoever opens one finds a file: no link to somewhere else, no pipe that lets its reader wait for ever, no
device without an end, and no more bytes than there may be.
"""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")

# Windows has neither links to follow by default nor pipes among files.
_CAREFUL = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))

_NO_FILE = (errno.ELOOP, errno.ENXIO, errno.EISDIR)  # a link, a pipe that nobody reads, a folder


def opened(path: Path, most: int) -> BinaryIO:
    """To read. Raises OSError, and ValueError for what is no file, or is longer than ``most`` bytes."""
    return os.fdopen(_handle(path, os.O_RDONLY, most), "rb")


def read(path: Path, most: int) -> bytes:
    """All of its bytes. Errors as ``opened``'s."""
    with opened(path, most) as file:
        return file.read(most)


def parsed(path: Path, kind: TypeAdapter[T], most: int) -> T:
    """JSON of a kind, checked as strictly as JSON can be. Raises ValueError for any other, OSError."""
    return kind.validate_json(read(path, most), strict=True)


def appending(path: Path) -> int:
    """A handle to write behind its end; the file is made where it is missing. Errors as ``opened``'s."""
    return _handle(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def is_folder(path: Path) -> bool:
    """Whether it is one itself, and no link to one. Raises OSError where nobody may look."""
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _handle(path: Path, how: int, most: int | None = None) -> int:
    try:
        handle = os.open(path, how | _CAREFUL, 0o600)
    except OSError as error:
        if error.errno in _NO_FILE:
            raise ValueError("no plain file") from error
        raise
    about = os.fstat(handle)
    if not stat.S_ISREG(about.st_mode) or (most is not None and about.st_size > most):
        os.close(handle)
        raise ValueError("no plain file, or too long a one")
    return handle
