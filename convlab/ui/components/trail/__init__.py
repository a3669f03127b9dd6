"""A trail in the browser: where one is in a chain of views, the way back, and where one can go on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from convlab.ui.components.shared import class_of, declare, numbers, pack
from convlab.ui.words import _

_mount = declare("trail", "leading")


@dataclass(frozen=True)
class Step:
    """One part of a trail, plain text.

    Attributes:
        kind: "back", a view before this one; "here", no button; "beside", its neighbour; "on", a next view.
        told: for screen readers, where the text says too little.
        current: whether it is the view that is shown.
        leads_to: key of the container that shows the outcome: it comes into sight; "": nothing moves.
    """

    text: str
    kind: Literal["back", "here", "beside", "on"]
    told: str = ""
    current: bool = False
    leads_to: str = ""


def trail(key: str, steps: Sequence[Step], choose: Callable[[], None]) -> None:
    """Show the steps in order; ``choose`` is called when one is pressed, ``chosen(key)`` tells which."""
    told = [{**vars(step), "leads_to": step.leads_to and class_of(step.leads_to)} for step in steps]
    header = {"labels": {"trail": _("The way here and on")}, "steps": told}
    _mount(key=key, data=pack(header), on_step_change=choose)


def chosen(key: str, count: int) -> int | None:
    """Which of ``count`` steps was pressed, from 0; None for anything else."""
    found = numbers(key, "step", ("index",))
    return None if found is None or not 0 <= found[0] < count else found[0]
