"""What a command prints: JSON for programs, or columns to read."""

import argparse
import json
from collections.abc import Callable, Sequence
from typing import Any


def add(parser: argparse.ArgumentParser, about: str = "print the result as one line of JSON") -> None:
    """Declare ``--json``."""
    parser.add_argument("--json", action="store_true", help=about)


def show(found: Any, as_json: bool, readable: Callable[[], str]) -> None:
    """Print a result; as JSON a list has a line for each entry."""
    if not as_json:
        print(readable())
    elif isinstance(found, list):
        print("[", ",\n ".join(map(json.dumps, found)), "]", sep="")
    else:
        print(json.dumps(found))


def columns(lines: Sequence[Sequence[str]], align: Callable[[str, int], str] = str.ljust) -> str:
    """Lines of cells, as many in each, below each other."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(align, line, widths)).rstrip() for line in lines)
