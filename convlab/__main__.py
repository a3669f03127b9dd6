"""The lab's work from a terminal: ``convlab shapes --design net``, or ``python -m convlab ...``."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from convlab import __version__
from convlab.errors import UserError

COMMANDS = {
    "shapes": "list a design's layers with their receptive fields",
    "train": "train a network; the Train page shows it live",
    "evaluate": "measure trained weights on a data set",
    "probe": "ask trained weights about pictures",
}


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One sentence instead of argparse's usage and error."""
        self.exit(2, f"{message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what it has to say goes to stdout, a mistake as one sentence to stderr.

    Gives 0, or 2 for bad input. argparse's own mistakes leave by SystemExit(2).
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser(given[:1]).parse_args(given)
    try:
        code = int(options.run(options))
        sys.stdout.flush()
        return code
    except BrokenPipeError:  # who reads us, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except UserError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:  # before the training began, which saves
        print("Ended before anything was done.", file=sys.stderr)
    return 2


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
