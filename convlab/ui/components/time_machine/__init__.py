"""The time machine in the browser: a run's kernels, feature maps and verdict, epoch by epoch."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st
from torch import Tensor

from convlab.ui import scales
from convlab.ui.components.shared import declare, pack, player_labels, rgba
from convlab.ui.components.shared.charts import RUNS, ChartShown, KernelsShown, Line, chart_labels, styled
from convlab.ui.numbers import by_numbers, listed
from convlab.ui.words import _

_mount = declare(
    "time_machine", "scale", "chart_axes", "chart_zoom", "chart_tools", "chart", "kernels", "player", "played"
)


@dataclass(frozen=True)
class Then:
    """A run's past on one picture.

    Attributes:
        epochs: that are shown, ascending; everything below has an entry for each.
        kernels: places [E, kernels, channels, kh, kw].
        maps: the same of the first layer's feature maps, [E, maps, 1, H, W]; None where it has none.
        probabilities: float32 [E, classes].
    """

    epochs: tuple[int, ...]
    kernels: KernelsShown
    maps: KernelsShown | None
    probabilities: npt.NDArray[np.float32]


def time_machine(key: str, identity: str, past: Then, classes: list[str], picture: Tensor) -> None:
    """Show it; the browser walks through the epochs by itself.

    ``identity`` changes with run, epochs and picture; ``classes`` are plain text; picture: uint8 [3, 32, 32].
    """
    chart = ChartShown("chance", _("Probability over the epochs"), "", _lines(past, classes), kind="percent")
    header: dict[str, Any] = {
        "labels": _labels(),
        "identity": identity,
        "epochs": list(past.epochs),
        "classes": classes,
        "picture_words": _("The picture, 32 × 32"),
        "kernels": past.kernels.header(),
        "maps": None if past.maps is None else past.maps.header(),
        "chart": chart.header(past.epochs[-1], past.epochs[-1]),
    }
    blobs = {
        "kernels": past.kernels.places,
        "maps": b"" if past.maps is None else past.maps.places,
        "probabilities": past.probabilities.astype(np.float32),
        "picture": rgba(picture),
        "kernels_colours": scales.table(scales.WEIGHTS),
        "maps_colours": scales.table(scales.DIVERGING),
        **chart.blobs(),
    }
    _mount(key=key, data=pack(header, **blobs))
    by_numbers(key, _epoch, past, classes, key, label=_("The epoch by numbers"))


def _epoch(past: Then, classes: list[str], key: str) -> None:
    """One epoch, the last at first, chosen with "KEY.epoch"."""
    last = len(past.epochs) - 1
    epoch = st.selectbox(_("Epoch"), past.epochs, index=last, width=130, key=f"{key}.epoch")
    chances = past.probabilities[past.epochs.index(epoch)].tolist()
    listed({_("Class"): classes, _("Probability"): chances})


def _lines(past: Then, classes: list[str]) -> list[Line]:
    """The probability of each class, solid and dashed in turn; a colour's second class the other way."""
    epochs = np.array(past.epochs)
    return [
        Line(name, styled(n), RUNS[n % len(RUNS)], np.stack([epochs, chances], 1))
        for n, (name, chances) in enumerate(zip(classes, past.probabilities.T, strict=True))
    ]


def _labels() -> dict[str, str]:
    return {
        **chart_labels(),
        **player_labels(),
        "map_scale": _("Blue is negative, white is zero, red is positive."),
        "scale_fixed": _("One scale for all epochs."),
        "scale_own": _("Each epoch has its own scale, as they are too far apart for one."),
        "lost": _("Epoch {epoch} of {last}: its weights are no longer finite numbers"),
        "keys": _("Left and right arrow keys move over the epochs."),
        "controls": _("Walk through the epochs"),
        "position": _("Epoch"),
        "reading": _("Epoch {epoch} of {last}: {class}, {share}"),
        "verdict": _("Picture and verdict"),
    }
