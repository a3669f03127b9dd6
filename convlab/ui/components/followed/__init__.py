"""A picture that a slider or a brush elsewhere on the page changes, and what the networks say of it."""

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
        key: of Streamlit's slider, or of the board.
        control: that it sets.
        value: of it, as the picture has it.
        others: controls that go along with it when PyTorch is asked.
    """

    key: str
    control: str
    value: float | str
    others: Mapping[str, Any]


def followed(
    key: str, picture: Tensor, verdicts: Sequence[VerdictShown], look: Look, watched: Watched
) -> None:
    """Show a picture, uint8 [3, H, W], and the verdicts on it."""
    height, width = picture.shape[1:]
    header = {
        "labels": {"picture": _("The changed picture"), **says()},
        "size": [width, height],
        "verdicts": [vars(verdict) for verdict in verdicts],
        "look": look.told(),
        "watched": {**vars(watched), "key": class_of(watched.key)},
    }
    _mount(key=key, data=pack(header, picture=picture))
