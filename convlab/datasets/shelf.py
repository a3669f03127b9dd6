"""The shelf: data sets that are ready to train on, each a file under a key in ConvLab's folder."""

import contextlib
import hashlib
import json
import os
import re
import stat
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from filelock import FileLock

from convlab.datasets import cifar10, dataset, pictures
from convlab.datasets.dataset import Dataset
from convlab.errors import N_, UserError
from convlab.storage import atomic, data_folder

SKETCHES, CIFAR10 = "sketches", "cifar10"  # keys that no other data set gets
T = TypeVar("T")
Progress = Callable[[int, int], None]  # pictures, or bytes of a download, done and in all

_KEY = re.compile(r"[a-z0-9_-]{1,64}")
_KIND = ".safetensors"
_SOURCES = "sources.json"  # what a data set was prepared from -> its key
_READER = "pictures-1"  # to be counted up when the same files give other pictures than before


@dataclass(frozen=True)
class Entry:
    """A data set on the shelf, without its pictures."""

    key: str
    title: str
    classes: tuple[str, ...]
    train_count: int
    val_count: int
    drawn: bool


def entries() -> tuple[Entry, ...]:
    """All data sets by title, the sketches first, drawn or not. Reads no picture; skips damaged files."""
    found = [_sketches_entry()]
    for path in sorted(_folder().glob(f"*{_KIND}")):
        if _KEY.fullmatch(path.stem) and path.stem != SKETCHES:
            try:
                head = dataset.header(path)
            except UserError:
                continue
            found.append(
                Entry(path.stem, head.title, head.classes, head.train_count, head.val_count, head.drawn)
            )
    return (found[0], *sorted(found[1:], key=lambda entry: (entry.title.casefold(), entry.key)))


def ready(key: str) -> bool:
    """Whether ``get`` would only read a file: nothing has to be drawn, downloaded or unpacked before."""
    there = _path(key).is_file()
    return there and (key != SKETCHES or _sources().get(_sketches_stamp()) == SKETCHES)


def file(key: str) -> Path:
    """Where a prepared data set's safetensors file lies. Raises UserError for what is no key."""
    return _path(key)


def get(key: str) -> Dataset:
    """A data set by its key; the same object for all who ask, so nobody changes its tensors.

    Sketches are drawn on first use. CIFAR-10 is prepared from what lies in ConvLab's folder, if need be.

    Raises:
        UserError: an unknown key, or a file that is damaged and cannot be prepared again here.
    """
    path = _path(key)
    if key == SKETCHES:
        return _sketches()
    if key == CIFAR10:
        return _kept(CIFAR10) or _add(_found(data_folder.folder()), CIFAR10)
    if not path.is_file():
        raise UserError(N_("There is no data set {key!r}: please choose one of the list."), key=key)
    return _loaded(path)


def put(found: Dataset, key: str | None = None) -> str:
    """Keep a data set. The same one twice is kept once.

    Args:
        key: ``CIFAR10`` for what ``cifar10`` found; else one is made of the title and the digest.

    Raises:
        UserError: the disk is full or cannot be written; or another key was given.
    """
    if key not in (None, CIFAR10, SKETCHES):
        raise UserError(
            N_("A data set gets its key from its title: {key!r} cannot be chosen."), key=str(key)[:64]
        )
    key = key or f"{_slug(found.title)}-{found.digest[:8]}"
    try:
        atomic.sweep(_folder())
        dataset.save(found, _path(key))
    except OSError as error:
        raise UserError(
            N_("The data set cannot be kept in {folder}: make {size} MB of room there, then try again."),
            folder=data_folder.shown(_folder()),
            size=-(-(found.train.images.numel() + found.val.images.numel()) // 1_000_000),
        ) from error
    return key


def prepare(source: str, seed: int = 0, progress: Progress | None = None) -> str:
    """The key of a data set that is named, or lies somewhere on the disk; its pictures are decoded once.

    What was read from the same files before (same path, size, time of change and seed) is not read again.

    Args:
        source: a key, "cifar10" (downloaded where it is not found), or the path of a zip, of a folder of
            pictures, of a folder with CIFAR-10 or of its archive.

    Raises:
        UserError: there is no such thing, or it cannot be used.
    """
    if source == CIFAR10:
        _once(CIFAR10, lambda: _kept(CIFAR10), lambda: _add(_downloaded(progress), CIFAR10))
        return CIFAR10
    if _KEY.fullmatch(source) and (source == SKETCHES or _path(source).is_file()):
        get(source)
        return source
    path = Path(os.path.expanduser(source))
    try:
        if not path.exists():
            raise UserError(N_("There is no data set and no file {name}."), name=repr(source[:80]))
        return _prepare_path(path.resolve(), seed, progress)
    except (OSError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(N_("{name} cannot be read."), name=repr(source[:80])) from error


def delete(key: str) -> None:
    """Take a data set from the shelf. Sketches come back when asked for, CIFAR-10 while its archive is there.

    Raises:
        UserError: an unknown key.
    """
    path = _path(key)
    if not path.is_file():
        raise UserError(N_("There is no data set {key!r}: please choose one of the list."), key=key)
    path.unlink()


def _prepare_path(path: Path, seed: int, progress: Progress | None) -> str:
    if cifar10.holds(path):
        _once(CIFAR10, lambda: _kept(CIFAR10), lambda: _add(_found(path), CIFAR10))
        return CIFAR10
    stamp = _stamp(path, seed)

    def known() -> str | None:
        key = _sources().get(stamp)
        return key if key and _kept(key) else None

    def read() -> str:
        reader = pictures.read_folder if path.is_dir() else pictures.read_zip
        key = put(reader(path, path.stem, seed, progress))
        _remember(stamp, key)
        return key

    return _once("pictures", known, read)


def _downloaded(progress: Progress | None) -> Dataset:
    told = progress or (lambda done, total: None)
    return cifar10.download(lambda done, total, per_s: told(done, total))


def _found(folder: Path) -> Dataset:
    found = cifar10.find(folder)
    if found is None:
        raise UserError(
            N_("CIFAR-10 is not here yet: download it, or put {archive} into {folder}."),
            archive=cifar10.ARCHIVE,
            folder=data_folder.shown(data_folder.folder()),
        )
    return found


def _sketches() -> Dataset:
    from convlab.datasets import sketches

    stamp = _sketches_stamp()

    def make() -> Dataset:
        found = _add(sketches.sketches(), SKETCHES)
        _remember(stamp, SKETCHES)
        return found

    return _once(SKETCHES, lambda: _kept(SKETCHES) if _sources().get(stamp) == SKETCHES else None, make)


def _add(found: Dataset, key: str) -> Dataset:
    put(found, key)
    return found


def _once(name: str, look: Callable[[], T | None], make: Callable[[], T]) -> T:
    """What is there, or what is made now; who asks meanwhile waits for it."""
    found = look()
    if found is None:
        with FileLock(_folder() / f".{name}.lock"):
            found = look()
            return make() if found is None else found
    return found


def _sketches_entry() -> Entry:
    from convlab.datasets import sketches

    size = len(sketches.CLASSES)
    counts = size * sketches.TRAIN_PER_CLASS, size * sketches.VAL_PER_CLASS
    return Entry(SKETCHES, sketches.TITLE, sketches.CLASSES, *counts, drawn=True)


def _sketches_stamp() -> str:
    """It changes with the code that draws."""
    code = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("sketch*.py")):
        code.update(file.read_bytes())
    return code.hexdigest()


def _kept(key: str) -> Dataset | None:
    """A prepared data set, or None where it is missing or damaged."""
    try:
        return _loaded(_path(key))
    except UserError:
        return None


def _loaded(path: Path) -> Dataset:
    try:
        status = path.stat()
    except OSError as error:
        raise dataset.damaged() from error
    return _load(path, status.st_mtime_ns, status.st_size, status.st_ino)


@lru_cache(maxsize=2)
def _load(path: Path, *_changes_with_the_file: int) -> Dataset:
    return dataset.load(path)


def _folder() -> Path:
    folder = data_folder.folder() / "datasets"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _path(key: str) -> Path:
    """Where a key's file is. Nothing but a key gets through, least of all a path."""
    if not _KEY.fullmatch(key):
        raise UserError(N_("{key} names no data set: please choose one of the list."), key=repr(key[:64]))
    return _folder() / f"{key}{_KIND}"


def _slug(title: str) -> str:
    letters = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", letters)[:40].strip("-") or "pictures"


def _stamp(path: Path, seed: int) -> str:
    """SHA-256 of all that tells a changed file from an unchanged one, without reading it."""
    files = [((), path.stat()), *(pictures.walk_files(path) if path.is_dir() else [])]
    told = [[parts, s.st_size, s.st_mtime_ns] for parts, s in files if stat.S_ISREG(s.st_mode) or parts]
    return hashlib.sha256(json.dumps([_READER, str(path), seed, told]).encode()).hexdigest()


def _sources() -> dict[str, str]:
    """Stamp -> key; what is no such thing is not there."""
    try:
        told = json.loads((_folder() / _SOURCES).read_bytes())
        return {stamp: key for stamp, key in told.items() if _KEY.fullmatch(key)}
    except (OSError, ValueError, AttributeError, TypeError, RecursionError):
        return {}


def _remember(stamp: str, key: str) -> None:
    sources = {old: known for old, known in _sources().items() if _path(known).is_file()}
    with contextlib.suppress(OSError):  # then it will be prepared once more, that is all
        atomic.write_json(_folder() / _SOURCES, sources | {stamp: key})
