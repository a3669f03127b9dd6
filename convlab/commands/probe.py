"""``python -m convlab probe --weights FILE --image FILE...``: what do these weights say of these pictures?"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from convlab.commands.inputs import read
from convlab.datasets.dataset import plain
from convlab.errors import N_, UserError
from convlab.pictures import images
from convlab.pictures.crop import cut
from convlab.probing.loading import load_probe
from convlab.probing.probe import Probe


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    parser.add_argument("--weights", required=True, type=Path, metavar="FILE", help=".pt or .safetensors")
    parser.add_argument(
        "--image",
        required=True,
        nargs="+",
        action="extend",
        type=Path,
        metavar="FILE",
        help="pictures of any size; their centre square is shown to the network at 32x32",
    )
    parser.add_argument("--json", action="store_true", help="print a JSON list, one entry an image")


def run(given: argparse.Namespace) -> int:
    """Print the probabilities of each picture; what is wrong with one goes to stderr too, and the rest go on.

    Returns:
        0, or 2 where a picture could not be read.

    Raises:
        UserError: for bad weights.
    """
    probe = load_probe(read(given.weights)).probe
    found = [verdict(probe, path) for path in given.image]
    if given.json:
        print("[", ",\n ".join(map(json.dumps, found)), "]", sep="")  # an image a line
    else:
        print(_readable(found, probe.classes))
    for entry in found:
        if "error" in entry:
            print(entry["error"], file=sys.stderr)
    return 2 if any("error" in entry for entry in found) else 0


def verdict(probe: Probe, path: Path) -> dict[str, Any]:
    """A picture's class and the probability of each class, or what is wrong with it."""
    try:
        small = _picture(path)
    except UserError as error:
        return {"image": str(path), "error": str(error)}
    chances = probe.probabilities(small[None])[0].tolist()
    return {
        "image": str(path),
        "class": max(zip(chances, probe.classes, strict=True), key=lambda pair: pair[0])[1],
        "probabilities": dict(zip(probe.classes, chances, strict=True)),
    }


def _picture(path: Path) -> Tensor:
    data = read(path)
    try:
        return cut(images.load(data))
    except UserError as error:
        raise UserError(N_("{path}: {reason}"), path=repr(str(path))[:200], reason=error) from error


def _readable(found: Sequence[dict[str, Any]], classes: Sequence[str]) -> str:
    """Columns under their names; a picture that could not be read has none."""
    lines = [["image", "class", *classes]]
    for entry in found:
        shares = entry.get("probabilities", {})
        numbers = [f"{shares[name]:.4f}" if shares else "-" for name in classes]
        lines.append([plain(Path(entry["image"]).name), entry.get("class", "-"), *numbers])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
