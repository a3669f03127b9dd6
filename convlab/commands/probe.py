"""``python -m convlab probe --weights FILE --image FILE...``: what do these weights say of these pictures?"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from convlab.commands import inputs, output
from convlab.datasets.dataset import one_line
from convlab.errors import N_, UserError
from convlab.pictures import images
from convlab.pictures.crop import cut
from convlab.probing.loading import load_probe
from convlab.probing.probe import Probe


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    inputs.add_weights(parser)
    about = "pictures of any size; their centre square is shown to the network at 32x32"
    files: dict[str, Any] = {"nargs": "+", "action": "extend", "type": Path, "metavar": "FILE"}
    parser.add_argument("--image", required=True, help=about, **files)
    output.add(parser, "print a JSON list, one entry an image")


def run(given: argparse.Namespace) -> int:
    """Print the probabilities of each picture; what is wrong with one goes to stderr too, and the rest go on.

    Gives 0, or 2 where a picture could not be read. Raises UserError for bad weights.
    """
    probe = load_probe(inputs.read(given.weights)).probe
    found = [verdict(probe, path) for path in given.image]
    output.show(found, given.json, lambda: _readable(found, probe.classes))
    errors = [entry["error"] for entry in found if "error" in entry]
    for error in errors:
        print(error, file=sys.stderr)
    return 2 if errors else 0


def verdict(probe: Probe, path: Path) -> dict[str, Any]:
    """A picture's class and the probability of each class, or what is wrong with it."""
    try:
        small = _picture(path)
    except UserError as error:
        return {"image": str(path), "error": str(error)}
    chances = dict(zip(probe.classes, probe.probabilities(small[None])[0].tolist(), strict=True))
    return {"image": str(path), "class": max(chances, key=chances.__getitem__), "probabilities": chances}


def _picture(path: Path) -> Tensor:
    data = inputs.read(path)
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
        lines.append([one_line(Path(entry["image"]).name), entry.get("class", "-"), *numbers])
    return output.columns(lines)
