"""Make the weights of a finished run those that come with ConvLab, with their model card.

``python -m convlab train --data sketches`` trains; ``python -m tools.ship RUN --key net_sketches`` then
measures the weights once more and writes convlab/weights/KEY.*. A new key gets a row in ``bundled.NETWORKS``.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from convlab.commands.evaluate import measured
from convlab.datasets import shelf
from convlab.networks.about import About, Origin
from convlab.probing.loading import load_probe
from convlab.training import runs, snapshots
from convlab.training.runs import Run
from convlab.training.settings import Settings

WEIGHTS = Path(__file__).parents[1] / "convlab" / "weights"


def card(run: Run, data: Origin) -> dict[str, Any]:
    """Settings, data and figures of a finished run, as JSON can hold them."""
    found = measured(load_probe(run.weights().read_bytes()), run.settings.data)
    records = run.metrics().records
    entry = shelf.entries()[run.settings.data]
    given = run.settings.model_dump(mode="json")
    usual = Settings().model_dump(mode="json")
    return {
        "design": run.settings.design,
        "data": f"{data.title} ({entry.train_count:,} training, {entry.val_count:,} validation pictures)",
        "data_sha256": data.digest,
        "recipe": recipe(run.settings),
        "settings": {name: given[name] for name in given if name == "lr" or given[name] != usual[name]},
        "epochs": run.settings.epochs,
        "seed": run.settings.seed,
        "parameters": run.environment["parameters"],
        "torch": run.environment["torch"],
        "seconds": round(run.status().seconds, 1),
        "train_loss": {
            str(record.epoch): round(record.train_loss, 4)
            for record in records
            if record.epoch in (1, 10, 20, 50, 100)
        },
        "train_accuracy": round(found["train_accuracy"], 4),
        "val_accuracy": round(found["val_accuracy"], 4),
        "val_loss": round(found["val_loss"], 4),
        "train_pictures": entry.train_count,
        "val_pictures": entry.val_count,
        "confusion_matrix": found["confusion_matrix"],
        "remake": "python -m convlab train with the settings above, then python -m tools.ship RUN --key KEY",
    }


def told(run: Run, data: Origin) -> About:
    """What the bundled file says of itself: all but the run, which is on no other machine."""
    return replace(run.about(run.settings.epochs), data=data, run=None)


def recipe(settings: Settings) -> str:
    """The training in one line."""
    parts = [f"{settings.optimizer.upper()}, learning rate {settings.lr:g} ({settings.schedule})"]
    parts.append(f"batches of {settings.batch_size}")
    for name in ("momentum", "weight_decay", "label_smoothing", "shift_px"):
        if value := getattr(settings, name):
            parts.append(f"{name} {value:g}")
    parts += [name for name in ("nesterov", "flip") if getattr(settings, name)]
    return ", ".join(parts)


def main() -> None:
    """Write weights and card, and print the card."""
    parser = argparse.ArgumentParser(description="Ship the weights of a finished run with ConvLab.")
    parser.add_argument("run", help="its id")
    parser.add_argument("--key", help="of convlab.probing.bundled.NETWORKS (default: the design)")
    parser.add_argument("--data", metavar="KEY", help="where others get its data (default: as the run did)")
    parser.add_argument("--title", help="of its data (default: their own)")
    given = parser.parse_args()
    run, key = runs.get(given.run), given.key
    entry = shelf.entries()[run.settings.data]
    digest = run.environment["data"]["digest"]
    data = Origin(given.data or run.settings.data, given.title or entry.title, digest)
    text = json.dumps(card(run, data), indent=2) + "\n"
    path = WEIGHTS / f"{key or run.settings.design}.safetensors"
    snapshots.save(path, snapshots.load(run.weights())[0], told(run, data).words())
    path.chmod(0o644)
    path.with_suffix(".json").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
