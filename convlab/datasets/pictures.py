"""People's own pictures, a folder for each class, from a zip or from the disk."""

import math
import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import BoundedSemaphore
from typing import BinaryIO

import torch
from torch import Tensor

from convlab.datasets import archive, layout, zip_names
from convlab.datasets.archive import Contents, Listing, Reader
from convlab.datasets.clutter import ignored
from convlab.datasets.dataset import MAX_NAMED, SIZE_PX, Dataset, Split
from convlab.datasets.layout import Files
from convlab.errors import N_, UserError
from convlab.networks.class_names import MAX_NAME, one_line
from convlab.pictures import files, images
from convlab.storage import plain_files

Progress = Callable[[int, int], None]  # pictures done, pictures in all; what it raises ends the reading

VAL_SHARE = 0.2
_DECODERS = BoundedSemaphore(2)  # pictures at a time, whoever brings them: each may take 200 MB for a moment
_PROGRESS_EVERY_S = 0.2


def read_zip(file: Path | BinaryIO, title: str, seed: int = 0, progress: Progress | None = None) -> Dataset:
    """The pictures of a zip archive, each through ``images.load`` and the 32 px square of ``images.working``.

    The archive holds CLASS/*.jpg, or train/CLASS/*.jpg and as much in a folder to validate or test on, under
    any of their usual names (``layout.understood``); all may lie in more folders. Any format that
    ``images.load`` takes, in any depth below CLASS. Files beside the class folders are passed over; files
    within that are no pictures are counted and named. ``Dataset.reading`` says what was made of the folders.

    The seed is that of the split, where the archive makes none (a fifth of each class validates), and of the
    order: classes come mixed, as in CIFAR-10. Progress may raise to end the reading. Raises UserError where
    the archive is refused (see ``archive.opened``), has fewer than 2 or more than 20 classes, or a class
    without usable pictures in a split.
    """
    with archive.opened(file) as contents:
        return _read(contents, title, seed, progress)


def read_folder(path: Path, title: str, seed: int = 0, progress: Progress | None = None) -> Dataset:
    """The pictures of a folder on the disk; for everything else see ``read_zip``. Links are not followed."""
    found = walk_files(path)
    names, encoding, certain = _decoded_names([parts for parts, _ in found])
    listing: Listing = {
        name: None if stat.S_ISDIR(status.st_mode) else partial(_file, path.joinpath(*parts))
        for name, (parts, status) in zip(names, found, strict=True)
    }
    return _read(Contents(listing, encoding, certain), title, seed, progress)


def _decoded_names(paths: list[tuple[str, ...]]) -> tuple[list[tuple[str, ...]], str, bool]:
    """Paths as text, by which encoding, and whether that is certain: unpackers may leave those of a zip."""
    try:
        "".join(map("".join, paths)).encode()
        return paths, "", True
    except UnicodeEncodeError:  # bytes that are no UTF-8, as Python stands for them
        raw = [tuple(map(os.fsencode, parts)) for parts in paths]
        encoding, certain = zip_names.encoding_of([b"/".join(parts) for parts in raw])
        return [tuple(part.decode(encoding) for part in parts) for parts in raw], encoding, certain


def walk_files(path: Path) -> list[tuple[tuple[str, ...], os.stat_result]]:
    """Folders and ordinary files under a path, with what the disk knows of them; no links, nothing hidden.

    Raises UserError where it is no folder, holds more than ``archive.MAX_MEMBERS``, is deeper than
    ``archive.MAX_DEPTH``, or has a folder that cannot be opened.
    """
    if not path.is_dir():
        raise UserError(N_("There is no folder {name}."), name=repr(path.name[:60]))
    found: list[tuple[tuple[str, ...], os.stat_result]] = []
    for folder, folders, names in os.walk(path, onerror=_refuse):
        folders[:] = sorted(name for name in folders if not ignored((name,)))
        above = Path(folder).relative_to(path).parts
        archive.check_depth(len(above))
        for name in (*folders, *sorted(names)):
            with suppress(FileNotFoundError):  # gone since it was listed
                status = os.lstat(os.path.join(folder, name))
                ordinary = stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)
                if ordinary and not ignored((name,)):
                    found.append(((*above, name), status))
            archive.check_members(len(found))
    return found


def _refuse(error: OSError) -> None:
    """A folder that cannot be looked into: left out, it could be a class."""
    if not isinstance(error, FileNotFoundError):
        name = repr(Path(error.filename).name[:60])
        told = N_("The folder {name} cannot be opened ({reason}): allow it, or move it away.")
        raise UserError(told, name=name, reason=error.strerror)


def _file(path: Path) -> bytes:
    try:
        return plain_files.read(path, archive.MAX_MEMBER_BYTES)
    except ValueError as error:  # it has become something else, or is too long
        raise archive.Unreadable from error


def _read(contents: Contents, title: str, seed: int, progress: Progress | None) -> Dataset:
    found = layout.understood(contents.files)
    classes = tuple(sorted(found.splits[0]))
    total = sum(len(files) for folder in found.splits for files in folder.values())
    reader = _Reader(total, contents, progress)
    decoded = [[reader.read(folder[name]) for name in classes] for folder in found.splits]
    generator = torch.Generator().manual_seed(seed)
    parts = decoded if len(decoded) == 2 else split(decoded[0], generator)
    places = found.places if len(decoded) == 2 else ("", "")
    for place, of_split in zip(places, parts, strict=True):
        for name, of_class in zip(classes, of_split, strict=True):
            if not len(of_class):
                raise layout.too_few(name, place)
    train, val = (_mixed(reader.pictures, part, generator) for part in parts)
    unreadable, ranged = reader.unreadable, reader.ranged
    named = tuple(unreadable[:MAX_NAMED])
    reading = replace(found.reading, seed=seed, encoding=contents.encoding, doubtful=not contents.certain)
    if ranged:
        reading = replace(reading, ranged=ranged[0], ranged_count=len(ranged))
    return Dataset(one_line(title) or "Pictures", classes, train, val, False, named, len(unreadable), reading)


class _Reader:
    """Reads pictures one after the other, and remembers which files are none."""

    def __init__(self, total: int, contents: Contents, progress: Progress | None) -> None:
        self.pictures = torch.empty((total, 3, SIZE_PX, SIZE_PX), dtype=torch.uint8)  # memory as it is filled
        self.unreadable: list[str] = []
        self.ranged: list[str] = []
        self._used, self._watched = 0, _Watched(total, contents, progress)

    def read(self, members: Files) -> Tensor:
        """Where the pictures of these files are among ``pictures``, int64 [N]."""
        begin = self._used
        for name, read in members:
            found = _shrunk(read)
            if found.picture is None:
                self.unreadable.append(one_line(name[-MAX_NAME:]))
            else:
                self.pictures[self._used] = found.picture
                self._used += 1
                if found.ranged:
                    self.ranged.append(one_line(name[-MAX_NAME:]))
            self._watched(found)
        return torch.arange(begin, self._used)


class _Watched:
    """Tells a few times a second how many pictures are done, and ends what costs more than it may."""

    def __init__(self, total: int, contents: Contents, progress: Progress | None) -> None:
        self._total, self._progress, self._done = total, progress, 0
        self._pixels, self._seconds, self._told = contents.most_pixels, contents.most_seconds, -math.inf

    def __call__(self, found: "_Shrunk") -> None:
        """One more is done. Raises UserError where they have cost too much by now."""
        self._done += 1
        self._pixels, self._seconds = self._pixels - found.pixels, self._seconds - found.seconds
        if self._pixels < 0:
            many = N_("The pictures have more than {limit:,} million pixels together: please shrink them.")
            raise UserError(many, limit=archive.MAX_MEGAPIXELS)
        if self._seconds < 0:
            slow = N_("The pictures take more than {limit} minutes to read: please leave some out.")
            raise UserError(slow, limit=archive.MAX_SECONDS // 60)
        due = time.monotonic() - self._told >= _PROGRESS_EVERY_S or self._done == self._total
        if self._progress is not None and due:
            self._progress(self._done, self._total)
            self._told = time.monotonic()


def split(classes: list[Tensor], generator: torch.Generator) -> tuple[list[Tensor], list[Tensor]]:
    """Divide the pictures [N, ...] of each class: a fifth, one at least, validates; the others train."""
    train, val = [], []
    for pictures in classes:
        order = torch.randperm(len(pictures), generator=generator)
        held = max(round(VAL_SHARE * len(pictures)), 1)
        train.append(pictures[order[held:]])
        val.append(pictures[order[:held]])
    return train, val


def _mixed(pictures: Tensor, classes: list[Tensor], generator: torch.Generator) -> Split:
    """One split of all classes, in a random order: training without shuffling is to see them in turns."""
    labels = torch.cat([torch.full((len(part),), label) for label, part in enumerate(classes)])
    order = torch.randperm(len(labels), generator=generator)
    return Split(pictures[torch.cat(classes)[order]], labels[order])


@dataclass(frozen=True)
class _Shrunk:
    """A file's picture, uint8 [3, 32, 32], if it is one; what it cost; ``ranged`` as in ``files.Loaded``."""

    picture: Tensor | None
    pixels: int
    seconds: float
    ranged: bool


def _shrunk(read: Reader) -> _Shrunk:
    """An archive that is too large still raises."""
    with _DECODERS:
        begun = time.thread_time()  # waiting for other people's pictures does not count
        try:
            loaded = files.read(read(), patient=True)
        except (OSError, UserError) as error:
            if isinstance(error, archive.TooLarge):
                raise
            return _Shrunk(None, 0, time.thread_time() - begun, False)
        exact = loaded.pixels.shape == (3, SIZE_PX, SIZE_PX)
        picture = loaded.pixels if exact else images.working(loaded.pixels, SIZE_PX, grey=False)
        return _Shrunk(picture, loaded.pixels[0].numel(), time.thread_time() - begun, loaded.ranged)
