"""Curves over the epochs in the browser: loss, accuracy, gradients, learning rate; of one run or several."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from convlab.ui import scales
from convlab.ui.components.shared import declare, pack
from convlab.ui.words import _

CHART_SCRIPTS = [
    "shared/base.js",
    "shared/scale.js",
    "shared/axes.js",
    "shared/chart_scales.js",
    "shared/chart.js",
    "shared/kernels.js",
]
CHART_STYLES = ["shared/base.css", "shared/stage.css", "shared/chart.css", "shared/kernels.css"]
_mount = declare(
    "training_curves",
    scripts=[*CHART_SCRIPTS, "training_curves/main.js"],
    styles=[*CHART_STYLES, "training_curves/training_curves.css"],
)

# Told apart by every kind of colour vision, at 3:1 or more on the light and on the dark ground.
TRAIN = "light-dark(#0067a8, #5ab4f0)"
VALIDATION = "light-dark(#b84a00, #f5a04c)"
RUNS = (
    TRAIN,
    VALIDATION,
    "light-dark(#00795a, #3fc79a)",
    "light-dark(#96318a, #df8ad3)",
    "light-dark(#6d6500, #d5cb4a)",
    "light-dark(#4b4f58, #c4cad4)",
    "light-dark(#5b46c2, #a99bf5)",
    "light-dark(#a8123f, #ff8aa8)",
)

_DEPTH = ((0xA8123F, 0x0067A8), (0xFF8F5A, 0x5AB4F0))  # first and last layer: on light, on dark

Style = Literal["solid", "dashed", "thin", "faint", "book", "level", "level-dashed", "band"]


def depth_colour(layer: int, layers: int) -> str:
    """A layer's colour between the first layer's and the last's."""
    share = layer / max(1, layers - 1)
    light, dark = (_between(*ends, share) for ends in _DEPTH)
    return f"light-dark({light}, {dark})"


def _between(first: int, last: int, share: float) -> str:
    parts = [((first >> n) & 255, (last >> n) & 255) for n in (16, 8, 0)]
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in parts)


@dataclass(frozen=True)
class Line:
    """A line of a chart.

    Attributes:
        name: in the legend; "" for a line that goes with another.
        style: "faint" may leave the picture, "level" is a height, "book" is printed, "band" has low and high.
        colour: CSS.
        points: float [N, 2]: epoch, value; for a band [N, 3]: epoch, low, high. Epochs ascend.
    """

    name: str
    style: Style
    colour: str
    points: npt.NDArray[Any]


@dataclass(frozen=True)
class ChartShown:
    """A chart: its lines, and what its vertical axis measures.

    Attributes:
        key: also says how much room it gets.
        unit: title of the vertical axis.
        kind: "percent" for shares of 1, else "number".
        log: its axis is logarithmic.
        turns: it offers a choice of linear and logarithmic.
    """

    key: str
    title: str
    unit: str
    lines: list[Line]
    kind: Literal["number", "percent"] = "number"
    log: bool = False
    turns: bool = False


@dataclass(frozen=True)
class KernelsShown:
    """Kernels on one scale from -end to end: ``places`` is uint8 [kernels, channels, kh, kw], 0 to 255."""

    title: str
    words: str
    places: npt.NDArray[np.uint8]
    end: float

    def header(self) -> dict[str, Any]:
        """What the browser is told beside the places."""
        return {"title": self.title, "words": self.words, "shape": list(self.places.shape), "end": self.end}


@dataclass(frozen=True)
class StatusShown:
    """The line above the curves; ``tone`` is "live", "good", "bad" or "still"."""

    state: str
    tone: str
    figures: str
    message: str
    step: int
    steps: int


def curves(
    key: str,
    identity: str,
    charts: Sequence[ChartShown],
    reached: float,
    planned: int,
    status: StatusShown | None = None,
    kernels: KernelsShown | None = None,
) -> None:
    """Show charts over one axis of epochs; the same ``identity`` redraws them in place.

    Args:
        key: Streamlit key.
        identity: changes with the run, or runs, on show.
        charts: from left to right; what they are sent should be thinned to a few hundred points a line.
        reached, planned: epochs trained so far, and in all.
        status: of a single run.
        kernels: of its first layer.
    """
    header: dict[str, Any] = {
        "labels": _labels(),
        "identity": identity,
        "points": sum(
            len(line.points)
            for chart in charts
            for line in chart.lines
            if not line.style.startswith(("book", "level"))
        ),
        "status": None if status is None else vars(status),
        "kernels": None if kernels is None else kernels.header(),
        "charts": [_chart_header(chart, reached, planned) for chart in charts],
    }
    blobs = {
        f"{chart.key}_{n}": np.ascontiguousarray(line.points, dtype=np.float32).tobytes()
        for chart in charts
        for n, line in enumerate(chart.lines)
    }
    blobs["kernels"] = b"" if kernels is None else kernels.places.tobytes()
    _mount(key=key, data=pack(header, **blobs, weight_colours=scales.table(scales.WEIGHTS)))


def _chart_header(chart: ChartShown, reached: float, planned: int) -> dict[str, Any]:
    return {
        **{name: value for name, value in vars(chart).items() if name != "lines"},
        "reached": reached,
        "planned": planned,
        "series": [{"name": line.name, "style": line.style, "colour": line.colour} for line in chart.lines],
    }


def kernel_labels() -> dict[str, str]:
    """What kernels and their legend say."""
    return {
        "scale_signed": _("Green is negative, white is zero, purple is positive."),
        "scale_fixed": _("One scale for all."),
    }


def _labels() -> dict[str, str]:
    return {
        **kernel_labels(),
        "epoch": _("epoch"),
        "progress": _("Progress of the run"),
        "log": _("Logarithmic"),
        "on_log": _("(logarithmic)"),
        "keys": _("Left and right arrow keys move over the epochs, Escape goes back to the last."),
        "at_epoch": _("{value} at {epoch}"),
        "reading": _("Epoch {epoch}:"),
    }
