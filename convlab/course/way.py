"""A person's way, kept on this machine: which stations were seen, what was guessed, which programs mended."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from convlab.course.asking import Guess
from convlab.course.stations import Station
from convlab.errors import N_, UserError
from convlab.storage import atomic, data_folder, locks

MAX_VISITS, MAX_BYTES = 2000, 1_000_000  # of one way
MAX_WAYS, MAX_WAYS_BYTES = 10_000, 100_000_000  # of all: those that nobody has gone for longest make room
MAX_GUESS = 200
State = Literal["right", "wrong", "seen", "new"]

_FOLDER = "ways"
_PROGRAMS = "programs"  # before the name of one that was mended; no lesson has such a key
_PERSON = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"([a-z0-9_-]{1,64}/)?[a-z0-9][a-z0-9_-]{0,59}")


class Visit(BaseModel):
    """What is kept of one station.

    Attributes:
        seen: when it was seen last, in seconds since 1970.
        guess: the last one, a number or a text; None before the first.
        right: whether that was the answer.
        answered: when it was given.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    seen: float
    guess: float | Annotated[str, Field(max_length=MAX_GUESS)] | None = None
    right: bool | None = None
    answered: float | None = None

    @property
    def state(self) -> State:
        """How it is shown on the way."""
        return "seen" if self.right is None else "right" if self.right else "wrong"


_KNOWN = TypeAdapter(dict[str, Visit])


def of(person: str) -> dict[str, Visit]:
    """A person's visits by the station's name, see ``name``; none where nothing whole is kept."""
    try:
        with _path(person).open("rb") as file:
            text = file.read(MAX_BYTES + 1)
        return _KNOWN.validate_json(text) if len(text) <= MAX_BYTES else {}
    except (OSError, ValidationError):
        return {}


def name(station: str, course: str = "") -> str:
    """What a way calls a station: its id, behind the key of a lesson that is not the chapter's path."""
    return f"{course}/{station}" if course else station


def seen(person: str, station: str) -> None:
    """Note that a person is at a station, once for as long as the person stays there.

    Raises UserError where the way has no more room, and OSError where the disk refuses.
    """
    visits = of(person)
    if station not in visits or visits[station].seen < max(visit.seen for visit in visits.values()):
        _change(person, station, lambda old, now: _visit(old, seen=now))


def answered(person: str, station: str, guess: Guess, right: bool) -> None:
    """Note a guess and whether it was right; the last one stands. Raises as ``seen``."""
    kept = guess[:MAX_GUESS] if isinstance(guess, str) else guess
    _change(person, station, lambda old, now: _visit(old, seen=now, guess=kept, right=right, answered=now))


def solved(person: str) -> set[str]:
    """The programs that a person has brought to run as they should."""
    start = name("", _PROGRAMS)
    return {found.removeprefix(start) for found in of(person) if found.startswith(start)}


def solve(person: str, program: str) -> None:
    """Note that a program runs as it should. Raises as ``seen``."""
    _change(person, name(program, _PROGRAMS), lambda old, now: _visit(old, seen=now, right=True))


def unsolve(person: str, program: str) -> None:
    """Begin with a program anew. Raises as ``seen``."""
    if program in solved(person):
        _change(person, name(program, _PROGRAMS), lambda _old, _now: None)


def forget(person: str) -> None:
    """Forget a person's whole way, so that it begins anew. Raises OSError."""
    _path(person).unlink(missing_ok=True)


def state(visits: Mapping[str, Visit], station: str) -> State:
    """How a station stands on a way: answered right or wrong, seen only, or new."""
    return visits[station].state if station in visits else "new"


def go_on(path: Sequence[Station], visits: Mapping[str, Visit]) -> Station | None:
    """Where to go on: at the station seen last, or, where it is done, at the next that is not.

    None where all are done.
    """
    been = [n for n, station in enumerate(path) if station.id in visits]
    last = max(been, key=lambda n: visits[path[n].id].seen, default=0)
    ahead = [*path[last:], *path[:last]]
    return next((station for station in ahead if not _done(station, visits)), None)


def _done(station: Station, visits: Mapping[str, Visit]) -> bool:
    found = state(visits, station.id)
    return found in ("right", "wrong") or (station.kind == "none" and found == "seen")


def _visit(old: Visit | None, **values: object) -> Visit:
    return Visit.model_validate({**(old.model_dump() if old else {}), **values})


def _change(person: str, station: str, change: Callable[[Visit | None, float], Visit | None]) -> None:
    """Put another visit in place of a station's last, or none; tabs that do so at once wait in turn."""
    if not _NAME.fullmatch(station):
        raise UserError(N_("{name} is no station's name."), name=repr(station)[:40])
    path = data_folder.part(_FOLDER) / _path(person).name
    with locks.alone(path.with_name(".lock")):
        if not path.exists():
            _make_room(path.parent)
        visits = of(person)
        if (new := change(visits.get(station), time.time())) is None:
            visits.pop(station, None)
        else:
            visits[station] = new
        data = _KNOWN.dump_json(visits, exclude_none=True)
        if len(visits) > MAX_VISITS or len(data) > MAX_BYTES:
            raise UserError(N_("Your way holds as many stations as it can: reset it on Home to note others."))
        atomic.write(path, data)


def _make_room(folder: Path) -> None:
    """For one more way: the files that were changed longest ago go while there are too many, or too much."""
    atomic.sweep(folder)
    files = []
    for path in folder.glob("*.json"):
        with suppress(OSError):
            files.append((path.stat().st_mtime, path.stat().st_size, path))
    count, size = len(files), sum(size for _when, size, _path in files)
    for _when, of_one, path in sorted(files):
        if count < MAX_WAYS and size < MAX_WAYS_BYTES:
            return
        path.unlink(missing_ok=True)
        count, size = count - 1, size - of_one


def _path(person: str) -> Path:
    if not _PERSON.fullmatch(person):
        raise ValueError(person)
    return data_folder.path() / _FOLDER / f"{person}.json"
