"""Who lives: a lock file is held for as long as its process does, however that ends."""

import threading
from pathlib import Path

from filelock import FileLock, Timeout

ACQUIRE_S = 0.3  # a look at a lock holds it for less than a millisecond

_LOOKING = threading.Lock()


def take(path: Path) -> FileLock | None:
    """Hold a lock file until ``release()`` or the end of the process; None where another holds it.

    Any thread of this process may release it.
    """
    lock = FileLock(path, thread_local=False)
    try:
        lock.acquire(timeout=ACQUIRE_S, poll_interval=0.01)
    except Timeout:
        return None
    return lock


def held(path: Path) -> bool:
    """Whether a living process, this one too, holds a lock file. A look takes 0.4 ms."""
    if not path.exists():
        return False
    look = FileLock(path)
    with _LOOKING:  # two looks at once would each take the other for a holder
        try:
            look.acquire(timeout=0)
        except Timeout:
            return True
        look.release()
    return False
