"""What ``convlab compare`` printed for figure 8.13 (docs/figure_8_13.md); stored, as it took hours."""

import json
from functools import cache
from pathlib import Path

Seeds = dict[int, float]  # seed -> a share of 1


@cache
def figure_8_13(of: str = "val_accuracy") -> dict[str, Seeds]:
    """Design -> seed -> what its run had after 100 epochs: ``of`` is "val_accuracy" or "train_accuracy"."""
    text = Path(__file__).with_name("figure_8_13.json").read_text(encoding="utf-8")
    designs = json.loads(text)["designs"]
    return {name: dict(zip(one["seeds"], one[of], strict=True)) for name, one in designs.items()}
