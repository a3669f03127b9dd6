"""What changes the parameters of a run, and how long their gradients are."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from convlab.training.settings import Settings


def optimizer(settings: Settings, parameters: list[Tensor]) -> torch.optim.Optimizer:
    """What changes the parameters, which are all on one device."""
    device = parameters[0].device
    fused = device.type in ("cpu", "cuda")  # where PyTorch's one-kernel steps are well tried
    replayed = device.type == "cuda"  # a recorded step reads its rate from the GPU
    lr = torch.tensor(settings.lr, device=device) if replayed else settings.lr
    same: dict[str, Any] = {"lr": lr, "weight_decay": settings.weight_decay, "fused": fused}
    if settings.optimizer == "sgd":
        return torch.optim.SGD(parameters, momentum=settings.momentum, nesterov=settings.nesterov, **same)
    kind = torch.optim.Adam if settings.optimizer == "adam" else torch.optim.AdamW
    return kind(parameters, capturable=replayed, **same)


def set_rate(group: dict[str, Any], lr: float) -> None:
    """Of one group of an optimiser's parameters."""
    if isinstance(group["lr"], Tensor):
        group["lr"].fill_(lr)
    else:
        group["lr"] = lr


def restored(kept: Mapping[str, Tensor], parameters: Sequence[Tensor]) -> dict[int, dict[str, Tensor]]:
    """An optimiser's "state" from "number.name" -> tensor, each as its parameter stands in memory.

    PyTorch's fused steps look neither at shapes nor at strides. Raises an error of many kinds for what does
    not belong to these parameters.
    """
    state: defaultdict[int, dict[str, Tensor]] = defaultdict(dict)
    for key, value in kept.items():
        number, name = key.split(".")
        parameter = value if name == "step" else parameters[int(number)]
        if value.shape != parameter.shape:
            raise ValueError(key)
        state[int(number)][name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
    return dict(state)


def by_layer(layers: Sequence[str], norms: Sequence[float]) -> dict[str, float]:
    """Layer -> the length of the gradient of all its parameters; a layer and a length for each parameter."""
    squares: defaultdict[str, float] = defaultdict(float)
    for name, norm in zip(layers, norms, strict=True):
        squares[name] += norm**2
    return {name: math.sqrt(square) for name, square in squares.items()}
