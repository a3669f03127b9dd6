"""Halving a picture three ways (chapter 8.2.3)."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from convlab.convolution.conv2d import ConvSettings, convolve


@dataclass(frozen=True)
class Halved:
    """One picture at half its size, float32 [H // 2, W // 2] each.

    Attributes:
        largest: max pooling; keeps one value of four.
        mean: average pooling; mixes all four.
        strided: a 3x3 mean at every second place, a convolution with stride 2; windows overlap.
        survivors: bool [H, W], the pixels that max pooling kept.
    """

    largest: Tensor
    mean: Tensor
    strided: Tensor
    survivors: Tensor


def halve(image: Tensor) -> Halved:
    """Halve a map [H, W] by ``nn.MaxPool2d(2)``, ``nn.AvgPool2d(2)`` and a convolution with stride 2."""
    batch = image[None, None]
    largest, winners = F.max_pool2d(batch, 2, return_indices=True)
    survivors = torch.zeros(image.numel(), dtype=torch.bool)
    survivors[winners.flatten()] = True
    blur = torch.full((1, 3, 3), 1 / 9)
    strided = convolve(image[None], blur, ConvSettings(padding=1, stride=2))
    rows, cols = image.shape[0] // 2, image.shape[1] // 2
    mean = F.avg_pool2d(batch, 2)[0, 0]
    return Halved(largest[0, 0], mean, strided[:rows, :cols], survivors.view(image.shape))
