"""Colour scales, one for each meaning, as tables of 256 colours that Python and the browser share.

All are safe for colour-blind eyes: blue to red through white (ColorBrewer's RdBu), green to purple
through white (PRGn) and plain grey. Zero sits in the middle of the two diverging ones.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
import torch
from plotly.colors import sample_colorscale, unlabel_rgb
from torch import Tensor

DIVERGING = "RdBu_r"
WEIGHTS = "PRGn_r"
GREY = ("rgb(0,0,0)", "rgb(255,255,255)")  # even steps, so that an identity kernel gives the picture back

Choice = Literal["auto", "own", "signed", "grey"]


@dataclass(frozen=True)
class Scale:
    """The scale of a feature map, as ``chooseScale`` of ``shared/scale.js`` chooses it too.

    Attributes:
        signed: -end to end, through white at 0; else grey from 0 to end.
        unit: it is the picture's own, 0 to 1.
        beyond: how many values lie beyond its ends, and are striped.
    """

    signed: bool
    end: float
    unit: bool
    beyond: int


def choose(
    values: Tensor, choice: Choice, limit: float, unit: bool, shared: tuple[Tensor, ...] = ()
) -> Scale:
    """The scale of a map's values.

    Args:
        limit: where it ends; 0 leaves that open.
        unit: the picture's own values are 0 to 1: "auto" takes that scale for a map without negative values.
        shared: further maps on the same scale.
    """
    low, high = (
        float(extreme) for extreme in torch.cat([values.flatten(), *map(torch.flatten, shared)]).aminmax()
    )
    signed = choice == "signed" or (choice in ("auto", "own") and low < 0)
    as_picture = unit and choice == "auto" and not limit and low >= 0
    end = limit or (1.0 if as_picture else max(high, -low if signed else 0.0)) or 1.0
    return Scale(signed, end, as_picture, int(((values.abs() if signed else values).double() > end).sum()))


def largest(*maps: Tensor) -> float:
    """Largest size of a value in any of the maps; 1 where all are 0."""
    return float(torch.stack([values.abs().max() for values in maps]).max()) or 1.0


@cache
def table(scale: str | tuple[str, ...]) -> bytes:
    """256 RGB triples, uint8, of a Plotly colour scale (its name or its colours), lowest value first."""
    colours = sample_colorscale(scale, [n / 255 for n in range(256)], colortype="rgb")
    return bytes(round(part) for colour in colours for part in unlabel_rgb(colour))


def colourise(values: Tensor, end: float, scale: str | tuple[str, ...] = DIVERGING) -> Tensor:
    """Float [H, W] -> uint8 RGB [3, H, W]: the scale goes from -end to end, ``GREY`` from 0 to end."""
    position = values / end if scale == GREY else values / end / 2 + 0.5
    colours = np.frombuffer(table(scale), dtype=np.uint8).reshape(256, 3)
    places = (position * 255).round().clamp(0, 255).to(torch.uint8).numpy()
    return torch.from_numpy(colours[places]).permute(2, 0, 1).contiguous()
