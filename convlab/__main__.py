"""The lab from a terminal: ``convlab`` opens it, ``convlab shapes --design net`` works without it."""

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from convlab import __version__
from convlab.commands import output
from convlab.errors import UserError
from convlab.storage import disk

COMMANDS = {
    "serve": "open the lab in the browser, as convlab does without a command",
    "shapes": "list a design's layers with their receptive fields",
    "train": "train a network; the Train page shows it live",
    "compare": "train several designs with several seeds: which difference is real?",
    "evaluate": "measure trained weights on a data set",
    "probe": "ask trained weights about pictures",
    "stations": "list the chapter's path: its questions, and their answers computed now",
    "notebook": "write the chapter's path as a Jupyter notebook that computes every number again",
    "open": "open a network of your own code on the Feature maps page",
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One sentence instead of argparse's usage and error."""
        self.exit(2, f"{message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what it has to say goes to stdout, a mistake as one sentence to stderr.

    Gives 0, or 2 for bad input. argparse's own mistakes leave by SystemExit(2).
    """
    if isinstance(sys.stdout, io.TextIOWrapper):  # a code page may lack a letter, which is no reason to fail
        sys.stdout.reconfigure(errors="replace")
    try:
        return _run(sys.argv[1:] if arguments is None else list(arguments))
    except BrokenPipeError:  # who reads us, such as head, has seen enough
        output.be_silent()
        return 0
    except UserError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:  # before the training began, which saves
        print("Ended before anything was done.", file=sys.stderr)
    return 2


def _run(given: list[str]) -> int:
    given = _completed(given)
    parser = _parser(given[:1])
    _refuse_empty(parser, given)
    options = parser.parse_args(given)
    if sys.stdout is None:  # closed by who started us
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    with disk.told():
        code = int(options.run(options))
    sys.stdout.flush()
    return code


def _completed(given: list[str]) -> list[str]:
    """The lab is opened where no command is named: by no word at all, or by options alone."""
    first = given[0] if given else "-"
    own = first in ("-h", "--help", "--version")
    return ["serve", *given] if first.startswith("-") and not own else given


def _refuse_empty(parser: _Parser, given: Sequence[str]) -> None:
    """An empty word is an empty variable of a shell; taken for no word at all, it would mean a default."""
    for before, word in zip(["convlab", *given], given, strict=False):
        option, equals, value = word.partition("=")
        if not word.strip() or (option.startswith("--") and equals and not value.strip()):
            parser.error(f"{option.strip() or before} has an empty value: give one, or leave it out.")


def _parser(chosen: list[str]) -> _Parser:
    """Knows all commands and the options of the chosen one: the others' imports would only take time."""
    parser = _Parser(prog="convlab", description="ConvLab from a terminal.")
    parser.add_argument("--version", action="version", version=f"convlab {__version__}")
    commands = parser.add_subparsers(required=True, metavar="command")
    for name, about in COMMANDS.items():
        command = commands.add_parser(name, help=about, description=about)
        if name in chosen:
            module = importlib.import_module(f"convlab.commands.{name}")
            module.arguments(command)
            command.set_defaults(run=module.run)
    return parser


if __name__ == "__main__":
    sys.exit(main())
