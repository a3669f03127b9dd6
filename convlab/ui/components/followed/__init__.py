"""What a slider, a brush or cells elsewhere on the page change, and what the networks say of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from convlab.ui.components.shared import class_of, declare, pack
from convlab.ui.components.shared.looking import Look, VerdictShown, says
from convlab.ui.words import _

_mount = declare("followed", "post", "planes", "messenger", "looking", "verdict")


@dataclass(frozen=True)
class Watched:
    """What the hand moves.

    Attributes:
        key: of Streamlit's slider, of the board, or of the cells.
        control: that it sets.
        value: of it, as the verdict has it.
        others: controls that go along with it when PyTorch is asked.
    """

    key: str
    control: str
    value: float | str
    others: Mapping[str, Any]


def followed(
    key: str,
    picture: Tensor | None,
    verdicts: Sequence[VerdictShown],
    look: Look,
    watched: Watched,
    painted: int | None = None,
) -> None:
    """Show a picture, uint8 [3, H, W], and the verdicts on it.

    Args:
        picture: None where the hand changes the network alone.
        painted: how many of its pixels were painted; None: do not say.
    """
    height, width = (0, 0) if picture is None else picture.shape[1:]
    header = {
        "labels": {
            "picture": _("The changed picture"),
            "painted": _("You painted {count} of 1,024 pixels."),
            **says(),
        },
        "size": [width, height],
        "verdicts": [vars(verdict) for verdict in verdicts],
        "look": look.told(),
        "watched": {**vars(watched), "key": class_of(watched.key)},
        "painted": painted,
    }
    _mount(key=key, data=pack(header, picture=b"" if picture is None else picture))
