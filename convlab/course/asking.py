"""Answers and guesses: what a station's function finds, whether a guess is right, and its text filled in."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

from convlab import numerals
from convlab.course import answers
from convlab.course.stations import Station
from convlab.errors import N_, UserError
from convlab.networks.designs import seeded

Figures = dict[str, Any]
Guess = float | str
IMPORTS = "import math\n\nimport torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
_MOST = 1e15  # of a guess
_WRITTEN = re.compile(r"(.*?[0-9.,])\s*([^0-9.,]*)")  # a number, and what stands behind it
SEEDING = "torch.manual_seed(0)"  # behind it random numbers are the same in every run
_PERCENT = ("%", "point", "百分点")  # a unit with one of them counts hundredths: "5%" is 5 of it
_LISTED = re.compile(r"\A([0-9]+)([.)])(?= )")  # "18. Each" is the 18th of a list to Markdown
# A star between letters or figures multiplies, "__init__" is a name; not within program text or a formula.
# Chinese has no blanks between its words, so beside one of its letters a star sets off what follows.
_TYPED = re.compile(
    r"(`+)[^`].*?\1|\$\$.+?\$\$|\$[^$\n]+\$"
    r"|((?<=[\w)\]])(?<![\u3400-\u9fff])\*{1,2}(?![\u3400-\u9fff])(?=\w)|\b__(?=\w+?__\b)|(?<=\w)__\b)",
    re.S,
)
_FIELD = re.compile(r"\{(\w+)(?::([+]?,?(?:\.\d{1,2})?[defg%]?))?\}")  # with no width: a text stays short


@cache
def functions() -> dict[str, Callable[[], Figures]]:
    """Every function that answers, by "module.function"."""
    found: dict[str, Callable[[], Figures]] = {}
    for module in pkgutil.iter_modules(answers.__path__):
        for name, function in vars(importlib.import_module(f"{answers.__name__}.{module.name}")).items():
            if inspect.isfunction(function) and not name.startswith("_"):
                found[f"{module.name}.{name}"] = function
    return found


@cache
def figures(name: str) -> Figures:
    """What a function that answers finds behind ``torch.manual_seed(0)``; computed once.

    Raises UserError for an unknown name.
    """
    if name not in functions():
        raise UserError(N_("There is no answer of the name {name}."), name=name[:80])
    return seeded(functions()[name], 0)


def answer(station: Station) -> Figures:
    """The figures of a station, "answer" among them; without it where the station has no answer."""
    found = figures(station.answer) if station.answer else {}
    if not found and station.told is not None:
        found = {"answer": station.told}
    return found if station.book is None else {"book": station.book, **found}


def read(station: Station, text: str) -> float:
    """The number that a guess says as people type it: "18,090", "75 %", "0,5", "27 weights".

    "1,125" can be read in two ways: where one is the answer, it is that one, else the one that pages print.
    Raises UserError for what is no number.
    """
    written, unit = numerals.plain(text).strip(), station.unit.casefold()
    share = 1.0
    if (parts := _WRITTEN.fullmatch(written)) and (behind := parts[2].strip().casefold()):
        if behind == "%" or unit.startswith(behind):
            written = parts[1]
        if behind == "%" and not any(word in unit for word in _PERCENT):
            share = 0.01
    ways = [numerals.printed(written) * share]
    with suppress(ValueError):
        ways.append(float(written.replace(",", ".")) * share)
    guess = next((way for way in ways if is_right(station, way)), ways[0])
    if abs(guess) > _MOST:
        raise numerals.too_large(text)
    return guess


def is_right(station: Station, guess: Guess) -> bool:
    """Whether a guess is the answer: within the tolerance, the key of the choice, or one of the places."""
    right: Any = answer(station).get("answer")
    if station.kind == "number":
        with suppress(TypeError, ValueError):  # a lesson's own text may ask what has another kind of answer
            return abs(float(guess) - float(right)) <= station.tolerance * abs(float(right)) + 1e-9
        return False
    return guess in right if isinstance(right, list | tuple | set) else guess == right


def otherwise(station: Station, guess: Guess) -> str:
    """What a wrong guess would have been right for; "" where the station does not say."""
    if station.kind == "number":
        near = [w for w in station.wrong if abs(w.value - float(guess)) <= 1e-9 + 1e-6 * abs(w.value)]
        return near[0].otherwise if near else ""
    return next((choice.otherwise for choice in station.choices if choice.key == guess), "")


def program(station: Station) -> str:
    """The script that computes a station's answer and prints its figures; it runs in ConvLab's folder."""
    function = functions()[station.answer]
    return f"{IMPORTS}\n\n{inspect.getsource(function)}\n\n{SEEDING}\nprint({function.__name__}())\n"


def typed(text: str) -> str:
    """A Markdown text in which "8*8*8" and "__init__" stand as they were typed; "**bold**" is still bold."""

    def put(found: re.Match[str]) -> str:
        mark = found[2]
        return found[0] if mark is None else "".join(f"\\{sign}" for sign in mark)

    return _TYPED.sub(put, text)


def filled(text: str, found: Figures) -> str:
    """A text with its {fields} replaced by figures, formatted as they say ("{answer:,}"); others stand.

    It stays Markdown as it was written: a figure at the beginning does not become the number of a list.
    """

    def put(field: re.Match[str]) -> str:
        value, form = found.get(field[1]), field[2] or ""
        if isinstance(value, list | tuple):
            return ", ".join(map(str, value))
        with suppress(TypeError, ValueError):  # a text, written as a number
            return field[0] if value is None else format(value, form)
        return field[0]

    written = typed(_FIELD.sub(put, text))
    return _LISTED.sub(r"\1\\\2", written) if text.startswith("{") else written
