"""One output pixel's arithmetic, and the whole convolution as one tied, sparse matrix; neither calls conv."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from convlab.convolution.conv2d import ConvSettings, activate, effective_kernel, geometry
from convlab.errors import N_, UserError

MAX_MATRIX_ENTRIES = 4_000_000


@dataclass(frozen=True)
class Tap:
    """One product: the weight at (channel, kernel_row, kernel_col) of the layer times the pixel under it.

    A ghost pixel that holds 0 has input_row and input_col -1; other ghost pixels name the pixel they copy.
    """

    channel: int
    kernel_row: int
    kernel_col: int
    input_row: int
    input_col: int
    value: float
    weight: float
    product: float


@dataclass(frozen=True)
class Arithmetic:
    """How one output pixel comes about, in float64: total = sum of products, pre = total + bias, then out."""

    row: int
    col: int
    taps: tuple[Tap, ...]
    total: float
    bias: float
    pre: float
    out: float


def window(image: Tensor, kernel: Tensor, settings: ConvSettings, row: int, col: int) -> Arithmetic:
    """The arithmetic of the output pixel (row, col); UserError if there is none, or the settings do not fit.

    The picture is float32 [C, H, W], the kernel [1 or C, kh, kw]; with ``settings.flip`` the taps show the
    flipped weights.
    """
    channels, height, width = image.shape
    weights = effective_kernel(kernel, channels, settings)
    shape = geometry(height, width, (weights.shape[1], weights.shape[2]), settings)
    if not (0 <= row < shape.out_height and 0 <= col < shape.out_width):
        message = N_("The output has {rows} x {cols} pixels: row {row}, column {col} is not among them.")
        raise UserError(message, rows=shape.out_height, cols=shape.out_width, row=row, col=col)
    taps = []
    for channel in range(channels):
        for a, i in enumerate(shape.window_rows(row)):
            for b, j in enumerate(shape.window_cols(col)):
                ghost = i < 0 or j < 0
                value = 0.0 if ghost else float(image[channel, i, j])
                weight = float(weights[channel, a, b])
                place = (-1, -1) if ghost else (i, j)
                taps.append(Tap(channel, a, b, *place, value, weight, value * weight))
    total = math.fsum(tap.product for tap in taps)
    bias = float(torch.tensor(settings.bias, dtype=torch.float32))
    pre = total + bias
    out = float(activate(torch.tensor(pre, dtype=torch.float64), settings.activation))
    return Arithmetic(row, col, tuple(taps), total, bias, pre, out)


def tied_matrix(kernel: Tensor, in_channels: int, height: int, width: int, settings: ConvSettings) -> Tensor:
    """The matrix with ``matrix @ image.flatten() + bias`` equal to the convolution (chapter 8.1.1).

    float32 [H_out * W_out, C * H * W]: every row holds the same few weights, each at its own place; all else
    is 0. Raises UserError for more than 2,000 inputs, 4,000,000 entries, or settings that do not fit.
    """
    weights = effective_kernel(kernel, in_channels, settings)
    kh, kw = weights.shape[1:]
    shape = geometry(height, width, (kh, kw), settings)
    outputs, inputs = shape.out_height * shape.out_width, in_channels * height * width
    if max(outputs, inputs) * inputs > MAX_MATRIX_ENTRIES:
        message = N_("The matrix would have {rows} x {cols} entries: choose a smaller picture.")
        raise UserError(message, rows=outputs, cols=inputs)
    i = torch.tensor([shape.window_rows(r) for r in range(shape.out_height)])[:, None, None, :, None]
    j = torch.tensor([shape.window_cols(c) for c in range(shape.out_width)])[None, :, None, None, :]
    channel = torch.arange(in_channels)[None, None, :, None, None]
    source = (channel * height + i) * width + j  # [H_out, W_out, C, kh, kw]
    source = torch.where((i < 0) | (j < 0), inputs, source).reshape(outputs, -1)
    # float64, as one pixel may lie under several taps (replicate, circular); the last column collects zeros.
    matrix = torch.zeros(outputs, inputs + 1, dtype=torch.float64)
    matrix.scatter_add_(1, source, weights.double().reshape(1, -1).expand(outputs, -1))
    return matrix[:, :inputs].float()


def tied_places(kernel: Tensor, in_channels: int, height: int, width: int, settings: ConvSettings) -> Tensor:
    """Where ``tied_matrix`` holds a weight, also one that is 0, or weights that cancel each other; bool.

    Everywhere else it is 0 whatever the weights are: the window does not reach there.
    """
    return tied_matrix(torch.ones_like(kernel), in_channels, height, width, settings) != 0
