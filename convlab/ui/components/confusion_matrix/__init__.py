"""A confusion matrix in the browser: how often each class was taken for each; a cell is a button."""

from collections.abc import Callable, Sequence

from torch import Tensor

from convlab.ui.components.shared import declare, numbers, pack
from convlab.ui.words import _

_mount = declare("confusion_matrix")
Cell = tuple[int, int]  # class, verdict


def confusion_matrix(
    key: str, classes: Sequence[str], counts: Tensor, open_cell: Cell | None, choose: Callable[[], None]
) -> None:
    """Show it.

    Args:
        classes: plain text.
        counts: int64 [K, K], a row for each class, a column for each verdict.
        open_cell: whose pictures are shown; None: those of none.
        choose: called when a cell is pressed; ``chosen(key)`` tells it.
    """
    header = {
        "labels": _labels(),
        "classes": list(classes),
        "counts": counts.tolist(),
        "open": list(open_cell) if open_cell else None,
    }
    _mount(key=key, data=pack(header), on_cell_change=choose)


def chosen(key: str, count: int) -> Cell | None:
    """(class, verdict) of the cell that was pressed, of ``count`` classes; None for anything else."""
    found = numbers(key, "cell", ("row", "column"))
    if found is None or not all(0 <= place < count for place in found):
        return None
    return found[0], found[1]


def _labels() -> dict[str, str]:
    return {
        "matrix": _("Confusion matrix"),
        "class": _("class"),
        "verdict": _("verdict: {name}"),
        "right": _("right"),
        "cell": _("{name}, taken for {verdict}: {count}"),
        "recognised": _("{name}, recognised: {count}"),
        "hint": _("Press a cell to see its pictures; arrow keys lead from cell to cell."),
    }
