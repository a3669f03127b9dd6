"""The files in a run's folder, each read as what another user or another version may have filled."""

import contextlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter

from convlab.errors import N_, UserError
from convlab.storage import data_folder, plain_files
from convlab.training import environment, status
from convlab.training.kinds import Word
from convlab.training.settings import Settings
from convlab.training.story import Parent

NAME_LENGTH = 80
MOST_TAGS, TAG_LENGTH, NOTES_LENGTH = 12, 30, 4000
MOST_BYTES = 2**20  # of a JSON file; 200 forks of forks tell their story in as many
UNREAD = (ValueError, FileNotFoundError, NotADirectoryError, PermissionError)
_NO_RUN = N_("There is no run {id}: it was deleted, or never was here.")
_DAMAGED = N_("{file} of this run is damaged, or another version of ConvLab wrote it: start the run again.")
_YEAR_9999 = 253_402_214_400  # less a day: in every time zone

_SETTLED_NS = 10**9
_MOST_KEPT = 65_536  # files of which memory holds what they say

Seen = tuple[int, int, int, int]
Stamp = tuple[Seen | None, ...]
T = TypeVar("T")
Tag = Annotated[str, Field(min_length=1, max_length=TAG_LENGTH)]

_KEPT: dict[str, tuple[Seen, Any]] = {}


@dataclass(frozen=True)
class Meta:
    """``meta.json``: what a run is called (free text), when it was made (Unix time), what it began with.

    Tags and notes, free text too, are what somebody wrote to it; before 0.9 nobody could.
    """

    name: Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)]
    created: Annotated[float, Field(ge=0, le=_YEAR_9999)]
    parent: Parent | None
    file: Word = ""
    classes: tuple[Word, ...] = ()
    tags: Annotated[tuple[Tag, ...], Field(max_length=MOST_TAGS)] = ()
    notes: Annotated[str, Field(max_length=NOTES_LENGTH)] = ""


@dataclass(frozen=True)
class RunFiles:
    """What a run is on the disk. Where the folder is gone, every method raises UserError."""

    id: str

    @cached_property
    def folder(self) -> Path:
        """Where everything lies."""
        return runs_folder() / self.id

    def parsed(self, name: str, kind: TypeAdapter[T]) -> T:
        """A JSON file of a kind."""
        with self.guarding(name):
            return plain_files.parsed(self.folder / name, kind, MOST_BYTES)

    def unchanged(self, name: str) -> Any:
        """What a file holds, parsed once as long as it stays what it is."""
        with self.guarding(name):
            path = os.path.join(self.folder, name)
            seen = seen_at(path)
            kept = _KEPT.get(path)
            if kept is not None and kept[0] == seen:
                return kept[1]
            found = _READ[name](Path(path))
            if name != "status.json" or settled(max(seen[:2])):
                _keep(path, seen, found)
            return found

    @contextlib.contextmanager
    def guarding(self, name: str, errors: tuple[type[Exception], ...] = UNREAD) -> Iterator[None]:
        """The one place where a file of the run that cannot be read or trusted becomes a sentence."""
        try:
            yield
        except UserError:
            raise
        except errors as error:
            if not self.folder.exists():
                raise no_run(self.id) from error
            raise damaged(name) from error


def checked_name(name: str) -> str:
    """The name itself. Raises UserError for an empty or too long one."""
    if not name.strip() or len(name) > NAME_LENGTH:
        raise UserError(N_("A run's name has 1 to {limit} characters: choose another."), limit=NAME_LENGTH)
    return name


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Each tag once, without blanks around it. Raises UserError for too many or too long ones."""
    found = tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if len(found) > MOST_TAGS or any(len(tag) > TAG_LENGTH for tag in found):
        told = N_("A run has at most {most} tags of {limit} characters: leave some out.")
        raise UserError(told, most=MOST_TAGS, limit=TAG_LENGTH)
    return found


def checked_notes(notes: str) -> str:
    """The notes themselves. Raises UserError for too long ones."""
    if len(notes) > NOTES_LENGTH:
        raise UserError(N_("Notes have at most {limit:,} characters: shorten them."), limit=NOTES_LENGTH)
    return notes


def no_run(id: str) -> UserError:
    """What to raise where a run is gone, or never was."""
    return UserError(_NO_RUN, id=id)


def damaged(file: str) -> UserError:
    """What to raise where a file of a run cannot be read or trusted."""
    return UserError(_DAMAGED, file=file)


def runs_folder() -> Path:
    """Where runs lie, each in a folder of its own."""
    return data_folder.path() / "runs"


def stamp(folder: str, names: Sequence[str] | None = None) -> Stamp | None:
    """Another one after any change of a folder's files, by default of what a list says of a run.

    None where a change may still come unseen.
    """
    found: list[Seen | None] = []
    newest = 0
    for name in ("", "epochs", *_READ) if names is None else ("", *names):
        try:
            seen = seen_at(f"{folder}/{name}")
        except OSError:
            found.append(None)
        else:
            newest = max(newest, seen[0], seen[1])
            found.append(seen)
    return tuple(found) if settled(newest) else None


def seen_at(path: str) -> Seen:
    """What changes with a file. Raises OSError where there is none."""
    about = os.lstat(path)
    return about.st_mtime_ns, about.st_ctime_ns, about.st_size, about.st_ino


def settled(changed_ns: int) -> bool:
    """Whether another change would show: a disk's clock may stand still between two."""
    return time.time_ns() - changed_ns > _SETTLED_NS


def _keep(path: str, seen: Seen, found: Any) -> None:
    if len(_KEPT) >= _MOST_KEPT:
        _KEPT.clear()
    _KEPT[path] = seen, found


def _settings(path: Path) -> Settings:
    told: dict[str, Any] = plain_files.parsed(path, _SETTINGS, MOST_BYTES)
    return Settings.parse(told)


_SETTINGS: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
_META = TypeAdapter(Meta)
_READ: dict[str, Callable[[Path], Any]] = {
    "meta.json": lambda path: plain_files.parsed(path, _META, MOST_BYTES),
    "settings.json": _settings,
    "status.json": lambda path: plain_files.parsed(path, status.KIND, MOST_BYTES),
    "environment.json": lambda path: plain_files.parsed(path, environment.KIND, MOST_BYTES),
}
