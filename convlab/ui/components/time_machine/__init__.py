"""The time machine in the browser: a run's kernels, feature maps and verdict, epoch by epoch."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from convlab.ui import scales
from convlab.ui.components.shared import declare, pack
from convlab.ui.components.training_curves import (
    CHART_SCRIPTS,
    CHART_STYLES,
    RUNS,
    KernelsShown,
    kernel_labels,
)
from convlab.ui.words import _

_mount = declare(
    "time_machine",
    scripts=[*CHART_SCRIPTS, "time_machine/maps.js", "time_machine/main.js"],
    styles=[*CHART_STYLES, "time_machine/time_machine.css"],
)


@dataclass(frozen=True)
class Then:
    """A run's past on one picture.

    Attributes:
        epochs: that are shown, ascending; everything below has an entry for each.
        kernels: places [E, kernels, channels, kh, kw] on one scale for all epochs.
        maps: the same of the first layer's feature maps, [E, maps, H, W]; None where it has none.
        probabilities: float32 [E, classes].
    """

    epochs: tuple[int, ...]
    kernels: KernelsShown
    maps: KernelsShown | None
    probabilities: npt.NDArray[np.float32]


def time_machine(key: str, identity: str, past: Then, classes: list[str], picture: Tensor) -> None:
    """Show it; the browser walks through the epochs by itself.

    Args:
        key: Streamlit key.
        identity: changes with run, epochs and picture.
        past: what is shown.
        classes: plain text.
        picture: uint8 [3, 32, 32].
    """
    rgba = torch.cat([picture.permute(1, 2, 0), picture.new_full((32, 32, 1), 255)], 2)
    epochs = np.array(past.epochs, dtype=np.float32)
    header: dict[str, Any] = {
        "labels": _labels(),
        "identity": identity,
        "epochs": list(past.epochs),
        "classes": classes,
        "picture_words": _("The picture, 32 × 32"),
        "kernels": _of_one(past.kernels),
        "maps": None if past.maps is None else _of_one(past.maps),
        "chart": {
            "key": "chance",
            "title": _("Probability over the epochs"),
            "unit": "",
            "kind": "percent",
            "log": False,
            "turns": False,
            "reached": past.epochs[-1],
            "planned": past.epochs[-1],
            "series": [
                {"name": name, "style": "solid" if n % 2 == 0 else "dashed", "colour": RUNS[n % len(RUNS)]}
                for n, name in enumerate(classes)
            ],
        },
    }
    chances = {
        f"chance_{n}": np.stack([epochs, past.probabilities[:, n]], 1).astype(np.float32).tobytes()
        for n in range(len(classes))
    }
    _mount(
        key=key,
        data=pack(
            header,
            kernels=past.kernels.places.tobytes(),
            maps=b"" if past.maps is None else past.maps.places.tobytes(),
            probabilities=past.probabilities.astype(np.float32).tobytes(),
            picture=rgba.contiguous().numpy().tobytes(),
            weight_colours=scales.table(scales.WEIGHTS),
            map_colours=scales.table(scales.DIVERGING),
            **chances,
        ),
    )


def _of_one(shown: KernelsShown) -> dict[str, Any]:
    """The header of all epochs' tiles, with the shape of one epoch's."""
    return {**shown.header(), "shape": list(shown.places.shape[1:])}


def _labels() -> dict[str, str]:
    return {
        **kernel_labels(),
        "map_scale": _("Blue is negative, white is zero, red is positive."),
        "scale_fixed": _("One scale for all epochs."),
        "epoch": _("epoch"),
        "log": _("Logarithmic"),
        "on_log": _("(logarithmic)"),
        "keys": _("Left and right arrow keys move over the epochs."),
        "at_epoch": _("{value} at {epoch}"),
        "controls": _("Walk through the epochs"),
        "play": _("Play"),
        "pause": _("Pause"),
        "back": _("Step back"),
        "forth": _("Step"),
        "position": _("Epoch"),
        "reading": _("Epoch {epoch} of {last}: {class}, {share}"),
        "verdict": _("Picture and verdict"),
    }
