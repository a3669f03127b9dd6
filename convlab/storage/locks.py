"""Who lives: a lock file is held for as long as its process does, however that ends.

The system holds it, so no process id is ever compared, and another computer may hold one on a shared disk.
"""

import contextlib
import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from convlab.storage import atomic

ACQUIRE_S = 0.3  # a look at a lock holds it for less than a millisecond

_LOOKING = threading.Lock()
_NOBODY_CAN = (  # the first: its folder has gone
    errno.ENOENT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP,
    errno.ELOOP, errno.EISDIR, errno.ENOTDIR,  # what is no lock file
)  # fmt: skip


def take(path: Path, patience_s: float = ACQUIRE_S) -> FileLock | None:
    """Hold a lock file until ``release()`` or the end of the process; None where another holds it.

    Any thread of this process may release it. Raises OSError, also where the disk locks no files.
    """
    lock = _lock(path)
    try:
        lock.acquire(timeout=patience_s, poll_interval=0.01)
    except Timeout:
        return None
    return lock


def drop(lock: FileLock) -> None:
    """Remove a held lock file and let go of it: before, where the system removes none that is open."""
    if atomic.OPEN_STAYS:
        lock.release()
    with contextlib.suppress(FileNotFoundError):  # filelock itself removes it on Windows
        os.unlink(lock.lock_file)
    lock.release()


def held(path: Path) -> bool:
    """Whether a living process, this one too, holds a lock file. A look takes 0.4 ms.

    Nobody does on a disk that cannot be written or locks no files. Raises OSError where it cannot be told.
    """
    if not path.exists():
        return False
    look = _lock(path)
    with _LOOKING:  # two looks at once would each take the other for a holder
        try:
            look.acquire(timeout=0)
        except Timeout:
            return True
        except OSError as error:
            if error.errno in _NOBODY_CAN:
                return False
            raise
        look.release()
    return False


@contextlib.contextmanager
def alone(path: Path) -> Iterator[None]:
    """Wait until nobody holds a lock file, and hold it. Raises OSError."""
    with _lock(path):
        yield


def _lock(path: Path) -> FileLock:
    """filelock's own way out, a file that marks a lock, would outlive its process."""
    return FileLock(path, thread_local=False, fallback_to_soft=False)
