"""Charts, and kernels on one scale for weights, as several components show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from plotly.colors import find_intermediate_color

from convlab.ui.components.shared import Data
from convlab.ui.words import _

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

_DEPTH = (  # first and last layer: on light, on dark
    ("rgb(168, 18, 63)", "rgb(0, 103, 168)"),
    ("rgb(255, 143, 90)", "rgb(90, 180, 240)"),
)

Style = Literal["solid", "dashed", "thin", "faint", "whole", "book", "level", "level-dashed", "band", "told"]


def depth_colour(layer: int, layers: int) -> str:
    """A layer's colour between the first layer's and the last's."""
    share = layer / max(1, layers - 1)
    light, dark = (find_intermediate_color(*ends, share, colortype="rgb") for ends in _DEPTH)
    return f"light-dark({light}, {dark})"


def styled(n: int) -> Style:
    """The style of one of many lines, so that of up to 16 no two have colour and style in common."""
    return "dashed" if (n + n // len(RUNS)) % 2 else "solid"


@dataclass(frozen=True)
class Line:
    """A line of a chart.

    Attributes:
        name: in the legend; "" for a line that goes with another.
        style: "faint" may leave the picture, "level" is a height, "book" is printed, "band" has low and high,
            "told" is the difference of the two lines before it, that only the legend has.
        colour: CSS.
        points: float [N, 2]: epoch, value; for a band [N, 3]: epoch, low, high. Epochs ascend.
    """

    name: str
    style: Style
    colour: str
    points: npt.NDArray[Any]


@dataclass(frozen=True)
class Mark:
    """Something that happened at a place on the axis of epochs, in a few words: plain text."""

    at: float
    words: str


@dataclass(frozen=True)
class Lacking:
    """What shares lack of 1: an accuracy's error, which people read on a logarithmic axis."""

    title: str
    unit: str


@dataclass(frozen=True)
class ChartShown:
    """A chart: its lines, and what its vertical axis measures.

    Attributes:
        key: also says how much room it gets.
        unit: title of the vertical axis.
        kind: "percent" for shares of 1, else "number".
        log: its axis is logarithmic.
        turns: it offers a choice of linear and logarithmic.
        lacking: title and unit of what its values lack of 1, which the logarithmic axis then shows.
        exponent: where the horizontal axis is logarithmic: x stands for 10 to the power of exponent + x.
        resting: below the axis while nobody points, says whose values the legend has; "" for the axis' title.
        rests_at: whose they are then; None for the last ones.
        silent: the legend has no values then.
        marks: what happened on the way, ascending.
        whose: name of the run, in what is saved; "" for several.
        about_numbers: said where the numbers are saved.
    """

    key: str
    title: str
    unit: str
    lines: list[Line]
    kind: Literal["number", "percent"] = "number"
    log: bool = False
    turns: bool = False
    lacking: Lacking | None = None
    exponent: float | None = None
    resting: str = ""
    rests_at: float | None = None
    silent: bool = False
    marks: Sequence[Mark] = ()
    whose: str = ""
    about_numbers: str = ""

    def header(self, reached: float, planned: float) -> dict[str, Any]:
        """What the browser is told beside the points; the horizontal axis is to hold ``reached``."""
        told = {name: value for name, value in vars(self).items() if name not in ("lines", "marks")}
        told["marks"] = [vars(mark) for mark in self.marks]
        told["lacking"] = None if self.lacking is None else vars(self.lacking)
        series = [{"name": line.name, "style": line.style, "colour": line.colour} for line in self.lines]
        return {**told, "reached": reached, "planned": planned, "series": series}

    def blobs(self) -> dict[str, Data]:
        """The points of each line, float32."""
        return {f"{self.key}_{n}": line.points.astype(np.float32) for n, line in enumerate(self.lines)}


@dataclass(frozen=True)
class KernelsShown:
    """Kernels on a scale from -end to end: ``places`` is uint8 [kernels, channels, kh, kw], 0 to 255.

    Over several epochs ``places`` has an axis of epochs first. ``ends`` has an end for each epoch where they
    have no scale in common, ``end`` is that of the last one then.
    """

    title: str
    words: str
    places: npt.NDArray[np.uint8]
    end: float
    ends: tuple[float, ...] = ()

    def header(self) -> dict[str, Any]:
        """What the browser is told beside the places."""
        told = {"title": self.title, "words": self.words, "shape": list(self.places.shape), "end": self.end}
        return told | ({"ends": list(self.ends)} if self.ends else {})


def chart_labels() -> dict[str, str]:
    """What every chart over epochs says, and kernels with their legend."""
    return {
        "scale_signed": _("Green is negative, white is zero, purple is positive."),
        "scale_fixed": _("One scale for all."),
        "across": _("epoch"),
        "log": _("Logarithmic"),
        "smooth": _("Smooth"),
        "smoothed": _("(smoothed; what was measured lies behind)"),
        "smoothed_value": _("{value} (smoothed {smoothed})"),
        "save": _("Save"),
        "save_as": _("{kind} of the chart: {title}"),
        "on_log": _("(logarithmic)"),
        "at": _("{value} at {epoch}"),
    }
