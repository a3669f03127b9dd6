"""``python -m convlab evaluate --weights FILE --data FOLDER``: how good are these weights?"""

import argparse
from typing import Any

from convlab import device
from convlab.commands import inputs, output
from convlab.datasets import shelf
from convlab.datasets.dataset import statistics
from convlab.datasets.sources import SOURCES
from convlab.errors import N_, UserError
from convlab.probing.evaluation import UnknownClass, evaluate, matched
from convlab.probing.loading import LoadedProbe


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare its options."""
    inputs.add_weights(parser, ["data"])
    parser.add_argument("--data", required=True, help=f"a zip, a folder, {', '.join(SOURCES)}, or a key")
    output.add(parser)


def run(given: argparse.Namespace) -> int:
    """Measure on both splits; the normalisation "data" is that of the training pictures. Raises UserError."""
    if given.normalisation == "data" and not (given.mean or given.std):
        train = shelf.get(inputs.prepared(given.data)).train
        given.normalisation, (given.mean, given.std) = None, statistics(train.images)
    result = measured(inputs.probe(given), given.data)
    output.show(result, given.json, lambda: _readable(result))
    return 0


def measured(loaded: LoadedProbe, data: str) -> dict[str, Any]:
    """Accuracy, loss and confusion: a row and a column for each of the network's classes, in its order.

    Raises UserError for no such data set, or one with a class that the network does not tell.
    """
    probe, dataset = loaded.probe, shelf.get(inputs.prepared(data))
    if not probe.named and probe.classes != dataset.classes:
        told = N_(
            "This file names no classes: add --classes with {count} names in the order of its logits; "
            "the data has {names}."
        )
        raise UserError(told, count=len(probe.classes), names=", ".join(dataset.classes))
    try:
        splits = [matched(probe, dataset.classes, split) for split in (dataset.train, dataset.val)]
    except UnknownClass as error:
        told = N_("{reason} Where only the names differ, give the data's in the network's order: --classes.")
        raise UserError(told, reason=error) from error
    probe.network.to(device.best())
    train, val = (evaluate(probe, split.images, split.labels) for split in splits)
    return {
        "design": loaded.match.design,
        "data": dataset.title,
        "assumed": inputs.assumed(loaded.match, loaded.questions),
        "classes": list(probe.classes),
        **{"train_accuracy": train.accuracy, "val_accuracy": val.accuracy},
        **{"train_loss": train.loss, "val_loss": val.loss},
        "confusion_matrix": val.confusion.tolist(),
        "train_confusion_matrix": train.confusion.tolist(),
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
