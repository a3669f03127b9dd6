"""Pictures on the device that a network runs on, normalised once, and what training does to them."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from convlab.datasets.dataset import Dataset, Split, statistics
from convlab.pictures import images
from convlab.training.settings import Settings

CHUNK = 250  # pictures at once: their maps stay in the cache
GPU_CHUNK = 2000  # the same on a GPU, which a small step leaves idle

Numbers = Sequence[float]


def normalisation(settings: Settings, dataset: Dataset) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """(mean, std) that a run's pictures are normalised with: the chapter's, or the training pictures' own."""
    if settings.normalisation == "cifar10":
        return images.CIFAR10_MEAN, images.CIFAR10_STD
    return statistics(dataset.train.images)


class Pictures:
    """A split on its device, normalised once: float32 [N, H, W, C] in memory, [N, C, H, W] when asked for.

    What is asked for is channels last on a CPU, and contiguous on a GPU, where that is a fifth faster.

    The margin is of mean-coloured pixels around each picture, for shifts.
    """

    def __init__(
        self, split: Split, mean: Numbers, std: Numbers, device: torch.device, margin: int = 0
    ) -> None:
        count, channels, height, width = split.images.shape
        self._margin = margin
        self.labels = split.labels.to(device)
        self._values = torch.zeros(count, height + 2 * margin, width + 2 * margin, channels, device=device)
        self._inside = inside = self._values[:, margin : margin + height, margin : margin + width]
        means, stds = torch.tensor(mean, device=device), torch.tensor(std, device=device)
        for start in range(0, count, 1000):  # a thousand at a time: no second copy of all in memory
            part = split.images[start : start + 1000].to(device).permute(0, 2, 3, 1)
            inside[start : start + 1000] = (part / 255 - means) / stds

    def _maps(self, values: Tensor) -> Tensor:
        """Channels first, in the order of memory that convolutions like on this device."""
        found = values.permute(0, 3, 1, 2)
        return found if found.device.type == "cpu" else found.contiguous()

    def at(self, places: slice) -> Tensor:
        """Neighbouring pictures as they are, float32 [n, C, H, W]."""
        return self._maps(self._inside[places])

    def batches(self, size: int) -> Iterator[tuple[Tensor, Tensor]]:
        """All pictures as ``at`` gives them, ``size`` at a time, with their labels."""
        for start in range(0, len(self.labels), size):
            places = slice(start, start + size)
            yield self.at(places), self.labels[places]

    def picked(self, index: Tensor) -> Tensor:
        """Some pictures as they are, float32 [n, C, H, W]."""
        return self._maps(self._inside.index_select(0, index))

    def moved(self, index: Tensor, flipped: Tensor, down: Tensor, right: Tensor) -> Tensor:
        """``picked``, each mirrored (1) or not (0), then shifted; the mean colour comes in from the edge.

        All are [n], down and right in -margin..margin pixels.
        """
        _, rows_stored, columns_stored, channels = self._values.shape
        height, width = self._inside.shape[1:3]
        rows = self._margin + torch.arange(height, device=index.device) - down[:, None]
        cols = torch.arange(width, device=index.device) - right[:, None]
        cols = self._margin + torch.where(flipped[:, None] > 0, width - 1 - cols, cols)
        first = (index[:, None] * rows_stored + rows) * columns_stored
        places = first[:, :, None] + cols[:, None, :]
        taken = self._values.view(-1, channels).index_select(0, places.flatten())  # a pixel a row
        return self._maps(taken.view(len(index), height, width, channels))
