"""``python -m convlab shapes --design net --json``: a design's layers with their receptive fields."""

import argparse
import re
from collections.abc import Sequence

from convlab.commands import inputs, output
from convlab.errors import N_, UserError
from convlab.networks import designs, graph, receptive_field
from convlab.networks.receptive_field import Row

MAX_SIDE_PX = 1024


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    parser.add_argument("--design", required=True, help=", ".join(designs.DESIGNS))
    inputs.add_options(parser)
    parser.add_argument("--input", default="3x32x32", metavar="CxHxW", help="default: 3x32x32")
    output.add(parser, "print a JSON list of layers")


def run(given: argparse.Namespace) -> int:
    """Print the table. Raises UserError for bad input."""
    options, shape = inputs.options(given.option), _shape(given.input)
    module = designs.design(given.design).build(**options)
    rows = receptive_field.table(graph.trace(module, shape))
    output.show(list(map(_entry, rows)), given.json, lambda: _readable(rows))
    return 0


def _shape(text: str) -> tuple[int, int, int]:
    match = re.fullmatch(r"(\d{1,4})x(\d{1,4})x(\d{1,4})", text, re.ASCII)
    if match is None or not all(1 <= int(part) <= MAX_SIDE_PX for part in match.groups()):
        sentence = N_("{text} is no picture's shape: write CxHxW such as 3x32x32, each 1 to {limit}.")
        raise UserError(sentence, text=repr(text)[:40], limit=MAX_SIDE_PX)
    return int(match[1]), int(match[2]), int(match[3])


def _entry(row: Row) -> dict[str, object]:
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
    total = sum(row.layer.parameters for row in rows if row.layer.shared_with is None)
    return f"{output.columns(lines)}\n\n{total:,} parameters"
