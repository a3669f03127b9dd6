"""Numbers on the command line, for argparse: as people write them, and said where they are none."""

import argparse
from collections.abc import Callable
from typing import TypeVar

from convlab import numerals
from convlab.errors import UserError

N = TypeVar("N", int, float)


def number(text: str) -> float:
    """A number. Raises ArgumentTypeError, with the sentence."""
    return _told(numerals.number, text)


def whole(text: str) -> int:
    """As ``number``, a whole one."""
    return _told(numerals.whole, text)


def _told(read: Callable[[str], N], text: str) -> N:
    try:
        return read(text)
    except UserError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
