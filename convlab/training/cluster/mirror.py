"""A run's folder on two machines: what changes where it trains is written where everybody looks.

Whoever is killed between any two of these files leaves a folder from which training goes on: metrics before
the checkpoint that knows them, the status last. So they are read the other way round.
"""

import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from convlab.storage import atomic, plain_files, tensor_files

FIRST = ("status.json", "checkpoint.safetensors", "weights.safetensors", "environment.json")
EPOCHS = "epochs"
GROWING = "metrics.jsonl"
ORDERS = "control.jsonl"
_HERE = ("lock", "owner.json")  # of the machine that asked
_MOST_BYTES = tensor_files.MOST_BYTES
_COMES_BACK = re.compile(
    r"(epochs/[0-9]{5}|checkpoint|weights)\.safetensors|(environment|status)\.json|metrics\.jsonl", re.ASCII
)


class Part(NamedTuple):
    """A file that is new or changed; ``start``: how much of it is known already."""

    name: str
    start: int
    data: bytes


class Changes(NamedTuple):
    """What has happened to a folder since the last look; ``parts`` in the order in which they were read."""

    parts: list[Part]
    gone: list[str]


Stamp = tuple[int, int, int]


def pack(folder: Path) -> tuple[dict[str, bytes], list[str]]:
    """What another machine needs to train a run: its files, and the names of the epochs that it has kept."""
    files = {
        name: plain_files.read(folder / name, _MOST_BYTES)
        for name in _names(folder)
        if name not in _HERE and not name.startswith(EPOCHS)
    }
    return files, [name for name in _names(folder) if name.startswith(EPOCHS)]


def unpack(folder: Path, files: dict[str, bytes], epochs: Iterable[str]) -> None:
    """A run's folder to train in. The weights of earlier epochs are names: nobody reads them here."""
    (folder / EPOCHS).mkdir(parents=True)
    for name, data in files.items():
        atomic.write(folder / name, data)
    for name in epochs:
        (folder / name).touch()


class Source:
    """The folder where it trains. What is there now is known already."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known = {name: _stamp(folder / name) for name in _names(folder)}

    def changes(self) -> Changes:
        """Since the last call, or since this object was made."""
        parts = []
        for name in _in_order(_names(self._folder)):
            try:
                stamp = _stamp(self._folder / name)
                if _COMES_BACK.fullmatch(name) and self._known.get(name) != stamp:
                    parts.append(self._part(name, stamp))
            except FileNotFoundError:  # replaced or deleted at this moment
                continue
        there = set(_names(self._folder))
        gone = [name for name in self._known if name not in there and _COMES_BACK.fullmatch(name)]
        for name in gone:
            del self._known[name]
        return Changes(parts, gone)

    def _part(self, name: str, stamp: Stamp) -> Part:
        before = self._known.get(name)
        start = before[0] if name == GROWING and before is not None and before[2] == stamp[2] else 0
        with plain_files.opened(self._folder / name, _MOST_BYTES) as file:
            file.seek(start)
            data = file.read(_MOST_BYTES if name != GROWING else stamp[0] - start)
        self._known[name] = stamp
        return Part(name, start, data)


def write(folder: Path, changes: Changes) -> None:
    """Into the folder where everybody looks. Raises ValueError for what no run brings, OSError."""
    for name in [*(part.name for part in changes.parts), *changes.gone]:
        if not _COMES_BACK.fullmatch(name):
            raise ValueError(name[:80])
    status = [part for part in changes.parts if part.name == FIRST[0]]
    for part in reversed(changes.parts):
        if part not in status:
            _put(folder / part.name, part)
    for name in changes.gone:
        (folder / name).unlink(missing_ok=True)
    for part in status:
        _put(folder / part.name, part)


def _put(path: Path, part: Part) -> None:
    if not part.start:
        atomic.write(path, part.data)
        return
    file = plain_files.appending(path)
    try:
        if os.fstat(file).st_size != part.start:
            raise ValueError(f"{part.name} has {os.fstat(file).st_size} bytes, not {part.start}")
        atomic.write_all(file, part.data)
        os.fsync(file)
    finally:
        os.close(file)


def _names(folder: Path) -> list[str]:
    """Of its files, but those that are being written."""
    found = [path.name for path in folder.iterdir() if path.is_file()]
    epochs = folder / EPOCHS
    found += [f"{EPOCHS}/{path.name}" for path in epochs.iterdir()] if epochs.is_dir() else []
    return sorted(name for name in found if not name.rpartition("/")[2].startswith("."))


def _in_order(names: Iterable[str]) -> list[str]:
    """The status first, the metrics last: nothing is told before what it knows of."""
    told = {name: place for place, name in enumerate(FIRST)}
    return sorted(names, key=lambda name: (told.get(name, len(FIRST) + (name == GROWING)), name))


def _stamp(path: Path) -> Stamp:
    about = path.stat()
    return about.st_size, about.st_mtime_ns, about.st_ino
