"""One network written in several ways (8.2.4, 8.3.1, 8.3.3), and whether its layers fit each other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.networks.designs import NetModules, seeded, sequential_net
from convlab.networks.plain import Net


def net_function(x: Tensor, weights: Mapping[str, Tensor]) -> Tensor:
    """``Net`` without any module: logits [N, 2] of pictures [N, 3, 32, 32], with the weights by name."""
    x = F.conv2d(x, weights["conv1.weight"], weights["conv1.bias"], padding=1)
    x = F.max_pool2d(torch.tanh(x), 2)  # [N, 16, 16, 16]
    x = F.conv2d(x, weights["conv2.weight"], weights["conv2.bias"], padding=1)
    x = F.max_pool2d(torch.tanh(x), 2)  # [N, 8, 8, 8]
    x = torch.tanh(F.linear(x.flatten(1), weights["fc1.weight"], weights["fc1.bias"]))
    return F.linear(x, weights["fc2.weight"], weights["fc2.bias"])


FORMS: dict[str, Callable[..., nn.Module]] = {
    "modules": NetModules,
    "functional": Net,
    "sequential": sequential_net,
}


@dataclass(frozen=True)
class Form:
    """One way of writing the network.

    Attributes:
        modules: how many it has registered, itself left out.
        names: of its parameters.
        logits: for ``compared``'s batch, [N, 2].
    """

    modules: int
    names: tuple[str, ...]
    logits: Tensor


def compared(batch: Tensor, seed: int = 0) -> dict[str, Form]:
    """Each of ``FORMS`` and "function", ``net_function``, with ``Net``'s weights of a seed, on one batch.

    Batch: float32 [N, 3, 32, 32].
    """
    made = {form: seeded(make, seed) for form, make in FORMS.items()}
    weights = made["functional"].state_dict()
    found = {}
    with torch.no_grad():
        for form, module in made.items():
            for parameter, tensor in zip(module.parameters(), weights.values(), strict=True):
                parameter.copy_(tensor)
            names = tuple(name for name, _parameter in module.named_parameters())
            found[form] = Form(len(list(module.modules())) - 1, names, module(batch))
        found["function"] = Form(0, tuple(weights), net_function(batch, weights))
    return found


def stack(
    kernel_size: int = 3, padding: int = 1, flatten: bool = True, in_features: int = 512
) -> nn.Sequential:
    """The chapter's ``nn.Sequential`` (8.2.4) with other numbers, which may not fit each other."""
    return nn.Sequential(
        nn.Conv2d(3, 16, kernel_size, padding=padding),
        nn.Tanh(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 8, kernel_size, padding=padding),
        nn.Tanh(),
        nn.MaxPool2d(2),
        *([nn.Flatten()] if flatten else []),
        nn.Linear(in_features, 32),
        nn.Tanh(),
        nn.Linear(32, 2),
    )


def shapes(layers: nn.Sequential, x: Tensor) -> list[tuple[int, ...] | None]:
    """Shape behind each layer; None for the first that PyTorch refuses, and for all behind it."""
    found: list[tuple[int, ...] | None] = []
    at: Tensor | None = x
    with torch.no_grad():
        for layer in layers:
            try:
                at = None if at is None else layer(at)
            except RuntimeError:
                at = None
            found.append(None if at is None else tuple(at.shape))
    return found
