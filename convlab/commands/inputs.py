"""What is named on the command line: files, data sets, options of a design (``--option kernel_size=1x3``)."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from convlab.datasets import shelf
from convlab.errors import N_, UserError
from convlab.networks import checkpoints


def add_weights(parser: argparse.ArgumentParser) -> None:
    """Declare ``--weights``."""
    parser.add_argument("--weights", required=True, type=Path, metavar="FILE", help=".pt or .safetensors")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare ``--option``, which may be given several times."""
    about = "such as kernel_size=1x3, n_blocks=100"
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help=about)


def options(given: Sequence[str]) -> dict[str, Any]:
    """Names and values. Raises UserError for what is no NAME=VALUE."""
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            sentence = N_("{text} is no option: write NAME=VALUE, such as n_chans1=16.")
            raise UserError(sentence, text=repr(text)[:40])
        found[name] = _value(value)
    return found


def read(path: Path) -> bytes:
    """A file of weights, no further than a checkpoint may reach. Raises UserError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(checkpoints.MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such file"
        sentence = N_("{path} cannot be read: {reason}.")
        raise UserError(sentence, path=repr(str(path))[:200], reason=reason) from error


def prepared(source: str) -> str:
    """The key of a data set; what takes longer than a second shows a bar on stderr. Raises UserError."""
    with tqdm(desc=Path(source).name[:30], delay=1.0, leave=False, disable=None, file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        return shelf.prepare(source, progress=progress)


def _value(text: str) -> object:
    """A whole number, two as in 1x3, true or false; else the text itself."""
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"\d{1,4}(x\d{1,4})?", text, re.ASCII):
        numbers = tuple(map(int, text.split("x")))
        return numbers[0] if len(numbers) == 1 else numbers
    return text
