"""Zip archives that nobody trusts, read member by member in memory: nothing is ever extracted."""

import contextlib
import math
import os
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import IO, BinaryIO

from convlab.datasets import zip_names
from convlab.datasets.clutter import ignored
from convlab.errors import N_, UserError
from convlab.pictures import files, images

# What an archive may hold and cost; ``MAX_MEMBERS`` and ``MAX_DEPTH`` hold for a folder on the disk too.
MAX_MEMBERS = 70_000  # all of CIFAR-10 are 60,000 pictures
MAX_NAMES_MB = 16  # paths and notes of all members together
MAX_DEPTH = 32  # folders in folders, and the file
MAX_TOTAL_MB = 2_000  # decompressed, all members together
MAX_MEMBER_BYTES = images.MAX_UPLOAD_MB * 1_000_000
MAX_MEGAPIXELS = 4_000  # decoded, all pictures together: 300 photographs of 12 megapixels
MAX_PIXELS_A_BYTE = 20  # of an archive so large that this is more; photographs have 5 to 10
MAX_SECONDS = 1_800  # of decoding
MAX_BLANK_MEGAPIXELS = 100  # of pictures of which hardly anything is in the archive:
MAX_PIXELS_A_PACKED_BYTE = 50_000  # a scan of one word on white, in black and white, has 8,000

Reader = Callable[[], bytes]
Listing = dict[tuple[str, ...], Reader | None]  # parts of a path -> how to read the file; None: a folder

_CHUNK = 2**18
_ENTRY = b"PK\x01\x02"  # begins each entry of a zip's list of contents
_ENTRY_BYTES = 46  # before its path and notes, whose lengths stand in it
_LENGTHS = struct.Struct("<24xI3H")  # of the content, unpacked, and of what is said of it
_HEAD_BYTES = 2**16  # of a picture: the size stands there
_LEAST_BYTES = 26  # no picture has fewer
_MANY = 10_000  # members; archives of more are read one at a time: a list of 70,000 takes 100 MB
_many = Lock()
_LONG, _MOST_LONG = 8_192, 10  # zipfile takes a tenth of a second for a note of 65,535 bytes
_ENCRYPTED = 0x1
_TOO_LARGE = N_("The archive unpacks to more than {limit:,} MB: please leave pictures out or shrink them.")


class Unreadable(OSError):
    """One file cannot be read; the others may be fine."""


class TooLarge(UserError):
    """All files together are too much."""


@dataclass(frozen=True)
class Contents:
    """What a zip holds: readers by their paths, which work until it is closed.

    The encoding is that of names that do not tell theirs, by Python's name, "" where all do; it is certain
    where no other reads them nearly as well. The last two are what its pictures may cost to decode.
    """

    files: Listing
    encoding: str = ""
    certain: bool = True
    most_pixels: float = math.inf
    most_seconds: float = math.inf


@contextlib.contextmanager
def opened(file: Path | BinaryIO, most_bytes: int = MAX_MEMBER_BYTES) -> Iterator[Contents]:
    """What a zip holds, after its list of contents was checked; names by their real encoding.

    The file is a path, or open and able to seek; then it is not closed. No member of more than ``most_bytes``
    is read. Raises UserError for no zip, one over
    the limits above, or with a member that is encrypted, a link, there twice, compressed in an uncommon way,
    or whose name leads out of the archive.
    """
    with contextlib.ExitStack() as until_closed:
        with _whole():
            stream = until_closed.enter_context(file.open("rb")) if isinstance(file, Path) else file
            if not zipfile.is_zipfile(stream):  # a look at its end alone
                raise zipfile.BadZipFile
            count = _check_entries(stream)  # before zipfile makes an object of each
        until_closed.enter_context(_many if count > _MANY else contextlib.nullcontext())
        with _whole():
            archive = until_closed.enter_context(zipfile.ZipFile(stream))
        yield _contents(archive, stream.seek(0, os.SEEK_END), most_bytes)


@contextlib.contextmanager
def _whole() -> Iterator[None]:
    """zipfile lets many kinds of error through from what is no such file."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        sentence = N_("This is no zip archive, or it is damaged or cut short: please make it again.")
        raise UserError(sentence) from error


def _contents(archive: zipfile.ZipFile, size_bytes: int, most_bytes: int) -> Contents:
    found: Listing = {}
    members = archive.infolist()
    names, encoding, certain = zip_names.decoded(members)
    # Only some old programs part folders with a backslash; elsewhere it is a character of a name.
    parted = not any("\\" in name and "/" in name for name in names)
    read = partial(_read, archive, [MAX_TOTAL_MB * 1_000_000], most_bytes)
    for member, name in zip(members, names, strict=True):
        _check(member, name)
        path = _slashed(name) if parted else name
        parts = tuple(part for part in path.split("/") if part not in ("", "."))
        if not parts or ignored(parts[:MAX_DEPTH]):
            continue
        folder = path.endswith("/")
        if parts in found and not (folder and found[parts] is None):
            raise UserError(N_("The archive holds {name} twice: please make it again."), name=_shown(name))
        found[parts] = None if folder else partial(read, member)
    if size_bytes * MAX_PIXELS_A_PACKED_BYTE < MAX_MEGAPIXELS * 1_000_000:
        _check_blank(archive, size_bytes)
    pixels = max(MAX_MEGAPIXELS * 1_000_000, MAX_PIXELS_A_BYTE * size_bytes)
    return Contents(found, encoding, certain, pixels, MAX_SECONDS)


def _check_blank(archive: zipfile.ZipFile, size_bytes: int) -> None:
    """Refuse a small archive of enormous pictures, by their headers: they hold next to nothing."""
    most = max(MAX_BLANK_MEGAPIXELS * 1_000_000, MAX_PIXELS_A_PACKED_BYTE * size_bytes)
    pixels = 0
    for member in archive.infolist():
        with contextlib.suppress(Exception), archive.open(member) as stream:  # said where it is read
            pixels += files.told_pixels(stream.read(_HEAD_BYTES))
        if pixels > most:
            told = N_("The pictures are {limit} million pixels and more of nearly nothing: shrink them.")
            raise UserError(told, limit=most // 1_000_000)


def _read(archive: zipfile.ZipFile, left: list[int], most_bytes: int, member: zipfile.ZipInfo) -> bytes:
    """A member's bytes; what comes out counts, whatever size the archive claims. All share ``left``."""
    data = bytearray()
    try:
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                data += chunk
                left[0] -= len(chunk)
                if left[0] < 0:
                    raise TooLarge(_TOO_LARGE, limit=MAX_TOTAL_MB)
                if len(data) > most_bytes:
                    raise Unreadable
    except UserError:
        raise
    except Exception as error:  # zipfile and zlib raise nearly every built-in exception on damaged members
        raise Unreadable from error
    return bytes(data)


def check_members(count: int) -> None:
    """Refuse more than ``MAX_MEMBERS`` with a UserError."""
    if count > MAX_MEMBERS:
        raise UserError(N_("There are more than {limit:,} files: please leave some out."), limit=MAX_MEMBERS)


def check_depth(depth: int) -> None:
    """Refuse a path of more than ``MAX_DEPTH`` parts with a UserError."""
    if depth > MAX_DEPTH:
        deep = N_("Folders lie in folders {limit} deep and more: please put the class folders on top.")
        raise UserError(deep, limit=MAX_DEPTH)


def _check_entries(stream: IO[bytes]) -> int:
    """How many members there are at most: no entry goes without its signature.

    Raises UserError for too many, or too much that is said of them.
    """
    count = filled = long = total = 0
    for entry in _entries(stream):
        size, *lengths = _LENGTHS.unpack(entry)
        said = sum(lengths)
        count, long, total = count + 1, long + (said > _LONG), total + said
        filled += size >= _LEAST_BYTES
        check_members(count)
        if total > MAX_NAMES_MB * 1_000_000 or long > _MOST_LONG:
            told = N_("The names in the archive are too long, {limit} MB together at most: shorten them.")
            raise UserError(told, limit=MAX_NAMES_MB)
    if count > _MANY and filled < 2:
        empty = N_("None of the {count:,} files in the archive can be a picture: they are empty.")
        raise UserError(empty, count=count)
    return count


def _entries(stream: IO[bytes]) -> Iterator[bytes]:
    """The fixed part of all that may be an entry of the list of contents."""
    tail = b""
    stream.seek(0)
    while chunk := stream.read(2**22):
        data, place = tail + chunk, -1
        while 0 <= (place := data.find(_ENTRY, place + 1)) <= len(data) - _ENTRY_BYTES:
            yield data[place : place + _LENGTHS.size]
        tail = data[1 - _ENTRY_BYTES :]


def _check(member: zipfile.ZipInfo, name: str) -> None:
    """Only ordinary members whose names stay within the archive get through, whatever parts folders."""
    slashed = _slashed(name)
    parts = [part for part in slashed.split("/") if part not in ("", ".")]
    leads_out = slashed.startswith("/") or "\0" in name or ".." in parts or (parts and parts[0][1:2] == ":")
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
            raise UserError(sentence, name=_shown(name))


def _slashed(name: str) -> str:
    return name.replace("\\", "/")


def _shown(name: str) -> str:
    return repr(name[:60])
