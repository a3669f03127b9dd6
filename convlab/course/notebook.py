"""A way as a Jupyter notebook: each station's question, the guess, the code that answers and its figures.

Format 4.5 of https://nbformat.readthedocs.io/en/latest/format_description.html, without outputs: whoever runs
it from top to bottom computes every number anew, and is told where one differs from what the screen showed.
"""

import inspect
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from convlab import __version__
from convlab.course import asking
from convlab.course.asking import Figures
from convlab.course.stations import Station
from convlab.course.way import Visit
from convlab.errors import N_

Say = Callable[[str], str]  # a sentence in the reader's language

_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
_BEGIN = N_(
    "Made by ConvLab {version}. Each station has its question, the code that answers it, and the figures "
    "that were on the screen. Run the cells from top to bottom: every number is computed anew and compared "
    "with those."
)
_FOLDER = N_(
    "ConvLab's `requirements.txt` holds all that is needed. Cells that import `convlab` run where this "
    "notebook lies in ConvLab's folder."
)
_NEEDS = N_("This cell needs ConvLab: run the notebook in its folder.")
_RIGHT = N_("Your guess: **{guess}**, which was right.")
_WRONG = N_("Your guess: **{guess}**, which was not right.")
_COMPARE = '''
torch.set_num_threads(1)  # as in the lab, so that sums are rounded alike


def compare_with_screen(found, shown):
    """Print each figure, and stop where one is not what the screen showed, within rounding."""
    for name, was in shown.items():
        now = found[name]
        print(f"{name}: {now}")
        if isinstance(was, float):
            assert math.isclose(now, was, rel_tol=1e-4, abs_tol=1e-6), f"{name} was {was} on the screen"
        else:
            assert now == was, f"{name} was {was} on the screen"'''
_CALL = f"{asking.SEEDING}\ncompare_with_screen({{function}}(), {{shown}})"


def written(stations: Sequence[Station], visits: Mapping[str, Visit], title: str, say: Say = str) -> str:
    """The text of a notebook over these stations, in their order, with what was guessed at those visited.

    ``say`` translates. Computes every answer that nobody has asked for yet. Raises UserError where one has
    gone.
    """
    begin = f"# {title}\n\n{say(_BEGIN).format(version=__version__)}\n\n{say(_FOLDER)}"
    cells = [_markdown(begin), _code(asking.IMPORTS + _COMPARE)]
    for station in stations:
        cells += _cells(station, visits.get(station.id), say)
    numbered = [{**cell, "id": f"cell-{n}"} for n, cell in enumerate(cells)]
    book = {"cells": numbered, "metadata": _METADATA, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, ensure_ascii=False, indent=1) + "\n"


def _cells(station: Station, visit: Visit | None, say: Say) -> list[dict[str, Any]]:
    found = asking.answer(station)
    parts = [f"## {station.section} {station.title}".replace("##  ", "## "), *_asked(station, found)]
    if visit is not None and visit.guess is not None:
        parts.append(say(_RIGHT if visit.right else _WRONG).format(guess=_named(station, visit.guess)))
    cells = [_markdown("\n\n".join(parts))]
    if station.answer:
        cells.append(_code(_program(station.answer, say)))
    told = []
    if "answer" in found:
        told.append(say(N_("The answer: **{answer}**.")).format(answer=_named(station, found["answer"])))
    if station.book is not None:
        told.append(say(N_("The book prints {book}.")).format(book=asking.filled("{book:,}", found)))
    told += [asking.filled(station.why, found)] if station.why else []
    if station.next_step:
        told.append(say(N_("Try: {step}")).format(step=asking.filled(station.next_step, found)))
    told.append(say(N_("In the lab: {address}")).format(address=f"`{station.address}`"))
    return [*cells, _markdown("\n\n".join(told))]


def _asked(station: Station, found: Figures) -> list[str]:
    choices = "\n".join(f"- {choice.text}" for choice in station.choices)
    return [asking.filled(station.question, found), *([choices] if choices else [])]


def _named(station: Station, value: Any) -> str:
    """A guess or an answer, as the card has it: a choice by its text, a number with its unit."""
    if station.kind == "choice":
        return next((choice.text for choice in station.choices if choice.key == value), str(value))
    if isinstance(value, int | float):
        return (
            f"{value:,.6g} {station.unit}".strip()
            if isinstance(value, float)
            else f"{value:,} {station.unit}".strip()
        )
    return ", ".join(value) if isinstance(value, list | tuple) else str(value)


def _program(name: str, say: Say) -> str:
    """The function that answers, as it stands in the library, and a call that compares its figures."""
    function, shown = asking.functions()[name], asking.figures(name)
    source = inspect.getsource(function).rstrip()
    needs = f"# {say(_NEEDS)}\n" if "convlab" in source else ""
    return needs + source + "\n\n\n" + _CALL.format(function=function.__name__, shown=_literal(shown))


def _literal(shown: Figures) -> str:
    """A dict of figures as Python source, a line each where they are several."""
    lines = [f"    {name!r}: {value!r}," for name, value in shown.items()]
    one = "{" + ", ".join(line.strip().rstrip(",") for line in lines) + "}"
    return one if len(one) < 60 else "{\n" + "\n".join(lines) + "\n}"


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": _lines(text)}


def _code(text: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": _lines(text),
    }


def _lines(text: str) -> list[str]:
    """As notebooks hold text: a list of lines, each with its end but the last."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)
