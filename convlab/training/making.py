"""A folder, of a run or of a sweep, comes and goes in one step; what killed processes left is swept."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from convlab.errors import N_, UserError
from convlab.storage import atomic, data_folder, locks

RUNS = "runs"  # the part of the data folder where runs lie
_NEW, _GONE = ".new-", ".gone-"  # begin the names of folders that are being made, and deleted


@contextlib.contextmanager
def in_the_making(id: str, part: str = RUNS) -> Iterator[Path]:
    """A folder that nobody sweeps while its maker lives. Where the block gives it no name, it goes."""
    folder = data_folder.part(part) / f"{_NEW}{id}"
    mark = folder.with_name(f"{folder.name}.lock")
    try:
        with locks.alone(mark):
            folder.mkdir(mode=0o700)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            mark.unlink()


def hide(folder: Path) -> Path:
    """Where a folder lies from now on, until it is deleted: a half deleted one is never seen.

    Where ``atomic.OPEN_STAYS``, whoever holds its lock lets go of that before. Raises UserError where
    somebody else has a file in it open.
    """
    try:
        return atomic.patiently(lambda: folder.rename(folder.with_name(f"{_GONE}{folder.name}")))
    except PermissionError as error:
        if not atomic.OPEN_STAYS:
            raise
        raise UserError(
            N_("Another program has a file of it open: close that, then delete it again.")
        ) from error


def sweep(part: str = RUNS) -> None:
    """Remove what is left; what lives is left alone."""
    folder = data_folder.path() / part
    with contextlib.suppress(OSError):
        for left in folder.glob(f"{_GONE}*"):
            shutil.rmtree(left, ignore_errors=True)
        for left in folder.glob(f"{_NEW}*"):
            mark = left if left.suffix == ".lock" else left.with_name(f"{left.name}.lock")
            if not locks.held(mark):
                shutil.rmtree(mark.with_suffix(""), ignore_errors=True)
                mark.unlink(missing_ok=True)
