"""What a command prints: JSON for programs, or columns to read."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from convlab.errors import N_, UserError
from convlab.storage import atomic


def add(parser: argparse.ArgumentParser, about: str = "print the result as one line of JSON") -> None:
    """Declare ``--json``."""
    parser.add_argument("--json", action="store_true", help=about)


def show(found: Any, as_json: bool, readable: Callable[[], str]) -> None:
    """Print a result; as JSON a list has a line for each entry."""
    if not as_json:
        text = readable()
    elif isinstance(found, list):
        text = "".join(["[", ",\n ".join(map(json.dumps, found)), "]"])
    else:
        text = json.dumps(found)
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:  # not of the disk that ConvLab's own folder is on
        be_silent()
        raise UserError(N_("The result cannot be printed: {reason}."), reason=str(error.strerror)) from error


def write(file: Path, data: bytes) -> None:
    """Write a whole file, or leave what was there. Raises UserError where it cannot be written."""
    try:
        atomic.write(file, data)
    except OSError as error:
        told = N_("{file} cannot be written: {reason}.")
        raise UserError(told, file=str(file)[:200], reason=str(error.strerror)) from error


def be_silent() -> None:
    """What is not printed yet need not be: Python would try once more at the end, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def columns(lines: Sequence[Sequence[str]], align: Callable[[str, int], str] = str.ljust) -> str:
    """Lines of cells, as many in each, below each other."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(align, line, widths)).rstrip() for line in lines)
