"""The shelf: data sets that are ready to train on, each a file under a key in ConvLab's folder."""

import contextlib
import hashlib
import json
import math
import os
import re
import stat
import unicodedata
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import TypeVar

from convlab.datasets import dataset, givers, pictures
from convlab.datasets.dataset import Dataset, Header
from convlab.datasets.sources import SOURCES, Progress
from convlab.errors import N_, UserError
from convlab.storage import atomic, data_folder, disk, locks

MAX_BROUGHT_MB = 4_000  # prepared, of all that pages brought: more than a million pictures

T = TypeVar("T")

_KEY = re.compile(r"[a-z0-9_-]{1,64}")
_KIND = ".safetensors"
_NAME = "datasets"  # of the folder
_STAMPS = "sources.json"  # what a data set was prepared from -> its key
_SEED = 0  # of the split
_READER = "pictures-2"  # to be counted up when the same files give other pictures than before


def entries() -> dict[str, Header]:
    """Key -> header of all data sets by title, those known before they are there first; no damaged files.

    Reads no picture, and a header once as long as its file stays what it is.
    """
    first = {key: source.header for key, source in SOURCES.items() if source.header is not None}
    found = {}
    for path in sorted(_folder().glob(f"*{_KIND}")):
        if _KEY.fullmatch(path.stem) and path.stem not in first:
            with contextlib.suppress(UserError):
                found[path.stem] = _unchanged(path, _header)
    return first | dict(sorted(found.items(), key=lambda entry: (entry[1].title.casefold(), entry[0])))


def ready(key: str) -> bool:
    """Whether ``get`` would only read a file: nothing has to be drawn, downloaded or unpacked before."""
    return file(key).is_file() and key in entries() and _fresh(key)


def digest(key: str) -> str:
    """Of a prepared data set, from its file's header. Raises UserError where it is missing or damaged."""
    return _unchanged(file(key), _header).digest


def file(key: str) -> Path:
    """Where a prepared data set's safetensors file lies. Raises UserError for what is no key."""
    if not _KEY.fullmatch(key):
        raise UserError(N_("{key} names no data set: please choose one of the list."), key=repr(key[:64]))
    return _folder() / f"{key}{_KIND}"


def get(key: str) -> Dataset:
    """A data set by its key; the same object for all who ask, so nobody changes its tensors.

    One of ``SOURCES`` is made on first use of what is here. Raises UserError for an unknown or damaged one.
    """
    if key in SOURCES:
        return _made(key, partial(SOURCES[key].find, None))
    path = file(key)
    if not path.is_file():
        raise UserError(N_("There is no data set {key!r}: please choose one of the list."), key=key)
    return _unchanged(path, _load)


def put(found: Dataset, key: str | None = None, giver: str | None = None) -> str:
    """Keep a data set under one of ``SOURCES``, or a key of its title and digest: the same one only once.

    The giver is who brought it through a page, see ``givers``; None: it is everyone's here.
    Raises UserError where the disk is full or cannot be written; or for another key.
    """
    if key is not None and key not in SOURCES:
        sentence = N_("A data set gets its key from its title: {key!r} cannot be chosen.")
        raise UserError(sentence, key=str(key)[:64])
    key = key or f"{_slug(found.title)}-{found.digest[:8]}"
    size_mb = math.ceil((found.train.images.numel() + found.val.images.numel()) / 1e6)
    if giver is not None and not file(key).is_file():
        _check_room(size_mb)
    with disk.told(size_mb):
        atomic.sweep(data_folder.part(_NAME))
        givers.note(key, giver, new=not file(key).is_file())  # first: nobody is to see it in between
        dataset.save(found, file(key))
    if key in SOURCES and (stamp := SOURCES[key].stamp()):
        _remember(stamp, key)
    return key


def size_mb(key: str) -> float:
    """What a prepared data set takes on the disk. Raises UserError where it is missing."""
    try:
        return file(key).stat().st_size / 1e6
    except OSError as error:
        raise dataset.damaged() from error


def delete(key: str) -> None:
    """Take a data set off the shelf, for good; who trains on it has read it already."""
    with disk.told():
        atomic.remove(file(key))


def _check_room(more_mb: float) -> None:
    """Refuse what would not fit beside all that pages have brought so far."""
    for key in givers.of_others("nobody"):
        with contextlib.suppress(UserError):  # it has gone
            more_mb += size_mb(key)
    if more_mb > MAX_BROUGHT_MB:
        told = N_(
            "ConvLab keeps {limit:,} MB of prepared pictures, and these would be more: delete some that are "
            "not needed any more, on Train under The data."
        )
        raise UserError(told, limit=MAX_BROUGHT_MB)


def prepare(source: str, progress: Progress | None = None) -> str:
    """The key of a data set that is named, or lies somewhere on the disk; its pictures are decoded once.

    What was read from the same files before (same path, size and time of change) is not read again. A source
    is a key (one of ``SOURCES`` is downloaded where it is not found), or the path of a zip, of a folder of
    pictures, or of what one of ``SOURCES`` finds. Raises UserError for anything else or what cannot be used.
    """
    if source in SOURCES:
        download, tell = SOURCES[source].download, progress or (lambda *_: None)
        fetch = partial(download.fetch, tell, lambda: False) if download else None
        _made(source, fetch or partial(SOURCES[source].find, None))
        return source
    if _KEY.fullmatch(source) and file(source).is_file():
        get(source)
        return source
    path = Path(os.path.expanduser(source))
    try:
        if not path.exists():
            raise UserError(N_("There is no data set and no file {name}."), name=repr(source[:80]))
        if not (path.is_dir() or path.is_file()):
            raise UserError(N_("{name} is neither a file nor a folder."), name=repr(source[:80]))
        return _prepare_path(path.resolve(), progress)
    except UserError:
        raise
    except (OSError, ValueError) as error:
        raise UserError(N_("{name} cannot be read."), name=repr(source[:80])) from error


def _prepare_path(path: Path, progress: Progress | None) -> str:
    for name, source in SOURCES.items():
        if source.holds(path):
            _made(name, partial(source.find, path))
            return name
    stamp = _stamp(path)

    def read() -> str:
        reader = pictures.read_folder if path.is_dir() else pictures.read_zip
        key = put(reader(path, path.stem, progress=progress))
        _remember(stamp, key)
        return key

    return _once("pictures", lambda: key if (key := _stamps().get(stamp)) and _kept(key) else None, read)


def _made(key: str, find: Callable[[], Dataset]) -> Dataset:
    """One of ``SOURCES``, found only where it is not on the shelf as it would be found now."""

    def make() -> Dataset:
        put(found := find(), key)
        return found

    return _once(key, lambda: _kept(key) if _fresh(key) else None, make)


def _fresh(key: str) -> bool:
    """Whether one of ``SOURCES`` was made as it would be made now; always, for any other data set."""
    stamp = SOURCES[key].stamp() if key in SOURCES else ""
    return not stamp or _stamps().get(stamp) == key


def _once(name: str, look: Callable[[], T | None], make: Callable[[], T]) -> T:
    """What is there, or what is made now; who asks meanwhile waits for it."""
    found = look()
    if found is None:
        with disk.told(), locks.alone(data_folder.part(_NAME) / f".{name}.lock"):
            found = look()
            return make() if found is None else found
    return found


def _kept(key: str) -> Dataset | None:
    """A prepared data set, or None where it is missing or damaged."""
    try:
        return _unchanged(file(key), _load)
    except UserError:
        return None


_load = lru_cache(maxsize=2)(lambda path, *_changes_with_the_file: dataset.load(path))
_header = lru_cache(maxsize=1000)(lambda path, *_changes_with_the_file: dataset.header(path))


def _unchanged(path: Path, read: Callable[..., T]) -> T:
    """What ``read`` remembers of a file as long as path, time, size and inode stay."""
    try:
        status = path.stat()
    except OSError as error:
        raise dataset.damaged() from error
    return read(path, status.st_mtime_ns, status.st_size, status.st_ino)


def _folder() -> Path:
    return data_folder.path() / _NAME


def _slug(title: str) -> str:
    letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", letters)[:40].strip("-") or "pictures"


def _stamp(path: Path) -> str:
    """SHA-256 of all that tells a changed file from an unchanged one, without reading it."""
    files = [((), path.stat()), *(pictures.walk_files(path) if path.is_dir() else [])]
    told = [[parts, s.st_size, s.st_mtime_ns] for parts, s in files if stat.S_ISREG(s.st_mode) or parts]
    return hashlib.sha256(json.dumps([_READER, str(path), _SEED, told]).encode()).hexdigest()


def _stamps() -> dict[str, str]:
    """Stamp -> key; what is no such thing is not there."""
    try:
        told = json.loads((_folder() / _STAMPS).read_bytes())
        return {stamp: key for stamp, key in told.items() if _KEY.fullmatch(key)}
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return {}


def _remember(stamp: str, key: str) -> None:
    known = {old: kept for old, kept in _stamps().items() if file(kept).is_file()}
    with contextlib.suppress(OSError):  # then it will be prepared once more, that is all
        atomic.write_json(_folder() / _STAMPS, known | {stamp: key})
