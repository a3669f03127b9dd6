"""Options of a design on the command line: ``--option kernel_size=1x3``."""

import argparse
import re
from collections.abc import Sequence
from typing import Any

from convlab.errors import N_, UserError


def add(parser: argparse.ArgumentParser) -> None:
    """Declare ``--option``, which may be given several times."""
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="such as kernel_size=1x3, n_blocks=100",
    )


def parsed(given: Sequence[str]) -> dict[str, Any]:
    """Names and values. Raises UserError for what is no NAME=VALUE."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise UserError(
                N_("{text} is no option: write NAME=VALUE, such as n_chans1=16."), text=repr(text)[:40]
            )
        found[name] = _value(value)
    return found


def _value(text: str) -> object:
    """A whole number, two as in 1x3, true or false; else the text itself."""
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"\d{1,4}(x\d{1,4})?", text, re.ASCII):
        numbers = tuple(map(int, text.split("x")))
        return numbers[0] if len(numbers) == 1 else numbers
    return text
