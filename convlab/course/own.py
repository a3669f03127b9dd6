"""Lessons of one's own: kept on this machine for who made them, shared by a link, saved as a text or a zip.

The text is that of ``stations``, with a line "# TITLE" before it. In ``lessons`` of the data folder,
OWNER/ID.md is a lesson that its owner still changes; shared/KEY.md, where KEY is a digest of the text, is one
that stays as it was shared.
"""

import hashlib
import io
import re
import secrets
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from convlab.course import asking, stations
from convlab.course.stations import MAX_CHARACTERS, MAX_STATIONS, Station
from convlab.datasets import archive
from convlab.errors import N_, UserError
from convlab.storage import atomic, data_folder, disk, locks, plain_files

MAX_TITLE, MAX_FILE_MB = 100, 1
MAX_LESSONS, MAX_SHARED, MAX_OWNERS = 100, 5000, 5000
_SHARED = "shared"
_MOST_BYTES = MAX_FILE_MB * 10**6
KEY = "([0-9a-f]{16})-([0-9a-f]{16})|([0-9a-f]{32})"  # of a lesson, in a link
_TITLE = re.compile(r"\ufeff?\s*# ([^\n]*)\n")
_GONE = N_("No such lesson is on this machine: it was deleted, or its link was made on another one.")
_NO_TEXT = N_("This file is no text: a lesson is a Markdown file, as “Save as a file” gives it.")
_TOO_LARGE = N_("A lesson's file has {most} MB at most.")
_ZIP = b"PK\x03\x04"  # no text begins so


@dataclass(frozen=True)
class Lesson:
    """A title and stations in their order; there may be none yet."""

    title: str
    stations: tuple[Station, ...] = ()

    @property
    def text(self) -> str:
        """What ``read`` turns back into this lesson."""
        return f"# {self.title}\n\n{stations.serialise(self.stations)}"


@dataclass(frozen=True)
class Kept:
    """A lesson that somebody keeps, or why its file cannot be read; when it last changed (s since 1970)."""

    key: str
    lesson: Lesson | UserError
    changed: float


def read(text: str, title: str = "") -> Lesson:
    """The lesson of a text; ``title`` is for one that names none. Raises UserError with what is wrong."""
    found = _TITLE.match(text)
    rest = text[found.end() :] if found else text
    title = _titled(found[1] if found else title)
    lesson = Lesson(title, stations.parse(rest) if rest.strip() or not found else ())
    for station in lesson.stations:
        if station.answer and station.answer not in asking.functions():
            told = N_("Station {id} asks for an answer that this version of ConvLab has not: {name}.")
            raise UserError(told, id=station.id, name=station.answer[:80])
    return lesson


def of_file(data: bytes, name: str) -> Lesson:
    """The lesson of an uploaded file, a text or a zip of it. Raises UserError with what is wrong."""
    if len(data) > _MOST_BYTES:
        raise UserError(_TOO_LARGE, most=MAX_FILE_MB)
    if data.startswith(_ZIP):
        data, name = _unzipped(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(_NO_TEXT) from None
    if "\0" in text:
        raise UserError(_NO_TEXT)
    return read(text, re.sub(r"[^\w\- ]+", " ", Path(name).stem).strip()[:MAX_TITLE] or "Lesson")


def zipped(one: Lesson, name: str) -> bytes:
    """A zip with a lesson's text in it as NAME.md, for ways that let no text file through."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(zipfile.ZipInfo(f"{name}.md"), one.text.encode(), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _unzipped(data: bytes) -> tuple[bytes, str]:
    """The one Markdown file of a zip, and its name."""
    with archive.opened(io.BytesIO(data), _MOST_BYTES) as contents:
        files = [(parts[-1], file) for parts, file in contents.files.items() if file is not None]
        texts = [(name, file) for name, file in files if name.casefold().endswith(".md")]
        if len(texts) != 1:
            told = N_("This zip holds {count} Markdown files: put one lesson into it.")
            raise UserError(told, count=len(texts))
        name, file = texts[0]
        try:
            return file(), name
        except archive.Unreadable:
            told = N_("The lesson in this zip is damaged, or has more than {most} MB: save it anew.")
            raise UserError(told, most=MAX_FILE_MB) from None


def _titled(title: str) -> str:
    title = title.strip()
    if not title or len(title) > MAX_TITLE or not title.isprintable():
        told = N_("A lesson's title is one line of 1 to {most} characters.")
        raise UserError(told, most=MAX_TITLE)
    return title


def mine(person: str) -> list[Kept]:
    """The lessons that somebody keeps, the last changed first."""
    owner = _owner(person)
    found = [_kept(f"{owner}-{path.stem}", path) for path in (_folder() / owner).glob("*.md")]
    return sorted((one for one in found if one is not None), key=lambda one: -one.changed)


def _kept(key: str, path: Path) -> Kept | None:
    try:
        return Kept(key, opened(key), path.stat().st_mtime)
    except UserError as error:
        return Kept(key, error, 0.0) if path.exists() else None
    except OSError:
        return None  # deleted in another tab


def is_mine(person: str, key: str) -> bool:
    """Whether this is the key of a lesson that somebody keeps, and may change."""
    found = re.fullmatch(KEY, key)
    return found is not None and found[1] == _owner(person)


def lesson(key: str) -> tuple[Station, ...]:
    """The stations of a lesson, by the key in its link. Errors as ``opened``'s."""
    return opened(key).stations


def opened(key: str) -> Lesson:
    """A lesson that is kept, or was shared, by its key. Raises UserError, also where it has gone."""
    path = _path(key)
    try:
        about = path.stat()
        return _read(path, about.st_mtime_ns, about.st_size, about.st_ino)
    except FileNotFoundError:
        raise UserError(_GONE) from None


@lru_cache(maxsize=64)
def _read(path: Path, *_stamp: int) -> Lesson:
    try:
        text = plain_files.read(path, _MOST_BYTES).decode()
    except ValueError:
        raise UserError(
            N_("This lesson's file is damaged: delete it, or open a copy that was saved.")
        ) from None
    return read(text)


def add(person: str, new: Lesson) -> str:
    """Keep a new lesson for somebody; its key. Raises UserError, also where the disk is full."""
    owner, number = _owner(person), secrets.token_hex(8)
    with disk.told():
        folder = _made(owner)
        if len(list(folder.glob("*.md"))) >= MAX_LESSONS:
            raise UserError(N_("You keep {most} lessons, which is the most: delete one."), most=MAX_LESSONS)
        _write(folder / f"{number}.md", new)
    return f"{owner}-{number}"


def change(person: str, key: str, how: Callable[[Lesson], Lesson]) -> Lesson:
    """What ``how`` makes of a lesson that somebody keeps, from now on; nobody else changes it meanwhile.

    Raises UserError where it is not theirs or has gone, and what ``how`` raises; then it stays as it was.
    """
    if not is_mine(person, key):
        raise UserError(N_("This lesson is not yours to change: take a copy of it first."))
    path = _path(key)
    with disk.told(), locks.alone(_made(_owner(person)) / ".lock"):
        new = how(opened(key))
        _write(path, new)
    return new


def delete(person: str, key: str) -> None:
    """Keep a lesson no longer. What was shared of it stays. Raises UserError where it is not theirs."""
    if not is_mine(person, key):
        raise UserError(N_("This lesson is not yours to change: take a copy of it first."))
    with disk.told():
        _path(key).unlink(missing_ok=True)


def share(one: Lesson) -> str:
    """The key under which a lesson stays as it is now, for whoever has its link."""
    _fits(one)
    key = hashlib.blake2b(one.text.encode(), digest_size=16).hexdigest()
    with disk.told():
        folder = _made(_SHARED)
        if not (folder / f"{key}.md").exists():
            if len(list(folder.glob("*.md"))) >= MAX_SHARED:
                told = N_(
                    "This machine keeps {most} shared lessons, which is the most: delete files in {folder}."
                )
                raise UserError(told, most=MAX_SHARED, folder=data_folder.shown(folder))
            _write(folder / f"{key}.md", one)
    return key


def titled(one: Lesson, title: str) -> Lesson:
    """A lesson with another title. Raises UserError for one that is empty, too long or no line."""
    return replace(one, title=_titled(title))


def with_station(one: Lesson, new: Station, place: int | None = None) -> Lesson:
    """A lesson with a station put in, last or in place of the one there; its id is made to be its own.

    Raises UserError where the lesson has no room for it.
    """
    others = [*one.stations]
    if place is not None:
        new = new.model_copy(update={"id": others.pop(place).id})
    taken, number, name = {station.id for station in others}, 2, new.id
    while new.id in taken:
        new = new.model_copy(update={"id": f"{name[:50]}-{number}"})
        number += 1
    others.insert(len(others) if place is None else place, new)
    return _fits(replace(one, stations=tuple(others)))


def without(one: Lesson, ids: Sequence[str]) -> Lesson:
    """A lesson less some of its stations."""
    return replace(one, stations=tuple(station for station in one.stations if station.id not in ids))


def moved(one: Lesson, ids: Sequence[str], by: int) -> Lesson:
    """A lesson with some of its stations one place further up (-1) or down (1), as far as there is room."""
    order = list(one.stations)
    places = [n for n, station in enumerate(order) if station.id in ids]
    edge = 0 if by < 0 else len(order) - 1
    for n in places if by < 0 else reversed(places):
        if n == edge:
            edge -= by
        else:
            order[n], order[n + by] = order[n + by], order[n]
    return replace(one, stations=tuple(order))


def named(title: str) -> str:
    """A station's id made of its title."""
    words = re.findall(r"[a-z0-9]+", title.lower())
    return "-".join(words)[:50].strip("-") or "station"


def _fits(one: Lesson) -> Lesson:
    """The lesson, unless its file would not be read."""
    if len(one.stations) > MAX_STATIONS:
        told = N_("This lesson has {count} stations: {most} is the most.")
        raise UserError(told, count=len(one.stations), most=MAX_STATIONS)
    if len(one.text) > MAX_CHARACTERS:
        told = N_("This lesson has {count:,} characters: {most:,} is the most.")
        raise UserError(told, count=len(one.text), most=MAX_CHARACTERS)
    read(one.text)
    return one


def _write(path: Path, one: Lesson) -> None:
    atomic.write(path, _fits(one).text.encode())


def _owner(person: str) -> str:
    """The name of somebody's folder, which does not tell who it is."""
    return hashlib.sha256(person.encode()).hexdigest()[:16]


def _folder() -> Path:
    return data_folder.path() / "lessons"


def _made(name: str) -> Path:
    """A folder of lessons, made on demand; their number has an end, as anybody may open a page."""
    folder = data_folder.part("lessons") / name
    if not folder.is_dir():
        if len(list(folder.parent.iterdir())) >= MAX_OWNERS:
            told = N_("Too many people keep lessons on this machine: delete folders in {folder}.")
            raise UserError(told, folder=data_folder.shown(folder.parent))
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _path(key: str) -> Path:
    found = re.fullmatch(KEY, key)
    if found is None:
        raise UserError(_GONE)
    return _folder() / (found[1] or _SHARED) / f"{found[2] or found[3]}.md"
