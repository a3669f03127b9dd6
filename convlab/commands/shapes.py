"""``python -m convlab shapes --design net --json``: a design's layers with their receptive fields."""

import argparse
import re
from collections.abc import Mapping

from convlab.commands import inputs, output
from convlab.errors import N_, UserError
from convlab.networks import designs, graph, receptive_field
from convlab.networks.graph import Layer, Network
from convlab.networks.receptive_field import Row

MAX_SIDE_PX = 1024


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    parser.add_argument("--design", required=True, help=", ".join(designs.DESIGNS))
    inputs.add_options(parser, "such as kernel_size=1x3, n_blocks=100")
    parser.add_argument("--input", default="3x32x32", metavar="CxHxW", help="default: 3x32x32")
    output.add(parser, "print a JSON list of layers")


def run(given: argparse.Namespace) -> int:
    """Print the table. Raises UserError for bad input."""
    options, shape = inputs.options(given.option), _shape(given.input)
    network = graph.trace(designs.design(given.design).build(**options), shape)
    rows = {row.layer.name: row for row in receptive_field.table(network)}
    entries = [_entry(layer, rows.get(layer.name)) for layer in network.layers]
    output.show(entries, given.json, lambda: _readable(network, rows))
    return 0


def _shape(text: str) -> tuple[int, int, int]:
    match = re.fullmatch(r"(\d{1,4})x(\d{1,4})x(\d{1,4})", text, re.ASCII)
    if match is None or not all(1 <= int(part) <= MAX_SIDE_PX for part in match.groups()):
        sentence = N_("{text} is no picture's shape: write CxHxW such as 3x32x32, each 1 to {limit}.")
        raise UserError(sentence, text=repr(text)[:40], limit=MAX_SIDE_PX)
    return int(match[1]), int(match[2]), int(match[3])


def _entry(layer: Layer, row: Row | None) -> dict[str, object]:
    """Sizes in pixels of the input, (vertical, horizontal); jump 0: all units see the same."""
    return {
        "name": layer.name,
        "kind": layer.kind,
        "output_shape": layer.shape,
        "parameters": layer.parameters,
        "shared_with": layer.shared_with,
        "receptive_field": row and row.field.size,
        "jump": row and row.field.jump,
        "start": row and row.field.start,
        "path_sizes": row.sizes if row else (),
    }


def _readable(network: Network, rows: Mapping[str, Row]) -> str:
    """Columns under their names, the sum of the parameters, and which layers have no receptive field."""
    lines = [["layer", "kind", "output shape", "parameters", "receptive field", "jump", "start"]]
    for layer in network.layers:
        count = f"= {layer.shared_with}" if layer.shared_with else f"{layer.parameters:,}"
        seen = ["-"] * 3
        if (row := rows.get(layer.name)) is not None:
            moves = [f"{down}, {right}" for down, right in (row.field.jump, row.field.start)]
            seen = ["x".join(map(str, row.field.size)), *moves]
        lines.append([layer.name, layer.kind, "x".join(map(str, layer.shape)), count, *seen])
    reasons = dict.fromkeys(map(str, receptive_field.without_rule(network).values()))
    return "\n\n".join([output.columns(lines), *reasons, f"{network.parameters:,} parameters"])
