"""What a disk refuses, in a sentence for people: the one place where an OSError becomes a UserError."""

import contextlib
import errno
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

from convlab.errors import N_, UserError
from convlab.storage import data_folder

_FULL = N_("No room is left in {folder} ({free} MB free): make some there, then try again.")
_TOO_LARGE = N_("{size} MB do not fit into {folder} ({free} MB free): make room there, then try again.")
_QUOTA = N_("This account may keep no more in {folder}: delete something there, then try again.")
_CLOSED = N_(
    "ConvLab may not write into {folder}: make it writable, or set CONVLAB_HOME to another folder and start "
    "the lab again."
)
_BROKEN = N_("The disk of {folder} does not answer as it should: check it, then try again.")
_MANY = N_("Too many files are open on this computer: close other programs, then try again.")
_NO_LOCKS = N_(
    "{folder} lies on a disk that locks no files: set CONVLAB_HOME to a folder of this computer and start "
    "the lab again."
)
_TOLD = {
    _FULL: ("ENOSPC", "EFBIG"),
    _QUOTA: ("EDQUOT",),
    _CLOSED: ("EROFS", "EACCES", "EPERM"),
    _BROKEN: ("EIO", "ESTALE", "ENXIO", "ENODEV", "ENOTCONN"),
    _MANY: ("EMFILE", "ENFILE"),
    _NO_LOCKS: ("ENOLCK", "ENOSYS", "EOPNOTSUPP"),
}
_TEMPLATES = {getattr(errno, name, None): told for told, names in _TOLD.items() for name in names}


def explained(error: OSError, size_mb: int = 0) -> UserError | None:
    """What an error of the disk means, and what to do; None for one of another kind, or of another folder.

    ``size_mb``: what was to be written, where that is known.
    """
    told, folder = _TEMPLATES.get(error.errno), data_folder.path()
    if told is None or (error.filename and folder not in Path(str(error.filename), "_").parents):
        return None
    shown, free, too_large = data_folder.shown(folder), _free_mb(folder), told == _FULL and size_mb
    return UserError(_TOO_LARGE if too_large else told, folder=shown, free=free, size=size_mb)


@contextlib.contextmanager
def told(size_mb: int = 0) -> Iterator[None]:
    """An error of the disk inside becomes a UserError, see ``explained``; the log has the detail."""
    try:
        yield
    except OSError as error:
        found = explained(error, size_mb)
        if found is None:
            raise
        logging.getLogger("convlab").warning("%s (%s)", found, error)
        raise found from error


def _free_mb(folder: Path) -> int:
    for place in (folder, *folder.parents):
        with contextlib.suppress(OSError):
            return shutil.disk_usage(place).free // 10**6
    return 0
