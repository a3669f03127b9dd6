"""What no station may hold: texts that reach outside, links to what one machine alone has."""

import re
from typing import Annotated
from urllib.parse import parse_qsl, unquote

from pydantic import AfterValidator, Field, ValidationInfo

from convlab.datasets.sources import SOURCES
from convlab.errors import N_, Sentence, UserError

MAX_PARAMETERS = 60

# What no text needs: it would hide, turn round or end something on the screen or in a file.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")
# Pictures, links, addresses and HTML, as CommonMark and GitHub's dialect of it read them.
_OUTSIDE = re.compile(r"\]\(|\]:|\]\s*\[|<[a-z/!?]|://|\bwww\.|[\w.+-]@\w", re.I)
# Program text within a line, where no mark means anything; what else may end a span counts as a mark.
_CODE = re.compile(r"(?<![\\`])(`+)(?!`)[^`$|\n]+(?<!`)\1(?!`)")
_STRUCTURE = re.compile(r"^[ \t]*(?:# |\+\+\+)", re.M)

# What only this machine, or this visit, has, by the link's parameter. Any run counts.
_OF_ONE_MACHINE = {
    "picture": {"upload", "camera"},
    "weights": {"checkpoint", "run"},
    "network": {"onnx", "terminal"},
    "model": {"checkpoint"},
    "second": {"checkpoint"},
    "saved_weights": {"file"},
}
_RUNS = ("run", "sweep")
_DATA = ("data", "excite_data", "only_data", "other_data")
_SHOWN = 30  # characters of what was found
_FIELDS = {  # the entries, as the form calls them
    "title": N_("Title"),
    "question": N_("Question"),
    "why": N_("Note"),
    "next_step": N_("One thing to try"),
    "unit": N_("Unit"),
    "text": N_("Choices"),
    "otherwise": N_("Choices"),
}
_OF_THE_CARD = ("station", "course", "present")


def _text(text: str, info: ValidationInfo) -> str:
    if _CONTROL.search(text):
        told = N_("{where} holds control characters: write it anew as plain text.")
        raise UserError(told, where=_where(info))
    if found := _OUTSIDE.search(_without_code(text)):
        told = N_("{where} holds a link, a picture, an address or HTML ({found}): leave that out.")
        raise UserError(told, where=_where(info), found=_around(found))
    return text


def _line(text: str, info: ValidationInfo) -> str:
    if "\n" in text:
        raise UserError(N_("{where} has several lines: write it in one."), where=_where(info))
    return _text(text, info)


def _body(text: str, info: ValidationInfo) -> str:
    if found := _STRUCTURE.search(text):
        told = N_("{where}: no line of its texts may begin with # or +++ (“{found}”).")
        line = plain(text[found.start() :].strip().splitlines()[0])[:_SHOWN]
        raise UserError(told, where=_where(info), found=line)
    return _text(text, info)


def _where(info: ValidationInfo) -> Sentence:
    """Station and entry; of a station that is just being written, what its field is called."""
    name = str(info.field_name)
    if not _number(info):
        return Sentence(_FIELDS.get(name, name))
    return Sentence(N_("Station {number}: {name}"), {"number": _number(info), "name": name})


def _around(found: re.Match[str]) -> str:
    """What was found, with what belongs to it, for a sentence."""
    rest = re.match(r"[^\s>]*>?", found.string[found.end() :])
    return plain(" ".join((found[0] + (rest[0] if rest else "")).split()))[:_SHOWN]


def plain(text: str) -> str:
    """Text of unknown origin, short and in one line, for a sentence."""
    return re.sub(r"[^\x20-\x7e\u00a1-\u02ff]", "?", text)[:200]


def _link(link: str, info: ValidationInfo) -> str:
    if re.search(r"[^!-~]|#|^[?/]", link) or _CONTROL.search(unquote(link)):
        told = N_("Station {number}: its link is what stands behind the ? of a page's address.")
        raise UserError(told, number=_number(info))
    try:
        parts = parse_qsl(link, True, True, errors="strict", max_num_fields=MAX_PARAMETERS) if link else []
    except ValueError:
        told = N_("Station {number}: its link is damaged: copy it from the address of the page again.")
        raise UserError(told, number=_number(info)) from None
    for name, value in parts:
        if name in _OF_THE_CARD:
            told = N_("Station {number}: its link may not hold {name}, which the lab adds itself.")
            raise UserError(told, number=_number(info), name=name)
        if value and is_of_one_machine(name, value):
            told = N_(
                "Station {number}: its link leads to a run, an upload or data that only one machine has."
            )
            raise UserError(told, number=_number(info))
    return link


def is_of_one_machine(name: str, value: str) -> bool:
    """Whether a link's parameter names what cannot be had elsewhere: runs, an upload, own data or code."""
    if name in _DATA:
        return value not in SOURCES
    return name in _RUNS or value.startswith("run:") or value in _OF_ONE_MACHINE.get(name, ())


def _without_code(text: str) -> str:
    """A text without its program text; whole where it is not plain what is program text and what is not."""
    rest = _CODE.sub("code", text)
    return text if "`" in rest else rest


def _number(info: ValidationInfo) -> int:
    return int((info.context or {}).get("number", 1))


Body = Annotated[str, Field(max_length=4000), AfterValidator(_body)]
Remark = Annotated[str, Field(max_length=800), AfterValidator(_text)]
Words = Annotated[str, Field(max_length=200), AfterValidator(_line)]
Link = Annotated[str, Field(max_length=6000), AfterValidator(_link)]
