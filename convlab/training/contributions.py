"""A weight's gradient as a sum: what each picture of the batch, and each place in it, adds (8.1.1).

A convolution uses a weight at every place of every picture, so its gradient is the sum, over all of them, of
the loss's derivative by the output there times the value that the weight meets there. A linear layer uses a
weight once a picture.
"""

import copy
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.errors import N_, UserError
from convlab.networks.designs import seeded


@dataclass(frozen=True, eq=False)
class Contributions:
    """What each place adds to one entry of a gradient.

    Attributes:
        values: float32 [N, H, W], of the layer's output; [N, 1, 1] for a linear layer.
        gradient: the entry of ``.grad``, as ``loss.backward()`` has it.
    """

    values: Tensor
    gradient: float

    @property
    def by_picture(self) -> Tensor:
        """What each picture adds, float32 [N]."""
        return self.values.sum((1, 2), dtype=torch.float64).float()

    @property
    def total(self) -> float:
        """All that is added, summed in float64."""
        return float(self.values.sum(dtype=torch.float64))


def contributions(
    network: nn.Module, pictures: Tensor, labels: Tensor, name: str, place: tuple[int, ...], seed: int = 0
) -> Contributions:
    """What each place adds to the gradient of the mean cross-entropy by one entry of a parameter.

    ``network`` is run in train() mode, as a copy.

    Args:
        pictures: normalised float32 [N, C, H, W].
        labels: int64 [N].
        name: of the weight or bias of a convolution without groups, or of a linear layer; else UserError.
        place: of the entry.
        seed: of dropout.
    """
    model = copy.deepcopy(network).train().requires_grad_()
    layer, kind = _owner(model, name)
    with torch.enable_grad():
        return seeded(lambda: taken_apart(model, layer, kind, place, pictures, labels), seed)


def taken_apart(
    model: nn.Module,
    layer: nn.Conv2d | nn.Linear,
    kind: str,
    place: tuple[int, ...],
    pictures: Tensor,
    labels: Tensor,
) -> Contributions:
    """``contributions``, of a model that gets gradients; kind is "weight" or "bias"."""
    entered, left = list[Tensor](), list[Tensor]()

    def keep(_layer: nn.Module, given: tuple[Tensor, ...], output: Tensor) -> None:
        entered.append(given[0].detach())
        left.append(output)

    hook = layer.register_forward_hook(keep)
    loss = F.cross_entropy(model(pictures), labels)
    hook.remove()
    whole, upstream = torch.autograd.grad(loss, [getattr(layer, kind), left[0]])  # no other is needed
    gradient = whole[place]
    by_output = upstream[:, place[0]].reshape(len(pictures), *(upstream.shape[2:] or (1, 1)))
    factor = met(layer, entered[0], place, by_output) if kind == "weight" else 1.0
    return Contributions(by_output * factor, float(gradient))


def met(layer: nn.Conv2d | nn.Linear, given: Tensor, place: tuple[int, ...], by_output: Tensor) -> Tensor:
    """What the weight meets at each place, float32 [N, H, W] as ``by_output``."""
    if isinstance(layer, nn.Linear):
        return given[:, place[1], None, None]
    _out, channel, row, column = place
    (down, across), (step_y, step_x), (far_y, far_x) = map(int, layer.padding), layer.stride, layer.dilation
    padded = F.pad(given[:, channel], (across, across, down, down))
    windows = padded[:, row * far_y :: step_y, column * far_x :: step_x]
    return windows[:, : by_output.shape[1], : by_output.shape[2]]


def _owner(model: nn.Module, name: str) -> tuple[nn.Conv2d | nn.Linear, str]:
    """The layer that has the parameter, and what it calls it."""
    path, _dot, kind = name.rpartition(".")
    layer = dict(model.named_modules()).get(path)
    plain = isinstance(layer, nn.Linear) or (isinstance(layer, nn.Conv2d) and layer.groups == 1)
    if isinstance(layer, nn.Conv2d | nn.Linear) and plain and layer._parameters.get(kind) is not None:
        return layer, kind
    told = N_("{name} is no weight of a convolution or of a linear layer: choose one that is.")
    raise UserError(told, name=name)
