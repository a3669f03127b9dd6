"""A trained network with what reading it takes: class names, mean, std; pixels in, probabilities out."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from convlab.errors import N_, UserError
from convlab.networks.class_names import numbered as numbered
from convlab.networks.designs import INPUT_SHAPE
from convlab.pictures import images

_AT_ONCE = 100  # pictures per forward pass: their feature maps stay in the cache of a core


@dataclass(frozen=True)
class Probe:
    """A network that is asked about pictures and never changed; many sessions may share one.

    It is in eval mode: normalised float32 [N, 3, 32, 32] -> logits [N, K], which the classes name. Mean and
    std are per channel, on the scale 0..1, of the pictures that it was trained on.
    """

    network: nn.Module
    classes: tuple[str, ...]
    mean: tuple[float, ...] = images.CIFAR10_MEAN
    std: tuple[float, ...] = images.CIFAR10_STD

    def normalise(self, pictures: Tensor) -> Tensor:
        """What enters the network, float32 [N, 3, 32, 32] on its device; differentiable in float pictures.

        Pictures are uint8 0..255 or float 0..1; [N, 3, 32, 32]. Raises UserError for another shape.
        """
        given = list(pictures.shape[1:])
        told = N_("The network takes pictures of shape {wanted}, not {given}: crop and resize them first.")
        if given != list(INPUT_SHAPE):
            raise UserError(told, wanted=list(INPUT_SHAPE), given=given)
        pixels = pictures if pictures.is_floating_point() else images.to_float(pictures)
        return images.normalise(pixels.to(self.device, torch.float32), self.mean, self.std)

    def logits(self, pictures: Tensor) -> Tensor:
        """Logits float32 [N, K] on the CPU, without gradient; pictures as ``normalise`` takes them.

        Raises UserError as it does, and for a network with more or fewer logits than class names.
        """
        with torch.no_grad():
            logits = torch.cat([self.network(self.normalise(x)).cpu() for x in pictures.split(_AT_ONCE)])
        count, names = logits.shape[1], len(self.classes)
        told = N_("The network has {logits} logits and there are {classes} class names: give one for each.")
        if count != names:
            raise UserError(told, logits=count, classes=names)
        return logits

    def probabilities(self, pictures: Tensor, temperature: float = 1.0) -> Tensor:
        """softmax(logits / temperature), float32 [N, K]: Guo et al. 2017, https://arxiv.org/abs/1706.04599.

        Temperature is above 0, or a UserError; more than 1 evens the probabilities out, the ranking stays.
        """
        return softened(self.logits(pictures), temperature)

    @property
    def named(self) -> bool:
        """Whether the classes have names, and not only numbers."""
        return self.classes != numbered(len(self.classes))

    @property
    def device(self) -> torch.device:
        """Where the network's weights are."""
        return next((tensor.device for tensor in self.network.parameters()), torch.device("cpu"))

    def check_class(self, target: int) -> None:
        """Refuse a class index outside 0..K-1 with a UserError."""
        if not 0 <= target < len(self.classes):
            last = len(self.classes) - 1
            raise UserError(N_("There is no class {target}: choose 0 to {last}."), target=target, last=last)


def softened(logits: Tensor, temperature: float) -> Tensor:
    """softmax(logits / temperature) over the last axis. Raises UserError where temperature is not above 0."""
    if not (math.isfinite(temperature) and temperature > 0):
        sentence = N_("The temperature is {temperature}: choose a number above 0.")
        raise UserError(sentence, temperature=temperature)
    return torch.softmax(logits / temperature, dim=-1)
