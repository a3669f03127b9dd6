"""What is named on the command line: files, data sets, options of a design (``--option kernel_size=1x3``)."""

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from convlab import numerals
from convlab.commands import numbers
from convlab.datasets import report, shelf
from convlab.errors import N_, UserError
from convlab.networks import checkpoints
from convlab.networks.about import About
from convlab.networks.checkpoints import Checkpoint, Match
from convlab.networks.designs import DESIGNS
from convlab.probing import loading
from convlab.probing.loading import NORMALISATIONS, LoadedProbe, Questions, checked_normalisation

WEIGHTS = "a state_dict or training checkpoint of torch.save, or safetensors, by any name"
_ASKED = """ConvLab's own weights say how they are to be read. Of another file, design, activation and
normalisation are asked for where its weights fit several: nothing is guessed. Classes without names are
numbered."""


def add_weights(parser: argparse.ArgumentParser, more: Sequence[str] = ()) -> None:
    """Declare ``--weights``, and what a file may leave open; ``more`` normalisations than the usual."""
    parser.add_argument("--weights", required=True, type=Path, metavar="FILE", help=WEIGHTS)
    parser.epilog = _ASKED
    parser.add_argument("--design", help=f"what the weights belong to: {', '.join(DESIGNS)}")
    add_options(parser, "such as activation=relu")
    about = "names in the order of the logits, as the data has them: airplane bird, or airplane,bird"
    parser.add_argument("--classes", nargs="+", metavar="NAME", help=about)
    about = "how pixels were scaled: cifar10 as in the chapter, none (0 to 1), half (-1 to 1)"
    parser.add_argument("--normalisation", choices=[*NORMALISATIONS, *more], help=about)
    about = "in place of it: of red, green, blue, as transforms.Normalize takes it"
    for name in ("mean", "std"):
        parser.add_argument(f"--{name}", nargs=3, type=numbers.number, metavar="N", help=about)


def add_options(parser: argparse.ArgumentParser, about: str) -> None:
    """Declare ``--option``, which may be given several times."""
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help=about)


def probe(given: argparse.Namespace) -> LoadedProbe:
    """The weights that are named, read as their file tells and as was said.

    Tells on stderr what was assumed, which changes no answer (see ``assumed``). Raises UserError, which names
    the options that are missing where answers would depend on a guess.
    """
    checkpoint, said = checkpoints.load(read(given.weights)), _said(given)
    _refuse_guesses(loading.questions(checkpoint, said))
    found = loading.settle(checkpoint, said)
    for line in assumed(found.match, found.questions):
        print(line, file=sys.stderr)
    return found


def network(checkpoint: Checkpoint, said: About) -> Match:
    """The design and options that weights belong to, as ``probe`` finds them; normalisation is no matter."""
    asked = replace(loading.questions(checkpoint, said), normalisation=False, classes=0)
    _refuse_guesses(asked)
    match = loading.network(checkpoint, said)
    for line in assumed(match, asked):
        print(line, file=sys.stderr)
    return match


def assumed(match: Match, questions: Questions) -> list[str]:
    """What was taken for granted, in sentences: it changes no answer."""
    lines = []
    if questions.designs:
        others = ", ".join(key for key in questions.designs if key != match.design)
        lines.append(f"Read as {match.design}; {others} would answer the same (--design).")
    if questions.classes:
        lines.append("The file names no classes: they are numbered (--classes).")
    return lines


def _refuse_guesses(questions: Questions) -> None:
    found = []
    if questions.designs and not questions.alike:
        found.append(f"--design {' or '.join(questions.designs)}")
    if questions.activations:
        found.append(f"--option activation={' or '.join(questions.activations)}")
    if questions.normalisation:
        found.append(f"--normalisation {' or '.join(NORMALISATIONS)}")
    if found:
        sentence = N_("This file does not tell all that its answers depend on: add {missing}.")
        raise UserError(sentence, missing=" and ".join(found))


def _said(given: argparse.Namespace) -> About:
    classes = given.classes
    if classes is not None and len(classes) == 1:
        classes = [name.strip() for name in classes[0].split(",")]
    mean, std = NORMALISATIONS.get(given.normalisation, (None, None))
    if given.mean or given.std:
        if given.normalisation or not (given.mean and given.std):
            raise UserError(N_("Give --mean and --std together, or --normalisation alone."))
        mean, std = checked_normalisation(given.mean, given.std)
    names = None if classes is None else tuple(classes)
    return About(given.design, options(given.option) or None, names, mean, std)


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
    """The key of a data set; on stderr a bar while it is made, and what is to be said of it.

    The bar is for what takes longer than a second. Raises UserError.
    """
    with tqdm(desc=Path(source).name[:30], delay=1.0, leave=False, disable=None, file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        key = shelf.prepare(source, progress=progress)
    for sentence in report.sentences(shelf.get(key)):
        print(sentence, file=sys.stderr)
    return key


def _value(text: str) -> object:
    """A whole number, two as in 1x3 or (1, 3), true or false as Python or JSON spells them; else the text."""
    plain, words = numerals.plain(text), {"true": True, "false": False, "none": None, "null": None}
    if plain.casefold() in words:
        return words[plain.casefold()]
    pair = re.sub(r"^[(\[]\s*(\d+)\s*,\s*(\d+)\s*[)\]]$", r"\1x\2", plain.replace("×", "x"), flags=re.ASCII)
    if re.fullmatch(r"\d{1,4}(x\d{1,4})?", pair, re.ASCII):
        numbers = tuple(map(int, pair.split("x")))
        return numbers[0] if len(numbers) == 1 else numbers
    return text
