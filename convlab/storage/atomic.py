"""Files that are replaced whole: whoever reads sees the old one or the new one, never a part of either."""

import contextlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

OPEN_STAYS = os.name == "nt"  # the system replaces, renames and removes nothing that somebody has open
PATIENCE_S = 3.0  # the longest that a reader has a file open
_MARK = ".tmp~"  # ends the name of a file that is not complete yet
T = TypeVar("T")


def write(path: Path, data: bytes) -> None:
    """``replacing`` with all of its bytes at once."""
    with replacing(path) as put:
        put(data)


def write_json(path: Path, value: Any) -> None:
    """``write`` for what ``json.dumps`` takes, as UTF-8."""
    write(path, json.dumps(value, ensure_ascii=False).encode())


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Callable[[bytes], None]]:
    """Write a file bit by bit, by the function that is yielded; it takes its place when the block ends well.

    It survives being killed, a full disk and a power cut. After an OSError no temporary file remains, and
    the file is the old one, or the new one where only its name may not survive a power cut.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{_MARK}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    _mine(handle)  # says to ``sweep`` that its writer lives
    try:
        try:
            yield lambda data: write_all(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
        patiently(lambda: os.replace(temporary, path))
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(path.parent)


def remove(path: Path) -> None:
    """A file that may be gone already. Raises OSError."""
    patiently(lambda: path.unlink(missing_ok=True))


def patiently(change: Callable[[], T]) -> T:
    """Change a name; where the system refuses that as long as somebody has it open, wait for a reader."""
    deadline = time.monotonic() + PATIENCE_S
    while OPEN_STAYS and time.monotonic() < deadline:
        try:
            return change()
        except PermissionError:
            time.sleep(0.01)
    return change()


def sweep(folder: Path, older_than_s: float = 3600) -> None:
    """Remove the temporary files that killed processes left in a folder.

    Not what is being written: the clock may have jumped, and then any file seems old.
    """
    for left in folder.glob(f".*{_MARK}"):
        with contextlib.suppress(OSError):  # another process may sweep too
            if not 0 <= time.time() - left.stat().st_mtime <= older_than_s:
                with left.open("rb") as file:
                    if _mine(file.fileno()):
                        left.unlink()


def _mine(handle: int) -> bool:
    """Hold an open file until it is closed; False where another does. Windows keeps an open one anyway."""
    if fcntl is not None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a disk that locks no files
            return True
    return True


def write_all(handle: int, data: bytes) -> None:
    """To an open file, in one write where the disk has room. Raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def sync_folder(folder: Path) -> None:
    """Have the disk remember new names in it, even without power. Windows has no such call."""
    if hasattr(os, "O_DIRECTORY"):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
