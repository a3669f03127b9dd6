"""The places for runs that train at once, of all labs with the same folder: lock files that stay."""

import os

from filelock import FileLock

from convlab.storage import data_folder, locks

PREFIX = "slot-"  # begins their names


def wanted() -> int | None:
    """``$CONVLAB_SLOTS``; None where it is no number from 1 to 64."""
    text = os.environ.get("CONVLAB_SLOTS", "")
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text) <= 64 else None


def take(slots: int | None = None, kind: str = "") -> FileLock | None:
    """One of so many places, to be released; None where all are taken, by any lab.

    ``kind``: of the places, where they are not on this machine.
    """
    for number in range(slots or wanted() or 1):
        lock = locks.take(data_folder.part("queues") / f"{PREFIX}{kind}{number}.lock", patience_s=0)
        if lock is not None:
            return lock
    return None


def cores() -> int:
    """Of this machine, those that this process may use; 64 at most."""
    try:
        found = len(os.sched_getaffinity(0))
    except (AttributeError, OSError):  # not on Linux
        found = os.cpu_count() or 1
    return min(found, 64)
