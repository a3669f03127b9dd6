"""``python -m convlab probe --weights FILE --image FILE...``: what do these weights say of these pictures?"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from convlab.commands import inputs, output
from convlab.errors import N_, UserError
from convlab.networks.class_names import one_line
from convlab.pictures import files
from convlab.pictures.crop import cut
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
    loaded = inputs.probe(given)
    assumed = {"assumed": inputs.assumed(loaded.match, loaded.questions)}
    found = [verdict(loaded.probe, path) for path in given.image]
    found = [entry if "error" in entry else entry | assumed for entry in found]
    output.show(found, given.json, lambda: _readable(found, loaded.probe.classes))
    errors = [entry["error"] for entry in found if "error" in entry]
    remarks = [f"{entry['image']!r:.200}: {text}" for entry in found for text in entry.get("remarks", ())]
    for line in (*remarks, *errors):
        print(line, file=sys.stderr)
    return 2 if errors else 0


def verdict(probe: Probe, path: Path) -> dict[str, Any]:
    """A picture's class and the probability of each class, or what is wrong with it.

    With ``remarks`` where reading it says something, such as that it was made smaller.
    """
    try:
        loaded = _loaded(path)
    except UserError as error:
        return {"image": str(path), "error": str(error)}
    small = cut(loaded.pixels)[None]
    chances = dict(zip(probe.classes, probe.probabilities(small)[0].tolist(), strict=True))
    found = {"image": str(path), "class": max(chances, key=chances.__getitem__), "probabilities": chances}
    return found | ({"remarks": [str(remark) for remark in loaded.remarks]} if loaded.remarks else {})


def _loaded(path: Path) -> files.Loaded:
    data = inputs.read(path)
    try:
        return files.read(data)
    except UserError as error:
        raise UserError(N_("{path}: {reason}"), path=repr(str(path))[:200], reason=error) from error


def _readable(found: Sequence[dict[str, Any]], classes: Sequence[str]) -> str:
    """Columns under their names; a picture that could not be read has none."""
    lines = [["image", "class", *classes]]
    names = short_names([Path(entry["image"]) for entry in found])
    for entry, name in zip(found, names, strict=True):
        shares = entry.get("probabilities", {})
        numbers = [f"{shares[one]:.4f}" if shares else "-" for one in classes]
        lines.append([one_line(name, None), entry.get("class", "-"), *numbers])
    return output.columns(lines)


def short_names(paths: Sequence[Path]) -> list[str]:
    """The end of each path that no other one shares: the file's name, and folders where two are alike."""

    def short(path: Path) -> str:
        others = {other.parts for other in paths if other != path}
        for count in range(1, len(path.parts)):
            end = path.parts[-count:]
            if all(other[-count:] != end for other in others):
                return str(Path(*end))
        return str(path)

    return list(map(short, paths))
