"""Maps of what speaks for a class, in the browser: pointed at, they tell their values; a square can cover some."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from convlab.ui import server
from convlab.ui.components.shared import declare, pack
from convlab.ui.words import _

_mount = declare("why_maps", "post", "stage", "planes", "messenger")


@dataclass(frozen=True)
class Why:
    """What speaks for a class of one network.

    Attributes:
        title: what it is, for screen readers; plain text, as are the others.
        below: what stands below it; "" for nothing.
        name: of the class.
        target: its index among the network's classes.
        values: float32 [H, W].
        picture: the same as it is shown, uint8 [3, H, W].
    """

    title: str
    below: str
    name: str
    target: int
    values: Tensor
    picture: Tensor


@dataclass(frozen=True)
class Cover:
    """A square that covers a part of the picture, and how the route "cover" is asked what that costs.

    Attributes:
        size_px: of its sides; 0: there is none.
        secret: under which the server has picture and networks; "": do not ask.
        controls: which square of the picture the networks see.
    """

    size_px: int
    secret: str
    controls: Mapping[str, Any]


def why_maps(key: str, identity: str, maps: Sequence[Why], cover: Cover) -> None:
    """Show maps, at least one, side by side; ``identity`` changes with what they show."""
    header = {
        "labels": _labels(),
        "identity": identity,
        "size": list(maps[0].values.shape),
        "maps": [{name: getattr(one, name) for name in ("title", "below", "name", "target")} for one in maps],
        "cover": {**vars(cover), "controls": dict(cover.controls), "route": server.path("cover")},
    }
    pictures = torch.stack([one.picture for one in maps])
    _mount(key=key, data=pack(header, values=torch.stack([one.values for one in maps]), pictures=pictures))


def _labels() -> dict[str, str]:
    return {
        "keys": _("Arrow keys move over the pixels."),
        "hint": _("Point at a map to read its values."),
        "hint_cover": _(
            "Drag the square over the map: what does the logit lose where it covers the picture?"
        ),
        "value": _("Row {row}, column {column}: {value}."),
        "covered": _("Rows {top} to {bottom}, columns {left} to {right} covered: the logit of {name}"),
        "lost": _("goes from {whole} to {kept}, it loses {lost}."),
        "asking": _("is asked for."),
    }
