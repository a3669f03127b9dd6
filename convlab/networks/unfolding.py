"""A convolution unfolded: what each map before it adds to one of its maps.

The partial maps, summed up, and the bias make the map that was recorded.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from convlab.errors import N_, UserError
from convlab.networks import layer_kinds, units
from convlab.networks.graph import Layer
from convlab.networks.layer_kinds import Sliding, Transposed, Window
from convlab.networks.receptive_field import check_unit
from convlab.networks.recording import Recording


@dataclass(frozen=True)
class Unfolded:
    """One map of a convolution: ``partial``, summed over the maps that it reads, + ``bias`` = ``values``.

    Attributes:
        source: the layer that it reads, or "input"; channels: its maps (first, stop) that this one reads.
        kernels: [C, kh, kw], one for each map that is read, as PyTorch holds them.
        partial: float64 [C, H, W]: each of these maps convolved with its kernel.
        values: [H, W], the map as it was recorded.
    """

    layer: Layer
    channel: int
    source: str
    channels: tuple[int, int]
    kernels: Tensor
    partial: Tensor
    bias: float
    values: Tensor

    @property
    def running(self) -> Tensor:
        """Float64 [C, H, W]: the sum of the partial maps up to each, without the bias."""
        return self.partial.cumsum(0)

    def strongest(self, row: int, col: int) -> list[int]:
        """The maps that are read, counted from ``channels[0]``: largest share of a unit's value first."""
        found: list[int] = self.partial[:, row, col].abs().argsort(descending=True, stable=True).tolist()
        return found


def unfold(recording: Recording, layer: str, channel: int, picture: int = 0) -> Unfolded:
    """A map of a recorded convolution in parts. UserError for what has no kernels, or no such map."""
    network = recording.network
    if network is None:
        raise UserError(N_("Layers can be unfolded only in a network that can be opened layer by layer."))
    this, tensors = network.layer(layer), network.tensors(layer)
    if not has_kernels(this) or "weight" not in tensors:
        message = N_("{layer}, a {kind} layer, has no kernels of its own to unfold: choose a convolution.")
        raise UserError(message, layer=layer, kind=this.kind)
    check_unit(this, (channel, 0, 0))
    (source,) = units.source_window(network, layer, (channel, 0, 0))
    assert isinstance(this.reads, Sliding)
    kernels = this.reads.kernel(tensors["weight"], channel).detach()
    maps = recording.outputs[source.layer][picture][slice(*source.channels)]
    return Unfolded(
        layer=this,
        channel=channel,
        source=source.layer,
        channels=source.channels,
        kernels=kernels.clone(),
        partial=_partial(this.reads, maps.double(), kernels.double(), (this.shape[1], this.shape[2])),
        bias=float(tensors["bias"][channel]) if "bias" in tensors else 0.0,
        values=recording.outputs[layer][picture, channel],
    )


def has_kernels(layer: Layer) -> bool:
    """Whether a layer is a convolution of maps."""
    return layer_kinds.of(layer.kind).parts == "convolution" and isinstance(layer.reads, Sliding)


def _partial(reads: Sliding, maps: Tensor, kernels: Tensor, size: tuple[int, int]) -> Tensor:
    """Each map [C, H, W] convolved with its own kernel, as PyTorch does it."""
    groups = len(maps)
    if isinstance(reads, Transposed):
        forward = reads.forward
        plain = F.conv_transpose2d(
            maps[None], kernels[:, None], stride=forward.stride, dilation=forward.dilation, groups=groups
        )
        return _cropped(plain[0], forward, size)
    (top, bottom), (left, right) = reads.padding
    mode = "constant" if reads.padding_mode == "zeros" else reads.padding_mode
    padded = F.pad(maps[None], (left, right, top, bottom), mode=mode)
    return F.conv2d(padded, kernels[:, None], stride=reads.stride, dilation=reads.dilation, groups=groups)[0]


def _cropped(plain: Tensor, forward: Window, size: tuple[int, int]) -> Tensor:
    """What a transposed convolution keeps: padding is cut off, output_padding adds rows."""
    (top, _bottom), (left, _right) = forward.padding
    behind = (max(0, left + size[1] - plain.shape[2]), max(0, top + size[0] - plain.shape[1]))
    longer = F.pad(plain, (0, behind[0], 0, behind[1]))
    return longer[:, top : top + size[0], left : left + size[1]]


def kernels_of(reads: Sliding, weight: Tensor) -> Tensor:
    """All kernels of a convolution, [maps, maps read, kh, kw], in the order in which their taps read.

    A transposed convolution reads backwards, so its kernels are turned by half.
    """
    maps = weight.shape[1] * reads.groups if isinstance(reads, Transposed) else len(weight)
    kernels = torch.stack([reads.kernel(weight, channel) for channel in range(maps)])
    return kernels.flip(2, 3) if isinstance(reads, Transposed) else kernels
