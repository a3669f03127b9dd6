"""Colour scales, one for each meaning, as tables of 256 colours that Python and the browser share.

All are safe for colour-blind eyes: blue to red through white (ColorBrewer's RdBu), green to purple
through white (PRGn) and plain grey. Zero sits in the middle of the two diverging ones.
"""

from functools import cache

import numpy as np
import torch
from plotly.colors import sample_colorscale, unlabel_rgb
from torch import Tensor

DIVERGING = "RdBu_r"
WEIGHTS = "PRGn_r"
GREY = ("rgb(0,0,0)", "rgb(255,255,255)")  # even steps, so that an identity kernel gives the picture back


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
