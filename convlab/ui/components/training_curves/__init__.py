"""Curves over epochs (or layers) in the browser: losses, accuracies, gradients, rates; of one run or more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from convlab.ui import scales
from convlab.ui.components.shared import Data, declare, pack
from convlab.ui.components.shared.charts import ChartShown, KernelsShown, chart_labels
from convlab.ui.words import _

_mount = declare("training_curves", "scale", "chart_axes", "chart_zoom", "chart_tools", "chart", "kernels")


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
    words: Mapping[str, str] | None = None,
) -> None:
    """Show charts over one axis of epochs; the same ``identity``, of the run or runs, redraws them in place.

    Lines should be thinned to a few hundred points. ``reached`` and ``planned`` are epochs; ``status`` and
    ``kernels``, of the first layer, belong to a single run. ``words`` replace labels where the axis holds
    something else than epochs: "across", "keys", "reading", "at".
    """
    lines = (line for chart in charts for line in chart.lines)
    header: dict[str, Any] = {
        "labels": _labels() | dict(words or {}),
        "identity": identity,
        "points": sum(len(line.points) for line in lines if not line.style.startswith(("book", "level"))),
        "status": None if status is None else vars(status),
        "kernels": None if kernels is None else kernels.header(),
        "charts": [chart.header(reached, planned) for chart in charts],
    }
    blobs: dict[str, Data] = {"kernels": b"" if kernels is None else kernels.places}
    for chart in charts:
        blobs |= chart.blobs()
    _mount(key=key, data=pack(header, **blobs, weight_colours=scales.table(scales.WEIGHTS)))


def _labels() -> dict[str, str]:
    return {
        **chart_labels(),
        "progress": _("Progress of the run"),
        "keys": _(
            "Left and right arrow keys move over the epochs, plus and minus zoom, Escape goes back to all."
        ),
        "reading": _("Epoch {epoch}:"),
        "zoom": _("A part of the axis"),
        "zoom_in": _("Zoom in"),
        "zoom_out": _("Zoom out"),
        "whole_axis": _("Whole axis"),
        "brushing": _("Drag over a chart to zoom; a double click shows the whole again."),
        "shown_part": _("From {from} to {to}."),
    }
