"""Large networks: which layers go to the browser with all their values, and thumbnails of the others."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from convlab.networks.layer_kinds import ITSELF
from convlab.ui.components.network_lab import Thumbnail
from convlab.ui.feature_maps.forward import ForwardPass
from convlab.ui.kept import kept

MOST_VALUES = 2**20  # 4 MiB: a network of fewer goes whole
MAPS, SIDE_PX = 16, 32  # the most of a layer's maps that have a thumbnail, and its side


def is_large(forward: ForwardPass) -> bool:
    """Whether all values are too many for one message."""
    return sum(math.prod(forward.output(name).shape) for name in forward.names) > MOST_VALUES


def whole(forward: ForwardPass, opened: str) -> set[str]:
    """The layers of a large network that are sent whole: the open one, what it reads, its activation."""
    found = {opened}
    for layer in forward.recording.layers:
        if layer.name == opened:
            found |= set(layer.inputs)
        elif layer.inputs == (opened,) and layer.reads == ITSELF:
            found.add(layer.name)
    return found


def thumbnail(forward: ForwardPass, name: str, ranges: str) -> Thumbnail:
    """Of a layer, made once for a session that walks through the network."""
    known = kept("feature_maps.thumbnails").get((forward.identity, ranges), dict[str, Thumbnail])
    if name not in known:
        known[name] = Thumbnail(*thumbnails(forward.output(name), ranges))
    found: Thumbnail = known[name]
    return found


def thumbnails(values: Tensor, ranges: str) -> tuple[Tensor, bool]:
    """A layer's first maps small, uint8 [n, h, w] as places on a scale, and whether the scale is signed.

    float32 [C, H, W], or [entries], which are one row. The scale ends at the largest value of each "map", or
    of the "layer", as the browser chooses it.
    """
    maps = values if values.dim() == 3 else values[None, None]
    single = values.shape[1:] == (1, 1)  # numbers, not maps: white is zero, and one scale is for all
    signed, ends = single or bool(values.min() < 0), maps.abs().flatten(1).amax(1)
    ends = (ends.max().expand_as(ends) if single or ranges == "layer" else ends).clone()
    ends[ends == 0] = 1
    small, (rows, cols) = maps[:MAPS], maps.shape[1:]
    if values.dim() == 3 and max(rows, cols) > SIDE_PX:
        small = F.adaptive_avg_pool2d(small, (min(rows, SIDE_PX), min(cols, SIDE_PX)))
    places = small / ends[: len(small), None, None]
    places = (places + 1) / 2 if signed else places.clamp(min=0)
    return (places * 255 + 0.5).to(torch.uint8), signed
