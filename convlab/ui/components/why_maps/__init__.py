"""Maps of what speaks for a class, in the browser: they tell their values, and what covering a part costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from convlab.ui.components.shared import declare, pack
from convlab.ui.components.shared.looking import Look
from convlab.ui.words import _

_mount = declare("why_maps", "post", "stage", "planes", "messenger", "looking", "handing")


@dataclass(frozen=True)
class Why:
    """What speaks for a class of one network; texts are plain.

    Attributes:
        title: what it is, for screen readers.
        below: what stands below it; "" for nothing.
        name: of the class, where there are several networks also which one's.
        target: its index among the network's classes.
        logit: of the class, for the whole picture.
        values: float32 [H, W].
        picture: the same as it is shown, uint8 [3, H, W].
    """

    title: str
    below: str
    name: str
    target: int
    logit: float
    values: Tensor
    picture: Tensor


@dataclass(frozen=True)
class Cover:
    """A square that covers a part of the picture.

    Attributes:
        size_px: of its sides.
        colour: R, G, B in 0..255.
    """

    size_px: int
    colour: Sequence[int]


@dataclass(frozen=True)
class Explanation:
    """Maps of one size, at least one.

    Attributes:
        identity: changes with what they show.
        look: how PyTorch is asked what a square costs.
        cover: the square that goes along with the pointer.
    """

    identity: str
    maps: Sequence[Why]
    look: Look
    cover: Cover

    def told(self) -> dict[str, Any]:
        """What the browser is told beside the blobs."""
        names = ("title", "below", "name", "target", "logit")
        return {
            "identity": self.identity,
            "size": list(self.maps[0].values.shape),
            "maps": [{name: getattr(one, name) for name in names} for one in self.maps],
            "look": self.look.told(),
            "cover": {"size": self.cover.size_px, "colour": list(self.cover.colour)},
        }

    def blobs(self) -> dict[str, Tensor]:
        """The maps, and how they are shown; none is called as a blob of the lab."""
        values, pictures = ([getattr(one, name) for one in self.maps] for name in ("values", "picture"))
        return {"why_values": torch.stack(values), "why_pictures": torch.stack(pictures)}


def why_maps(key: str, explanation: Explanation) -> None:
    """Show the maps side by side."""
    header = {"labels": _labels(), **explanation.told()}
    _mount(key=key, data=pack(header, **explanation.blobs()))


def _labels() -> dict[str, str]:
    return {
        "keys": _("Arrow keys move over the pixels."),
        "hint": _("Point at the map to read its values."),
        "hint_cover": _("Point at the map: its value, and what the logit loses with this part covered."),
        "value": _("Row {row}, column {column}: {value}."),
        "covered": _("Rows {top} to {bottom}, columns {left} to {right} are covered."),
        "covered_pixel": _("Row {top}, column {left} is covered."),
        "lost": _("The logit of {name} goes from {whole} to {kept} and loses {lost}."),
        "asking": _("PyTorch is asked."),
    }
