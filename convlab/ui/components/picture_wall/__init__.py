"""Pictures that can be opened: small, crisp, each a button with a line or two below it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor

from convlab.ui.components.shared import as_bytes, class_of, declare, numbers, pack
from convlab.ui.words import _

_mount = declare("picture_wall", "planes", "leading", "handing")


@dataclass(frozen=True)
class Hung:
    """A picture, uint8 [3, H, W]; all on a wall have one size.

    Attributes:
        below: what stands below it, in short; plain text.
        told: the same as a sentence.
        open: whether it is the one that is looked at.
    """

    pixels: Tensor
    below: str
    told: str
    open: bool = False


def picture_wall(
    key: str,
    title: str,
    pictures: Sequence[Hung],
    leads_to: str,
    keyboard_to: str,
    choose: Callable[[], None],
) -> None:
    """Show at least one picture.

    Args:
        title: names them all.
        leads_to: key of the container that shows what comes of one: it comes into sight.
        keyboard_to: key of the container whose component gets the keyboard then.
        choose: called when one is pressed; ``chosen(key)`` tells which.
    """
    height, width = pictures[0].pixels.shape[1:]
    header = {
        "labels": {"open": _("{told}. Open it.")},
        "title": title,
        "size": [width, height],
        "leads_to": class_of(leads_to),
        "keyboard_to": class_of(keyboard_to),
        "pictures": [{"below": one.below, "told": one.told, "open": one.open} for one in pictures],
    }
    pixels = b"".join(as_bytes(one.pixels) for one in pictures)
    _mount(key=key, data=pack(header, pixels=pixels), on_open_change=choose)


def chosen(key: str, count: int) -> int | None:
    """Which of ``count`` pictures was pressed, from 0; None for anything else."""
    found = numbers(key, "open", ("index",))
    return None if found is None or not 0 <= found[0] < count else found[0]
