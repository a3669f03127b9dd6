"""Make the weights of a finished run those that come with ConvLab, with their model card.

``python -m convlab train --recipe book --data ../shared/data/birds_vs_airplanes.zip`` trains;
``python -m tools.ship RUN`` then measures the weights once more and writes convlab/weights/DESIGN.*.
"""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from convlab.commands.evaluate import measured
from convlab.datasets import shelf
from convlab.training import runs
from convlab.training.runs import Run
from convlab.training.settings import Settings

WEIGHTS = Path(__file__).parents[1] / "convlab" / "weights"
DATA = "CIFAR-10 airplanes and birds, 10,000 training and 2,000 validation pictures, as JPEG"


def card(run: Run) -> dict[str, Any]:
    """Settings, data and figures of a finished run, as JSON can hold them."""
    found = measured(run.weights().read_bytes(), run.settings.data)
    records = run.metrics().records
    given = run.settings.model_dump(mode="json")
    usual = Settings().model_dump(mode="json")
    return {
        "design": run.settings.design,
        "data": DATA,
        "data_sha256": shelf.get(run.settings.data).digest,
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
        "confusion_matrix": found["confusion_matrix"],
        "remake": "python -m convlab train with the settings above, then python -m tools.ship RUN",
    }


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
    run = runs.get(parser.parse_args().run)
    text = json.dumps(card(run), indent=2) + "\n"
    shutil.copyfile(run.weights(), WEIGHTS / f"{run.settings.design}.safetensors")
    (WEIGHTS / f"{run.settings.design}.json").write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
