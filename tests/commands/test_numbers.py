"""Numbers on the command line: what people write, and a sentence where it is none."""

import argparse
from collections.abc import Callable

import pytest

from convlab.commands import numbers


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [(numbers.whole, "8501", 8501), (numbers.number, "0.5", 0.5), (numbers.number, "1e-3", 0.001)],
)
def test_a_number_is_read(read: Callable[[str], float], text: str, value: float) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text"), [(numbers.whole, "1.5"), (numbers.whole, "x"), (numbers.number, "nan")]
)
def test_what_is_none_is_said(read: Callable[[str], float], text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=text):
        read(text)
