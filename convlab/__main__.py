"""The lab's work from a terminal: ``python -m convlab shapes --design net --json``."""

import argparse
import json
import re
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from convlab import layers, models, receptive_field
from convlab.errors import N_, UserError
from convlab.receptive_field import Row

MAX_SIDE_PX = 1024


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One sentence instead of argparse's usage and error."""
        self.exit(2, f"{message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; what it has to say goes to stdout, a mistake as one sentence to stderr.

    Returns:
        0, or 2 for bad input. argparse's own mistakes leave by SystemExit(2).
    """
    options = _parser().parse_args(arguments)
    try:
        rows = shapes(options.design, _options(options.option), _shape(options.input))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        print("[", ",\n ".join(json.dumps(_plain(row)) for row in rows), "]", sep="")  # a layer a line
    else:
        print(_readable(rows))
    return 0


def _parser() -> _Parser:
    parser = _Parser(prog="python -m convlab", description="ConvLab from a terminal.")
    commands = parser.add_subparsers(required=True, metavar="command")
    shapes_command = commands.add_parser("shapes", help="list a design's layers with their receptive fields")
    shapes_command.add_argument("--design", required=True, help=", ".join(models.DESIGNS))
    shapes_command.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="such as kernel_size=1x3, n_blocks=100",
    )
    shapes_command.add_argument("--input", default="3x32x32", metavar="CxHxW", help="default: 3x32x32")
    shapes_command.add_argument("--json", action="store_true", help="print a JSON list of layers")
    return parser


def shapes(design: str, options: dict[str, Any], input_shape: tuple[int, int, int]) -> tuple[Row, ...]:
    """The receptive-field table of a design.

    Raises:
        UserError: unknown design or option, or a picture that the design's Linear layers do not take.
    """
    module = models.design(design).build(**options)
    return receptive_field.table(layers.trace(module, input_shape))


def _options(given: Sequence[str]) -> dict[str, Any]:
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
    """A whole number, two as in 1x3, true or false; else the text itself, which no design takes."""
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"\d{1,4}(x\d{1,4})?", text, re.ASCII):
        numbers = tuple(map(int, text.split("x")))
        return numbers[0] if len(numbers) == 1 else numbers
    return text


def _shape(text: str) -> tuple[int, int, int]:
    match = re.fullmatch(r"(\d{1,4})x(\d{1,4})x(\d{1,4})", text, re.ASCII)
    if match is None or not all(1 <= int(part) <= MAX_SIDE_PX for part in match.groups()):
        raise UserError(
            N_("{text} is no picture's shape: write CxHxW such as 3x32x32, each 1 to {limit}."),
            text=repr(text)[:40],
            limit=MAX_SIDE_PX,
        )
    return int(match[1]), int(match[2]), int(match[3])


def _plain(row: Row) -> dict[str, object]:
    """Sizes in pixels of the input, (vertical, horizontal); jump 0: all units see the same."""
    return {
        "name": row.layer.name,
        "kind": row.layer.kind,
        "output_shape": row.layer.shape,
        "parameters": row.layer.parameters,
        "shared_with": row.layer.shared_with,
        "receptive_field": row.field.size,
        "jump": row.field.jump,
        "start": row.field.start,
        "path_sizes": row.sizes,
    }


def _readable(rows: Sequence[Row]) -> str:
    """Columns under their names, and the sum of the parameters."""
    lines = [["layer", "kind", "output shape", "parameters", "receptive field", "jump", "start"]]
    for row in rows:
        layer = row.layer
        count = f"= {layer.shared_with}" if layer.shared_with else f"{layer.parameters:,}"
        sizes = ["x".join(map(str, numbers)) for numbers in (layer.shape, row.field.size)]
        moves = [f"{down}, {right}" for down, right in (row.field.jump, row.field.start)]
        lines.append([layer.name, layer.kind, sizes[0], count, sizes[1], *moves])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    total = sum(row.layer.parameters for row in rows if row.layer.shared_with is None)
    return "\n".join([*text, "", f"{total:,} parameters"])


if __name__ == "__main__":
    sys.exit(main())
