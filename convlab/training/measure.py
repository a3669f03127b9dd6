"""How good a network is on pictures that it is shown once: loss, accuracy, confusion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.datasets.dataset import Split

CHUNK = 250  # pictures at once: their maps stay in the cache


@dataclass(frozen=True)
class Evaluation:
    """What a network makes of a set of pictures.

    Attributes:
        loss: mean cross-entropy, without penalties or smoothing.
        accuracy: share that it gets right.
        confusion: int64 [K, K]; row: the class, column: the network's verdict.
    """

    loss: float
    accuracy: float
    confusion: Tensor

    @property
    def per_class(self) -> tuple[float, ...]:
        """Share of each class that is recognised (recall); 0 for a class without pictures."""
        right, all_ = self.confusion.diagonal(), self.confusion.sum(1).clamp(min=1)
        return tuple((right / all_).tolist())


def evaluate(
    network: nn.Module, split: Split, mean: Sequence[float], std: Sequence[float], device: torch.device | str
) -> Evaluation:
    """Measure a network in eval mode; its mode and its weights are left as they are.

    Args:
        network: on ``device``, logits [N, K] of float32 [N, 3, 32, 32].
        split: uint8 pictures, and labels below K.
        mean, std: of values in 0..1, that the network was trained with.
    """
    was = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        pictures = Pictures(split.images, split.labels, mean, std, torch.device(device))
        return measure(network, pictures, CHUNK)
    finally:
        for module, training in was:
            module.training = training


def measure(run: Callable[[Tensor], Tensor], pictures: Pictures, chunk: int) -> Evaluation:
    """Loss, accuracy and confusion of ``run``, ``chunk`` pictures at a time, in the mode that it is in."""
    losses, confusion = [], torch.zeros(0)
    with torch.no_grad():
        for start in range(0, len(pictures.labels), chunk):
            logits = run(pictures.at(slice(start, start + chunk)))
            labels = pictures.labels[start : start + chunk]
            losses.append(F.cross_entropy(logits, labels, reduction="sum"))
            classes = logits.shape[1]
            cells = torch.bincount(labels * classes + logits.argmax(1), minlength=classes**2)
            confusion = cells if start == 0 else confusion + cells
    count = len(pictures.labels)
    square = confusion.cpu().reshape(classes, classes)
    loss = float(torch.stack(losses).double().sum()) / count
    return Evaluation(loss, int(square.trace()) / count, square)


class Pictures:
    """A split on its device, normalised once: float32 [N, H, W, C] in memory, [N, C, H, W] when asked for.

    Args:
        images: uint8 [N, 3, 32, 32].
        labels: int64 [N].
        margin: mean-coloured pixels around each picture, for shifts.
    """

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        mean: Sequence[float],
        std: Sequence[float],
        device: torch.device,
        margin: int = 0,
    ) -> None:
        count, channels, height, width = images.shape
        self.size = (height, width)
        self.margin = margin
        self.labels = labels.to(device)
        self.values = torch.zeros(count, height + 2 * margin, width + 2 * margin, channels, device=device)
        inside = self.values[:, margin : margin + height, margin : margin + width]
        means, stds = torch.tensor(mean, device=device), torch.tensor(std, device=device)
        for start in range(0, count, 1000):  # a thousand at a time: no second copy of all in memory
            part = images[start : start + 1000].to(device).permute(0, 2, 3, 1)
            inside[start : start + 1000] = (part / 255 - means) / stds

    def at(self, places: slice) -> Tensor:
        """Neighbouring pictures as they are, float32 [n, C, H, W], channels last."""
        height, width = self.size
        m = self.margin
        return self.values[places, m : m + height, m : m + width].permute(0, 3, 1, 2)

    def picked(self, index: Tensor) -> Tensor:
        """Some pictures as they are, float32 [n, C, H, W], channels last."""
        if self.margin:
            return self.moved(index, *(torch.zeros(3, len(index), dtype=torch.int64, device=index.device)))
        return self.values.index_select(0, index).permute(0, 3, 1, 2)

    def moved(self, index: Tensor, flipped: Tensor, down: Tensor, right: Tensor) -> Tensor:
        """Some pictures, each mirrored or not and then shifted; the mean colour comes in from the edge.

        Args:
            index, flipped, down, right: [n]; flipped 0 or 1, down and right in -margin..margin pixels.

        Returns:
            float32 [n, C, H, W], channels last.
        """
        height, width = self.size
        rows = self.margin + torch.arange(height, device=index.device) - down[:, None]
        cols = torch.arange(width, device=index.device) - right[:, None]
        cols = self.margin + torch.where(flipped[:, None] > 0, width - 1 - cols, cols)
        stride_row = self.values.shape[2]
        flat = self.values.view(-1, self.values.shape[3])  # a pixel a row
        first = index[:, None] * self.values.shape[1] + rows
        places = (first * stride_row)[:, :, None] + cols[:, None, :]
        taken = flat.index_select(0, places.flatten())
        return taken.view(len(index), height, width, -1).permute(0, 3, 1, 2)
