"""Shift the picture and the feature map shifts along: translation equivariance (chapter 8.1)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from convlab.convolution.conv2d import ConvSettings, convolve, geometry
from convlab.errors import N_, UserError


def shift_image(image: Tensor, dx: int, dy: int, wrap: bool, fill: Sequence[float] = ()) -> Tensor:
    """Move a picture [..., H, W] of any dtype dx px to the right and dy px down; negative: left and up.

    What leaves comes back at the other side (wrap) or is lost, 0 taking its place. On a NORMALISED picture 0
    is the data set's mean colour, not black. Raises UserError for a shift as large as the picture.

    Args:
        fill: what takes its place instead, one number for each channel of [C, H, W].
    """
    height, width = image.shape[-2:]
    if abs(dx) >= width or abs(dy) >= height:
        message = N_("A shift of {dx}, {dy} pixels leaves nothing of {width} x {height}: shift by less.")
        raise UserError(message, dx=dx, dy=dy, width=width, height=height)
    if wrap:
        return torch.roll(image, (dy, dx), (-2, -1))
    sides = (dx, -dx, dy, -dy)
    if not fill:
        return F.pad(image, sides)
    channels = [F.pad(channel, sides, value=value) for channel, value in zip(image, fill, strict=True)]
    return torch.stack(channels)


@dataclass(frozen=True)
class Equivariance:
    """conv(shift(x)) beside shift(conv(x)).

    Attributes:
        conv_of_shifted: float32 [H_out, W_out].
        shifted_conv: the same shape, moved by (out_dx, out_dy) px; None when the stride does not divide the
            shift, as the map would have to move by a fraction of a pixel.
        out_dx, out_dy: shift / stride, or None.
        difference: conv_of_shifted - shifted_conv, or None.
        inside: bool [H_out, W_out]: windows that touch no border, before the shift and after; the difference
            is 0 there whatever the padding.
    """

    conv_of_shifted: Tensor
    shifted_conv: Tensor | None
    out_dx: int | None
    out_dy: int | None
    difference: Tensor | None
    inside: Tensor | None

    @property
    def largest(self) -> float | None:
        """Largest difference, in size."""
        return None if self.difference is None else float(self.difference.abs().max())

    @property
    def largest_inside(self) -> float | None:
        """Largest difference away from the borders; 0 when there is no such pixel."""
        if self.difference is None or self.inside is None:
            return None
        return float((self.difference.abs() * self.inside).max())


def equivariance(
    image: Tensor,
    kernel: Tensor,
    settings: ConvSettings,
    dx: int,
    dy: int,
    wrap: bool,
    fill: Sequence[float] = (),
) -> Equivariance:
    """Convolve the shifted picture and shift the convolved one, activation included.

    ``fill``: what takes the place of the picture's lost pixels, as ``shift_image`` has it; in the map 0 does.

    With circular padding that keeps the size, and wrap, the two are equal; else they may differ at borders.
    Raises UserError if the settings do not fit, or for a shift as large as the picture or its feature map.
    """
    conv_of_shifted = convolve(shift_image(image, dx, dy, wrap, fill), kernel, settings)
    if dx % settings.stride or dy % settings.stride:
        return Equivariance(conv_of_shifted, None, None, None, None, None)
    out_dx, out_dy = dx // settings.stride, dy // settings.stride
    shifted_conv = shift_image(convolve(image, kernel, settings), out_dx, out_dy, wrap)
    inside = _inside(image, kernel, settings)
    inside = inside & shift_image(inside, out_dx, out_dy, wrap=False)
    return Equivariance(conv_of_shifted, shifted_conv, out_dx, out_dy, conv_of_shifted - shifted_conv, inside)


def _inside(image: Tensor, kernel: Tensor, settings: ConvSettings) -> Tensor:
    """Bool [H_out, W_out]: the window reads no ghost pixel."""
    _, height, width = image.shape
    shape = geometry(height, width, (kernel.shape[1], kernel.shape[2]), settings)
    left, _, top, _ = shape.padding
    starts = [torch.arange(size) * shape.stride for size in (shape.out_height, shape.out_width)]
    reach = [shape.dilation * (k - 1) for k in shape.kernel_size]
    rows, cols = [
        (start >= before) & (start + far < before + n)
        for start, far, before, n in zip(starts, reach, (top, left), (height, width), strict=True)
    ]
    return rows[:, None] & cols
