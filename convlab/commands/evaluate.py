"""``python -m convlab evaluate --weights FILE --data FOLDER``: how good are these weights?"""

import argparse
from typing import Any

from convlab import device
from convlab.commands import inputs, output
from convlab.datasets import shelf
from convlab.datasets.sources import SOURCES
from convlab.errors import N_, UserError
from convlab.probing.evaluation import evaluate
from convlab.probing.loading import load_probe


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    inputs.add_weights(parser)
    parser.add_argument("--data", required=True, help=f"a zip, a folder, {', '.join(SOURCES)}, or a key")
    output.add(parser)


def run(given: argparse.Namespace) -> int:
    """Measure on the training and the validation pictures. Raises UserError for bad input."""
    result = measured(inputs.read(given.weights), given.data)
    output.show(result, given.json, lambda: _readable(result))
    return 0


def measured(weights: bytes, data: str) -> dict[str, Any]:
    """Accuracy, loss and confusion; rows of the matrix are classes, columns the network's verdicts.

    Raises UserError for weights of no design, no such data set, or one with another number of classes.
    """
    loaded = load_probe(weights)
    probe, dataset = loaded.probe, shelf.get(inputs.prepared(data))
    outputs, classes = len(probe.classes), len(dataset.classes)
    if outputs != classes:
        told = N_(
            "These weights tell {outputs} classes apart, and the data has {classes}: choose other data."
        )
        raise UserError(told, outputs=outputs, classes=classes)
    probe.network.to(device.best())
    splits = {"train": dataset.train, "val": dataset.val}
    found = {part: evaluate(probe, split.images, split.labels) for part, split in splits.items()}
    return {
        "design": loaded.checkpoint.matches[0].design,
        "data": dataset.title,
        "classes": list(dataset.classes),
        **{f"{part}_accuracy": one.accuracy for part, one in found.items()},
        **{f"{part}_loss": one.loss for part, one in found.items()},
        "confusion_matrix": found["val"].confusion.tolist(),
        "train_confusion_matrix": found["train"].confusion.tolist(),
    }


def _readable(result: dict[str, Any]) -> str:
    parts = ("train", "val")
    shares = [[name, *(f"{result[f'{part}_{name}']:.4f}" for part in parts)] for name in ("accuracy", "loss")]
    counts = zip(result["classes"], result["confusion_matrix"], strict=True)
    confusion = [["", *result["classes"]], *([name, *map(str, row)] for name, row in counts)]
    return f"""{result["design"]} on {result["data"]}

{output.columns([["", "training", "validation"], *shares], str.rjust)}

validation: class (row) taken for (column)
{output.columns(confusion, str.rjust)}"""
