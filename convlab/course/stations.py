"""Stations: one idea each, as a Markdown file with a TOML header that says where it stands and what it asks.

A lesson is a list of stations in one text, each with its header between lines of ``+++``; the chapter's path
is a folder of such texts. Nothing in a station is ever executed: it names a lesson, a link and a function of
``convlab.course.answers``.
"""

import json
import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, model_validator

from convlab.course.checks import Body, Link, Remark, Words, plain
from convlab.errors import N_, UserError

MAX_STATIONS, MAX_CHARACTERS, MAX_HEADER = 200, 400_000, 24_000
SHORT = "short"  # what a link calls the shorter path
PATHS = ("", SHORT)  # those of the chapter: the whole one has no name
_MAX_DOTS = 600  # of a header: each dot of a key costs as much as all before it
_PATH = Path(__file__).with_name("path")
_FENCE = re.compile(r"^\+\+\+[ \t]*$", re.M)
_PARTS = {"Why": "why", "Try": "next_step"}
_HEADING = re.compile(r"^# (.*)$", re.M)

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,80}$")]
Veiled = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,80}( \.[A-Za-z0-9-]{1,40}){0,3}$")]
Lesson = Literal["kernels", "feature_maps", "modules", "train", "compare", "probe", "programs", "slips"]
Told = Annotated[int, Field(ge=-(10**15), le=10**15)] | float | Words


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)


class Choice(_Part):
    """One of the answers to choose from.

    Attributes:
        otherwise: for a wrong one, what it would have been right for: a sentence.
    """

    key: Id
    text: Words
    otherwise: Remark = ""


class Wrong(_Part):
    """A number that people guess, and the sentence that says what it would have been right for."""

    value: float
    otherwise: Remark


class Station(_Part):
    """One prepared state of one lesson, a question, and where its answer comes from.

    Attributes:
        section: of the book, such as "8.2.3"; "" in a lesson of one's own.
        place: its order within the section.
        link: the query string of the lesson's page, as the address bar shows it.
        kind: what a guess is: a number, one of ``choices``, or a value of the lesson's control ``control``
            (where one pointed); "none" asks nothing.
        unit: of the number, such as "parameters"; ``unit_one`` is of 1, where it is another: "parameter".
        tolerance: how far a right guess may be from the answer, as a share of it.
        answer: "module.function" in ``convlab.course.answers``; "" where ``told`` is the answer, or none is.
        told: an answer that who wrote the station states: a number, or a choice's key.
        book: what the book prints, where it does.
        light: keys of what is lit up on the page.
        veil: what stands covered until it is answered, so that a guess is a guess: a key each, or a key and
            a class within, "kernels-lab .sum".
        question, why, next_step: Markdown; {answer}, {book} and other figures of the answer are filled in.
    """

    id: Id
    title: Words
    section: Annotated[str, Field(pattern=r"^(8\.[1-7](\.[1-9])?)?$")] = ""
    place: int = Field(default=0, ge=0, le=9999)
    lesson: Lesson
    link: Link = ""
    kind: Literal["number", "choice", "place", "none"] = "none"
    unit: Words = ""
    unit_one: Words = ""
    tolerance: float = Field(default=0.0, ge=0.0, le=1.0)
    control: Annotated[str, Field(pattern=r"^[a-z0-9_]{0,40}$")] = ""
    choices: tuple[Choice, ...] = Field(default=(), max_length=8)
    wrong: tuple[Wrong, ...] = Field(default=(), max_length=8)
    answer: Annotated[str, Field(pattern=r"^([a-z0-9_]+\.[a-z0-9_]+)?$")] = ""
    told: Told | None = None
    book: Told | None = None
    light: tuple[Key, ...] = Field(default=(), max_length=8)
    veil: tuple[Veiled, ...] = Field(default=(), max_length=8)
    question: Body
    why: Body = ""
    next_step: Body = ""

    @model_validator(mode="after")
    def _fits(self, info: ValidationInfo) -> Self:
        number, keys = (info.context or {}).get("number", 1), [choice.key for choice in self.choices]
        if (self.kind == "choice") != bool(keys) or len(set(keys)) < len(keys):
            told = N_("Station {number}: the kind choice, and no other, has choices, each with its own key.")
            raise UserError(told, number=number)
        if (self.kind == "place") != bool(self.control):
            told = N_("Station {number}: the kind place, and no other, names a control.")
            raise UserError(told, number=number)
        if self.told is not None and not self._can_be_told(self.told):
            told = N_("Station {number}: what it tells is no number, or the key of no choice.")
            raise UserError(told, number=number)
        return self

    @property
    def address(self) -> str:
        """The path and query of the page that it stands on, less the lesson's key where it has one."""
        return f"/{self.lesson}?" + "&".join(filter(None, (self.link, f"station={self.id}")))

    def _can_be_told(self, told: float | str) -> bool:
        if self.kind == "choice":
            return told in [choice.key for choice in self.choices]
        return isinstance(told, str) != (self.kind == "number")


def parse(text: str) -> tuple[Station, ...]:
    """The stations of a lesson's text. Raises UserError with what is wrong, and in which station."""
    if len(text) > MAX_CHARACTERS:
        told = N_("This lesson has {count:,} characters: {most:,} is the most.")
        raise UserError(told, count=len(text), most=MAX_CHARACTERS)
    parts = _FENCE.split(text.replace("\r\n", "\n"))
    if len(parts) < 3 or parts[0].strip():
        raise UserError(
            N_("This is no lesson: a station begins with a line of +++, its header and another +++.")
        )
    pairs = list(zip(parts[1::2], parts[2::2], strict=False))
    if len(pairs) > MAX_STATIONS:
        told = N_("This lesson has {count} stations: {most} is the most.")
        raise UserError(told, count=len(pairs), most=MAX_STATIONS)
    stations = tuple(_station(n, header, body) for n, (header, body) in enumerate(pairs, 1))
    if len({station.id for station in stations}) < len(stations):
        raise UserError(N_("Two stations of this lesson have one id: give each its own."))
    return stations


def _station(number: int, header: str, body: str) -> Station:
    if len(header) > MAX_HEADER:
        told = N_("Station {number}: its header has {count:,} characters: {most:,} is the most.")
        raise UserError(told, number=number, count=len(header), most=MAX_HEADER)
    if header.count(".") > _MAX_DOTS:
        raise UserError(N_("Station {number}: its header is damaged: write it anew."), number=number)
    try:
        values = tomllib.loads(header)
    except tomllib.TOMLDecodeError as error:
        told = N_("Station {number}: its header is not TOML ({reason}).")
        raise UserError(told, number=number, reason=plain(str(error))) from None
    except (ValueError, RecursionError):  # a number of thousands of digits; brackets in brackets
        raise UserError(
            N_("Station {number}: its header is damaged: write it anew."), number=number
        ) from None
    return made(values | _sections(body), number)


def made(values: dict[str, Any], number: int = 1) -> Station:
    """A station of its entries, by their names. Raises UserError with what is wrong in station ``number``.

    0 is one that is just being written: the sentence then begins with what its field is called.
    """
    try:
        return Station.model_validate(values, context={"number": number})
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
    for part in found:
        if isinstance(said := part.get("ctx", {}).get("error"), UserError):
            raise said
    names = ", ".join(sorted({str(part["loc"][0]) for part in found if part["loc"]}))
    told = N_("Station {number}: these entries are missing or do not fit: {names}.")
    raise UserError(told, number=number, names=plain(names))


def _sections(body: str) -> dict[str, str]:
    question, *rest = _HEADING.split(body)
    found = {"question": question}
    for heading, text in zip(map(str.strip, rest[::2]), rest[1::2], strict=True):
        if heading not in _PARTS:
            told = N_("A station has the headings Why and Try: {heading} is none.")
            raise UserError(told, heading=plain(heading)[:40])
        found[_PARTS[heading]] = text
    return found


@cache
def shipped(language: str = "en") -> tuple[Station, ...]:
    """The chapter's path, in order; in English where it is not in this language."""
    files = {file.stem: file for file in sorted((_PATH / "en").glob("*.md"))}
    files |= {file.stem: file for file in (_PATH / language).glob("*.md")}
    found: list[Station] = [parse(file.read_text(encoding="utf-8"))[0] for file in files.values()]
    return tuple(sorted(found, key=lambda station: (station.section, station.place, station.id)))


@cache
def short(language: str = "en") -> tuple[Station, ...]:
    """The shorter path: those of the chapter's stations that ``path/short.json`` names, in its order."""
    known = {station.id: station for station in shipped(language)}
    return tuple(known[name] for name in json.loads((_PATH / "short.json").read_text(encoding="utf-8")))


def path(name: str, language: str = "en") -> tuple[Station, ...]:
    """The chapter's path of a name, one of ``PATHS``."""
    return short(language) if name == SHORT else shipped(language)


def sections(stations: Sequence[Station]) -> dict[str, list[Station]]:
    """The stations by section of the book, in their order."""
    found: dict[str, list[Station]] = {}
    for station in stations:
        found.setdefault(station.section, []).append(station)
    return found


def serialise(stations: Sequence[Station]) -> str:
    """The text that ``parse`` turns back into these stations."""
    return "\n".join(_text(station) for station in stations)


def _text(station: Station) -> str:
    values: dict[str, Any] = station.model_dump(exclude_defaults=True)
    bodies: dict[str, str] = {name: values.pop(name, "") for name in ("question", "why", "next_step")}
    lines = [f"{name} = {_toml(value)}" for name, value in values.items() if name not in ("choices", "wrong")]
    for name in ("choices", "wrong"):
        for entry in values.get(name, ()):
            lines += ["", f"[[{name}]]", *(f"{key} = {_toml(value)}" for key, value in entry.items())]
    body = bodies["question"] + "".join(
        f"\n\n# {heading}\n{bodies[name]}" for heading, name in _PARTS.items() if bodies[name]
    )
    return "+++\n" + "\n".join(lines) + "\n+++\n" + body + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda found: f"\\u{ord(found[0]):04x}", escaped) + '"'
    return str(value).lower() if isinstance(value, bool) else repr(value)
