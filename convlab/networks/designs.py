"""The chapter's first networks for 3x32x32 pictures, and the registry that names all designs."""

import inspect
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.errors import N_, UserError, chosen
from convlab.networks.variants import (
    NetBatchNorm,
    NetDepth,
    NetDropout,
    NetFast,
    NetFixed,
    NetRes,
    NetResDeep,
    NetWidth,
    ResBlock,
    cosine_kernels,
)

INPUT_SHAPE = (3, 32, 32)
# Held by who draws from PyTorch's global generator; what is built with a seed may build parts with their own.
GENERATOR = threading.RLock()


class Net(nn.Module):
    """The chapter's convolutional network: 18,090 parameters (8.3).

    The state_dict keys are the book's, so that its own checkpoint loads as it is. Exercise 1 of 8.7 changes
    ``kernel_size``: 5 gives 20,906 parameters, (1, 3) gives 17,034. The padding keeps the picture's size.
    """

    def __init__(
        self, kernel_size: int | tuple[int, int] = 3, activation: str = "tanh", num_classes: int = 2
    ) -> None:
        super().__init__()
        self.activation = getattr(torch, activation)
        self.conv1 = nn.Conv2d(3, 16, kernel_size, padding=keeping(kernel_size))
        self.conv2 = nn.Conv2d(16, 8, kernel_size, padding=keeping(kernel_size))
        self.fc1 = nn.Linear(8 * 8 * 8, 32)
        self.fc2 = nn.Linear(32, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, num_classes] of normalised pictures float32 [N, 3, 32, 32]."""
        x = F.max_pool2d(self.activation(self.conv1(x)), 2)  # [N, 16, 16, 16]
        x = F.max_pool2d(self.activation(self.conv2(x)), 2)  # [N, 8, 8, 8]
        x = self.activation(self.fc1(x.flatten(1)))  # [N, 32]
        logits: Tensor = self.fc2(x)
        return logits


def keeping(kernel_size: int | tuple[int, int]) -> int | tuple[int, int]:
    """Padding that keeps a picture's size under an odd kernel_size: half of it, rounded down."""
    if isinstance(kernel_size, int):
        return kernel_size // 2
    return (kernel_size[0] // 2, kernel_size[1] // 2)


class NetModules(nn.Module):
    """``Net`` with a module for every step, as 8.3.1 first writes it; same keys, same logits."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1)
        self.act1 = nn.Tanh()
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(16, 8, kernel_size=3, padding=1)
        self.act2 = nn.Tanh()
        self.pool2 = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(8 * 8 * 8, 32)
        self.act3 = nn.Tanh()
        self.fc2 = nn.Linear(32, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, 2] of normalised pictures float32 [N, 3, 32, 32]."""
        x = self.pool1(self.act1(self.conv1(x)))  # [N, 16, 16, 16]
        x = self.pool2(self.act2(self.conv2(x)))  # [N, 8, 8, 8]
        x = self.act3(self.fc1(x.flatten(1)))  # [N, 32]
        logits: Tensor = self.fc2(x)
        return logits


def activation_layer(activation: str) -> nn.Module:
    """The module of "tanh" or "relu"."""
    return nn.Tanh() if activation == "tanh" else nn.ReLU()


def sequential_net(flatten: bool = True, activation: str = "tanh", num_classes: int = 2) -> nn.Sequential:
    """``Net`` as the ``nn.Sequential`` of 8.2.4; without ``nn.Flatten`` its first Linear fails."""
    return nn.Sequential(
        nn.Conv2d(3, 16, kernel_size=3, padding=1),
        activation_layer(activation),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 8, kernel_size=3, padding=1),
        activation_layer(activation),
        nn.MaxPool2d(2),
        *([nn.Flatten()] if flatten else []),
        nn.Linear(8 * 8 * 8, 32),
        activation_layer(activation),
        nn.Linear(32, num_classes),
    )


def dense_net(activation: str = "tanh", num_classes: int = 2) -> nn.Sequential:
    """The book's fully connected network for the same task: 3,737,474 parameters (8.1 and chapter 7)."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(3 * 32 * 32, 1024),
        activation_layer(activation),
        nn.Linear(1024, 512),
        activation_layer(activation),
        nn.Linear(512, 128),
        activation_layer(activation),
        nn.Linear(128, num_classes),
    )


@dataclass(frozen=True)
class Design:
    """A network of the chapter, for pictures of ``INPUT_SHAPE``.

    Attributes:
        title: English name, marked for translation.
        section: of chapter 8.
        make: builds it, from keyword arguments named in ``options``.
        options: allowed values of each argument, those of the chapter or more; ``make`` has the defaults.
        head: name of the weight with a row for each class.
        helpers: what of ours ``make`` calls: a script that shows its source shows theirs too.
    """

    title: str
    section: str
    make: Callable[..., nn.Module]
    options: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    head: str = "fc2.weight"
    helpers: tuple[Callable[..., Any], ...] = ()

    def build(self, **options: Any) -> nn.Module:
        """The network with fresh random weights from PyTorch's global generator (see ``seeded``)."""
        with GENERATOR:
            return self.make(**self.checked(options))

    def default(self, option: str) -> Any:
        """What ``make`` takes where an option is not given."""
        return _parameters(self.make)[option].default

    def checked(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Options as ``build`` takes them, else UserError; JSON's lists become tuples."""
        return {name: self._checked(name, value) for name, value in options.items()}

    def told(self, weights: Mapping[str, Tensor]) -> dict[str, Any]:
        """The options that the shapes of weights tell, on any device, as far as they are allowed."""
        found = {name: _TOLD[name](weights, self.head) for name in self.options if name in _TOLD}
        return {name: value for name, value in found.items() if value in self.options[name]}

    def _checked(self, name: str, value: Any) -> Any:
        allowed = chosen(self.options, name, N_("This design has no option {key}: it has {keys}."))
        value = tuple(value) if isinstance(value, list) else value
        if not any(type(value) is type(choice) and value == choice for choice in allowed):
            choices = ", ".join(map(repr, allowed))
            if isinstance(allowed, range):
                choices = f"{allowed[0]}, {allowed[1]} ... {allowed[-1]}"
            message = N_("{name} cannot be {value}: choose one of {choices}.")
            raise UserError(message, name=name, value=repr(value)[:40], choices=choices)
        return value


Weights = Mapping[str, Tensor]


@lru_cache
def _parameters(make: Callable[..., nn.Module]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(make).parameters


def _shape(weights: Weights, name: str, axes: int) -> tuple[int, ...]:
    """Of a weight with that many axes; zeros where there is none."""
    return tuple(weights[name].shape) if name in weights and weights[name].ndim == axes else (0,) * axes


def _kernel_size(weights: Weights, head: str) -> int | tuple[int, int]:
    _, _, kh, kw = _shape(weights, "conv1.weight", 4)
    return kh if kh == kw else (kh, kw)


def _num_classes(weights: Weights, head: str) -> int | None:
    """None for the 2 that is the default."""
    count = _shape(weights, head, 2)[0]
    return None if count == 2 else count


def _blocks(weights: Weights) -> set[str]:
    return {name.split(".")[1] for name in weights if name.startswith("resblocks.") and name.count(".") > 1}


def _shared(weights: Weights, head: str) -> bool:
    """Whether all residual blocks hold the same weights, as one block at many places does."""
    names = [f"resblocks.{block}.conv.weight" for block in _blocks(weights)]
    found = [weights[name] for name in names if name in weights and not weights[name].is_meta]
    alike = len(found) == len(names) and all(torch.equal(found[0], weight) for weight in found[1:])
    return alike and len(names) > 1


# What weights tell of each option; of "activation" they tell nothing.
_TOLD: dict[str, Callable[[Weights, str], Any]] = {
    "n_chans1": lambda weights, _head: _shape(weights, "conv1.weight", 4)[0],
    "kernel_size": _kernel_size,
    "num_classes": _num_classes,
    "n_blocks": lambda weights, _head: len(_blocks(weights)),
    "shared": _shared,
}

_COMMON = {"activation": ("tanh", "relu"), "num_classes": range(2, 21)}
_WIDTHS = {"n_chans1": range(2, 129, 2)}  # odd numbers have no half
_VARIANT = {**_WIDTHS, **_COMMON}
_FAST = {**_COMMON, "n_chans1": range(4, 65, 4)}
_DEEP = {**_WIDTHS, "n_blocks": range(1, 101), "shared": (False, True), "num_classes": _COMMON["num_classes"]}

DESIGNS: dict[str, Design] = {
    "net": Design(
        N_("Net, the baseline"), "8.3", Net, {"kernel_size": (3, 5, (1, 3)), **_COMMON}, helpers=(keeping,)
    ),
    "sequential": Design(
        N_("Net as nn.Sequential"), "8.2.4", sequential_net, _COMMON, "9.weight", (activation_layer,)
    ),
    "dense": Design(N_("Fully connected net"), "8.1", dense_net, _COMMON, "7.weight", (activation_layer,)),
    "net_width": Design(N_("Wider"), "8.5.1", NetWidth, _VARIANT),
    "net_dropout": Design(N_("With dropout"), "8.5.2", NetDropout, _VARIANT),
    "net_batch_norm": Design(N_("With batch norm"), "8.5.2", NetBatchNorm, _VARIANT),
    "net_depth": Design(N_("Deeper"), "8.5.3", NetDepth, _VARIANT),
    "net_res": Design(N_("With a skip connection"), "8.5.3", NetRes, _VARIANT),
    "net_res_deep": Design(
        N_("Very deep, with residual blocks"), "8.5.3", NetResDeep, _DEEP, helpers=(ResBlock,)
    ),
    "net_fast": Design(N_("Made for speed"), "", NetFast, _FAST, "fc.weight"),
    "net_fixed": Design(N_("Fast, first layer fixed"), "", NetFixed, _FAST, "fc.weight", (cosine_kernels,)),
}


def design(key: str) -> Design:
    """One of ``DESIGNS``. Raises UserError for another key."""
    return chosen(DESIGNS, key, N_("There is no design {key}: choose one of {keys}."))


_Made = TypeVar("_Made")


def seeded(make: Callable[[], _Made], seed: int) -> _Made:
    """What ``torch.manual_seed(seed); make()`` gives, with PyTorch's global generator put back afterwards.

    Builders, and dropout that trains, wait for each other; whatever else draws global random numbers in
    another thread meanwhile would meet the seed.
    """
    with GENERATOR, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return make()


def parameter_counts(module: nn.Module) -> list[int]:
    """Entries of each trainable parameter tensor, in order; a module on "meta" is counted all the same."""
    return [parameter.numel() for parameter in module.parameters() if parameter.requires_grad]
