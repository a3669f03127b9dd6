"""Designs compared in the browser: their accuracies as bars, or as points against what they cost."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from convlab.ui.components.shared import declare, pack
from convlab.ui.words import _

_mount = declare("design_bars")


@dataclass(frozen=True)
class Measured:
    """One accuracy of one design; shares of 1.

    Attributes:
        mean: of the seeds that are done; of all that have measured something while none is.
        half: how far the interval of the mean reaches to either side; None where there is none.
        dots: of the seeds that are done.
        live: of those that train, by their newest epoch.
        book: what the book printed, where that is drawn.
    """

    mean: float | None = None
    half: float | None = None
    dots: Sequence[float] = ()
    live: Sequence[float] = ()
    book: float | None = None

    @property
    def ends(self) -> tuple[float, float] | None:
        """Of the interval, as far as it lies among shares."""
        if self.mean is None or self.half is None:
            return None
        return max(0.0, self.mean - self.half), min(1.0, self.mean + self.half)

    def header(self) -> dict[str, Any]:
        """What the browser is told."""
        low, high = self.ends or (None, None)
        return {**asdict(self), "low": low, "high": high, "text": self.text}

    @property
    def text(self) -> str:
        """As "93.1 % ± 0.4", "93.1 %" or a dash."""
        if self.mean is None:
            return "–"
        told = f"{100 * self.mean:.1f} %"
        return told if self.half is None else f"{told} ± {100 * self.half:.1f}"


@dataclass(frozen=True)
class Row:
    """A design: its name of unknown origin, how far it is, both accuracies and the gap between them."""

    name: str
    told: str
    train: Measured
    val: Measured
    gap: str


@dataclass(frozen=True)
class Point:
    """A design by what it costs (x, above 0) and what it reaches; the latter has a mean."""

    name: str
    x: float
    reached: Measured
    told: str


def design_bars(key: str, identity: str, rows: Sequence[Row], book: bool) -> None:
    """A row for each design, both accuracies as bars; the same ``identity`` redraws them in place.

    ``book``: whether any row has the book's number.
    """
    told = [
        {
            "name": row.name,
            "told": row.told,
            "gap": row.gap,
            "train": row.train.header(),
            "val": row.val.header(),
        }
        for row in rows
    ]
    _show(key, identity, {"kind": "bars", "rows": told, "book": book, "points": []})


def design_points(key: str, identity: str, points: Sequence[Point], across: str) -> None:
    """A point for each design, accuracy against a cost, which ``across`` names, on a logarithmic axis."""
    told = [{"name": one.name, "x": one.x, "told": one.told, **one.reached.header()} for one in points]
    _show(key, identity, {"kind": "points", "rows": [], "book": False, "points": told, "across": across})


def _show(key: str, identity: str, told: dict[str, Any]) -> None:
    _mount(key=key, data=pack({"labels": _labels(), "identity": identity, **told}))


def _labels() -> dict[str, str]:
    return {
        "train": _("Training"),
        "val": _("Validation"),
        "gap": _("gap {gap}"),
        "axis": _("accuracy after the last epoch"),
        "begins": _("accuracy after the last epoch; the axis begins at {low}"),
        "from_zero": _("From 0"),
        "from_zero_help": _("Draw the whole axis, from 0 to 100 %."),
        "dot": _("a seed"),
        "live": _("a seed that trains, by its newest epoch"),
        "reach": _("95 % interval of the mean"),
        "gap_key": _("gap: training less validation, in points"),
        "book": _("the book: one run each, on CIFAR-10"),
        "seconds": _("{value} s"),
        "figure": _("Accuracy of each design, training and validation"),
        "points": _("Validation accuracy against: {across}"),
    }
