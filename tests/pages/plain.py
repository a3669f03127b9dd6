"""What a network says of pictures by PyTorch alone: the figures that a page has to show."""

import copy
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MEAN, STD = (0.4915, 0.4823, 0.4468), (0.2470, 0.2435, 0.2616)  # the book's, chapter 7


@dataclass(frozen=True)
class Plain:
    """A network in eval mode, and pictures uint8 [N, 3, 32, 32] with labels int64 [N]."""

    network: nn.Module
    images: Tensor
    labels: Tensor
    mean: tuple[float, ...] = MEAN
    std: tuple[float, ...] = STD

    def normalised(self, images: Tensor) -> Tensor:
        pixels = images if images.is_floating_point() else images / 255
        mean, std = (torch.tensor(value)[:, None, None] for value in (self.mean, self.std))
        return (pixels - mean) / std

    def logits_of(self, images: Tensor) -> Tensor:
        with torch.no_grad():
            found: Tensor = self.network(self.normalised(images))
        return found.double()

    @cached_property
    def logits(self) -> Tensor:
        return self.logits_of(self.images)

    def accuracy(self, images: Tensor | None = None) -> float:
        logits = self.logits if images is None else self.logits_of(images)
        return float((logits.argmax(1) == self.labels).double().mean())

    def loss(self, temperature: float = 1.0) -> float:
        return float(F.cross_entropy(self.logits / temperature, self.labels))

    def confusion(self) -> list[list[int]]:
        said, classes = self.logits.argmax(1), range(int(self.labels.max()) + 1)
        return [[int(((self.labels == row) & (said == one)).sum()) for one in classes] for row in classes]

    def bins(self, temperature: float = 1.0) -> list[tuple[int, float, float]]:
        """(count, mean confidence, accuracy) of each of 15 bins of confidence that is not empty."""
        sure, said = (self.logits / temperature).softmax(1).max(1)
        found = []
        for k in range(15):
            here = (sure > k / 15) & (sure <= (k + 1) / 15)
            if bool(here.any()):
                right = (said == self.labels)[here].double().mean()
                found.append((int(here.sum()), float(sure[here].mean()), float(right)))
        return found

    def calibration_error(self, temperature: float = 1.0) -> float:
        bins = self.bins(temperature)
        return sum(count * abs(sure - right) for count, sure, right in bins) / len(self.labels)

    def best_temperature(self) -> float:
        """By trying: the least cross-entropy on a grid that is made finer twice."""
        low, high = 0.05, 20.0
        for _ in range(3):
            tried = torch.linspace(low, high, 400).tolist()
            best = min(range(len(tried)), key=lambda n: self.loss(tried[n]))
            low, high = tried[max(0, best - 1)], tried[min(len(tried) - 1, best + 1)]
        return (low + high) / 2

    def accuracy_in_train(self, batch_size: int) -> float:
        """One pass in train() mode, one class after the other, the last batch perhaps smaller."""
        network, order = copy.deepcopy(self.network).train(), self.labels.argsort(stable=True)
        right = 0
        with torch.no_grad():
            for at in order.split(batch_size):
                said = network(self.normalised(self.images[at])).argmax(1)
                right += int((said == self.labels[at]).sum())
        return right / len(self.labels)

    def without_kernel(self, layer: str, channel: int) -> "Plain":
        network = copy.deepcopy(self.network)
        with torch.no_grad():
            network.get_submodule(layer).weight[channel] = 0  # type: ignore[operator]
        return Plain(network, self.images, self.labels, self.mean, self.std)

    def shifted(self, pixels: int) -> Tensor:
        """All pictures, float 0..1, to the right; what comes into view has the mean colour."""
        moved = torch.tensor(self.mean)[:, None, None].expand(len(self.images), 3, 32, 32).clone()
        moved[..., pixels:] = (self.images / 255)[..., : 32 - pixels]
        return moved


def auroc(inside: Tensor, outside: Tensor) -> float:
    """The share of pairs of scores in which the one inside is higher, a tie counting half."""
    differences = inside[:, None] - outside[None]
    return float(((differences > 0).double() + (differences == 0).double() / 2).mean())
