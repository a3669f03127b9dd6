"""People's own pictures, a folder for each class, from a zip or from the disk."""

import itertools
import os
import stat
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

import torch
from torch import Tensor

from convlab.datasets import archive
from convlab.datasets.archive import Listing, Reader
from convlab.datasets.dataset import MAX_NAME, MAX_NAMED, SIZE_PX, Dataset, Split, check_classes, one_line
from convlab.errors import N_, UserError
from convlab.pictures import images

Progress = Callable[[int, int], None]  # pictures done, pictures in all; what it raises ends the reading

VAL_SHARE = 0.2
_TRAIN = "train"
_VAL = ("val", "validation", "test")  # the first that is there is used
_PROGRESS_EVERY = 100

_Files = list[tuple[str, Reader]]  # of one class: the path to show, how to read it


def read_zip(file: Path | BinaryIO, title: str, seed: int = 0, progress: Progress | None = None) -> Dataset:
    """The pictures of a zip archive, each through ``images.load`` and the 32 px square of ``images.working``.

    The archive holds CLASS/*.jpg, or train/CLASS/*.jpg and as much in one of val, validation, test; all may
    lie in one more folder. Any format that ``images.load`` takes, in any depth below CLASS. Files beside the
    class folders are passed over; files within that are no pictures are counted and named.

    The seed is that of the split, where the archive makes none (a fifth of each class validates), and of the
    order: classes come mixed, as in CIFAR-10. Progress may raise to end the reading. Raises UserError where
    the archive is refused (see ``archive.opened``), has fewer than 2 or more than 20 classes, or a class
    without usable pictures in a split.
    """
    with archive.opened(file) as listing:
        return _read(listing, title, seed, progress)


def read_folder(path: Path, title: str, seed: int = 0, progress: Progress | None = None) -> Dataset:
    """The pictures of a folder on the disk; for everything else see ``read_zip``. Links are not followed."""
    listing: Listing = {
        parts: None if stat.S_ISDIR(status.st_mode) else partial(_file, path.joinpath(*parts))
        for parts, status in walk_files(path)
    }
    return _read(listing, title, seed, progress)


def walk_files(path: Path) -> list[tuple[tuple[str, ...], os.stat_result]]:
    """Folders and ordinary files under a path, with what the disk knows of them; no links, nothing hidden.

    Raises UserError where it is no folder, or holds more than ``archive.MAX_MEMBERS``.
    """
    if not path.is_dir():
        raise UserError(N_("There is no folder {name}."), name=repr(path.name[:60]))
    found = []
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not archive.ignored((name,)))
        above = Path(folder).relative_to(path).parts
        for name in (*folders, *sorted(names)):
            status = os.lstat(os.path.join(folder, name))
            ordinary = stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode)
            if ordinary and not archive.ignored((name,)):
                found.append(((*above, name), status))
        archive.check_members(len(found))
    return found


def _file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(archive.MAX_MEMBER_BYTES + 1)  # images.load refuses one byte too many


def _read(listing: Listing, title: str, seed: int, progress: Progress | None) -> Dataset:
    folders = _layout(_unwrapped(listing))
    classes = tuple(sorted(folders[0]))
    for folder in folders:
        check_classes(tuple(sorted(folder)))
    odd = min(set(folders[0]) ^ set(folders[-1]), default=None)
    if odd is not None:
        raise _empty(odd)
    unreadable: list[str] = []
    total, count = sum(len(files) for folder in folders for files in folder.values()), itertools.count(1)

    def tell() -> None:
        done = next(count)
        if progress is not None and (done % _PROGRESS_EVERY == 0 or done == total):
            progress(done, total)

    decoded = [[_decoded(folder[name], unreadable, tell) for name in classes] for folder in folders]
    generator = torch.Generator().manual_seed(seed)
    train, val = decoded if len(decoded) == 2 else split(decoded[0], generator)
    for name, *parts in zip(classes, train, val, strict=True):
        if not all(map(len, parts)):
            raise _empty(name)
    splits = _mixed(train, generator), _mixed(val, generator)
    named = tuple(unreadable[:MAX_NAMED])
    return Dataset(one_line(title) or "Pictures", classes, *splits, False, named, len(unreadable))


def split(classes: list[Tensor], generator: torch.Generator) -> tuple[list[Tensor], list[Tensor]]:
    """Divide the pictures [N, ...] of each class: a fifth, one at least, validates; the others train."""
    train, val = [], []
    for pictures in classes:
        order = torch.randperm(len(pictures), generator=generator)
        held = max(round(VAL_SHARE * len(pictures)), 1)
        train.append(pictures[order[held:]])
        val.append(pictures[order[:held]])
    return train, val


def _mixed(classes: list[Tensor], generator: torch.Generator) -> Split:
    """One split of all classes, in a random order: training without shuffling is to see them in turns."""
    labels = torch.cat([torch.full((len(part),), label) for label, part in enumerate(classes)])
    order = torch.randperm(len(labels), generator=generator)
    return Split(torch.cat(classes)[order], labels[order])


def _unwrapped(listing: Listing) -> Listing:
    """Without the folders that hold all other folders, and without the files beside folders."""
    while True:
        inner = {parts: reader for parts, reader in listing.items() if len(parts) > 1 or reader is None}
        tops = {parts[0] for parts in inner}
        deep = any(len(parts) > 2 and reader for parts, reader in inner.items())
        if len(tops) != 1 or not deep:
            return inner
        listing = {parts[1:]: reader for parts, reader in inner.items() if len(parts) > 1}


def _layout(listing: Listing) -> list[dict[str, _Files]]:
    """[all classes], or [classes to train on, classes to validate on] where folders say so."""
    tops = {parts[0].casefold(): parts[0] for parts in listing if len(parts) > 1}
    val = next((tops[name] for name in _VAL if name in tops), None)
    deep = any(len(parts) > 2 and parts[0] == tops.get(_TRAIN) for parts in listing)
    if val is None or not deep:
        return [_classes(listing)]
    inner = [(parts[0], parts[1:], reader) for parts, reader in listing.items() if len(parts) > 1]
    both = (tops[_TRAIN], val)
    return [_classes({parts: reader for top, parts, reader in inner if top == wanted}) for wanted in both]


def _classes(listing: Listing) -> dict[str, _Files]:
    """Class name -> files. A folder without files is a class too, so that it can be complained of."""
    found: dict[str, _Files] = defaultdict(list)
    folders: dict[str, str] = {}
    for parts, reader in sorted(listing.items()):
        if len(parts) == 1 and reader is not None:
            continue
        name = one_line(parts[0])
        if folders.setdefault(name, parts[0]) != parts[0]:
            twice = N_("Two class folders are called {name!r} in their first {limit} characters: rename one.")
            raise UserError(twice, name=name, limit=MAX_NAME)
        found[name] += [("/".join(parts), reader)] if reader else []
    return dict(found)


def _decoded(files: _Files, unreadable: list[str], tell: Callable[[], None]) -> Tensor:
    """uint8 [N, 3, 32, 32] of the files that can be read; the names of the others go to ``unreadable``."""
    pictures = torch.empty((len(files), 3, SIZE_PX, SIZE_PX), dtype=torch.uint8)
    used = 0
    for name, read in files:
        picture = _picture(read)
        if picture is None:
            unreadable.append(one_line(name[-MAX_NAME:]))
        else:
            pictures[used] = picture
            used += 1
        tell()
    return pictures[:used]


def _picture(read: Reader) -> Tensor | None:
    """uint8 [3, 32, 32], or None where the file is no picture. An archive that is too large still raises."""
    try:
        data = read()
    except OSError:
        return None
    try:
        picture = images.load(data)
    except UserError:
        return None
    exact = picture.shape == (3, SIZE_PX, SIZE_PX)
    return picture if exact else images.working(picture, SIZE_PX, grey=False)


def _empty(name: str) -> UserError:
    sentence = N_(
        "The class {name!r} has too few pictures that can be read: put some into its folder or remove it."
    )
    return UserError(sentence, name=name)
