"""Zip archives that nobody trusts, read member by member in memory: nothing is ever extracted."""

import contextlib
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

from convlab.errors import N_, UserError
from convlab.pictures import images

MAX_MEMBERS = 70_000  # all of CIFAR-10 are 60,000 pictures
MAX_TOTAL_MB = 2_000  # decompressed, all members together
MAX_MEMBER_BYTES = images.MAX_UPLOAD_MB * 1_000_000

Reader = Callable[[], bytes]
Listing = dict[tuple[str, ...], Reader | None]  # parts of a path -> how to read the file; None: a folder

_CHUNK = 2**18
_ENTRY = b"PK\x01\x02"  # begins each entry of a zip's list of contents
_ENCRYPTED = 0x1
_TOO_LARGE = N_("The archive unpacks to more than {limit:,} MB: please leave pictures out or shrink them.")
_CLUTTER = ("__MACOSX", "Thumbs.db", "desktop.ini")


class Unreadable(OSError):
    """One file cannot be read; the others may be fine."""


@contextlib.contextmanager
def opened(file: Path | BinaryIO) -> Iterator[Listing]:
    """What a zip holds, after its list of contents was checked; readers work until it is closed.

    The file is a path, or open and able to seek; then it is not closed. Raises UserError for no zip, over
    ``MAX_MEMBERS`` members, or one that is encrypted, a link, there twice, compressed in an uncommon way, or
    whose name leads out of the archive.
    """
    try:
        with file.open("rb") if isinstance(file, Path) else contextlib.nullcontext(file) as stream:
            check_members(_signatures(stream))  # before zipfile makes an object of each
        archive = zipfile.ZipFile(file)
    except UserError:
        raise
    except Exception as error:  # zipfile lets many kinds through from what is no such file
        sentence = N_("This is no zip archive, or it is damaged or cut short: please make it again.")
        raise UserError(sentence) from error
    with archive:
        yield _listing(archive)


def _listing(archive: zipfile.ZipFile) -> Listing:
    found: Listing = {}
    read = partial(_read, archive, [MAX_TOTAL_MB * 1_000_000])
    for member in archive.infolist():
        parts = _parts(member)
        if not parts or ignored(parts):
            continue
        folder = member.orig_filename.endswith(("/", "\\"))
        if parts in found and not (folder and found[parts] is None):
            raise UserError(N_("The archive holds {name} twice: please make it again."), name=_shown(member))
        found[parts] = None if folder else partial(read, member)
    return found


def _read(archive: zipfile.ZipFile, left: list[int], member: zipfile.ZipInfo) -> bytes:
    """A member's bytes; what comes out counts, whatever size the archive claims. All share ``left``."""
    data = bytearray()
    try:
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                data += chunk
                left[0] -= len(chunk)
                if left[0] < 0:
                    raise UserError(_TOO_LARGE, limit=MAX_TOTAL_MB)
                if len(data) > MAX_MEMBER_BYTES:
                    raise Unreadable
    except UserError:
        raise
    except (OSError, EOFError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise Unreadable from error
    return bytes(data)


def ignored(parts: tuple[str, ...]) -> bool:
    """Whether a path is what systems leave behind: hidden files, previews."""
    return any(part.startswith(".") or part in _CLUTTER for part in parts)


def check_members(count: int) -> None:
    """Refuse more than ``MAX_MEMBERS`` with a UserError."""
    if count > MAX_MEMBERS:
        raise UserError(N_("There are more than {limit:,} files: please leave some out."), limit=MAX_MEMBERS)


def _signatures(stream: IO[bytes]) -> int:
    """Entries at most: none goes without its signature."""
    found, tail = 0, b""
    stream.seek(0)
    while chunk := stream.read(2**22):
        found += (tail + chunk).count(_ENTRY)
        tail = chunk[-3:] if len(chunk) >= 3 else (tail + chunk)[-3:]
    return found


def _parts(member: zipfile.ZipInfo) -> tuple[str, ...]:
    """The path within the archive. Only names that stay there get through."""
    name = member.orig_filename.replace("\\", "/")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    leads_out = name.startswith("/") or "\0" in name or ".." in parts or (parts and parts[0][1:2] == ":")
    uncommon = member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    encrypted = member.flag_bits & _ENCRYPTED
    linked = stat.S_ISLNK(member.external_attr >> 16)
    refusals = {
        N_("The archive is not opened: {name} leads out of it. Please make it again."): leads_out,
        N_("The archive needs a password for {name}: please make it without one."): encrypted,
        N_("The archive is not opened: {name} is a link. Please put the file in itself."): linked,
        N_("{name} is compressed in an uncommon way: please make an ordinary zip."): uncommon,
    }
    for sentence, refused in refusals.items():
        if refused:
            raise UserError(sentence, name=_shown(member))
    return parts


def _shown(member: zipfile.ZipInfo) -> str:
    return repr(member.orig_filename[:60])
