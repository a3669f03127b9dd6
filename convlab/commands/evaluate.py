"""``python -m convlab evaluate --weights FILE --data FOLDER``: how good are these weights?"""

import argparse
import json
from pathlib import Path
from typing import Any

from convlab import device
from convlab.commands.inputs import prepared, read
from convlab.datasets import shelf
from convlab.errors import N_, UserError
from convlab.probing.evaluation import evaluate
from convlab.probing.loading import load_probe


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    parser.add_argument("--weights", required=True, type=Path, metavar="FILE", help=".pt or .safetensors")
    parser.add_argument("--data", required=True, help="a zip, a folder, cifar10, sketches, or a key")
    parser.add_argument("--json", action="store_true", help="print the result as one line of JSON")


def run(given: argparse.Namespace) -> int:
    """Measure on the training and the validation pictures. Raises UserError for bad input."""
    result = measured(read(given.weights), given.data)
    print(json.dumps(result) if given.json else _readable(result))
    return 0


def measured(weights: bytes, data: str) -> dict[str, Any]:
    """Accuracy, loss and confusion; rows of the matrix are classes, columns the network's verdicts.

    Raises:
        UserError: weights of no design, no such data set, or one with another number of classes.
    """
    checkpoint = load_probe(weights)
    probe, dataset = checkpoint.probe, shelf.get(prepared(data))
    if len(probe.classes) != len(dataset.classes):
        raise UserError(
            N_("These weights tell {outputs} classes apart, and the data has {classes}: choose other data."),
            outputs=len(probe.classes),
            classes=len(dataset.classes),
        )
    probe.network.to(device.best())
    found = {
        part: evaluate(probe, split.images, split.labels)
        for part, split in (("train", dataset.train), ("val", dataset.val))
    }
    return {
        "design": checkpoint.matches[0].design,
        "data": dataset.title,
        "classes": list(dataset.classes),
        **{f"{part}_accuracy": one.accuracy for part, one in found.items()},
        **{f"{part}_loss": one.loss for part, one in found.items()},
        "confusion_matrix": found["val"].confusion.tolist(),
        "train_confusion_matrix": found["train"].confusion.tolist(),
    }


def _readable(result: dict[str, Any]) -> str:
    lines = [f"{result['design']} on {result['data']}", "", "            training  validation"]
    for name in ("accuracy", "loss"):
        lines.append(f"{name:10}  {result[f'train_{name}']:8.4f}  {result[f'val_{name}']:10.4f}")
    lines += ["", "validation: class (row) taken for (column)"]
    width = max(6, *map(len, result["classes"]))
    lines.append(" ".join(name.rjust(width) for name in ["", *result["classes"]]))
    for name, row in zip(result["classes"], result["confusion_matrix"], strict=True):
        lines.append(" ".join([name.rjust(width), *(str(count).rjust(width) for count in row)]))
    return "\n".join(lines)
