"""The chapter's networks for 3x32x32 pictures and two classes, and the registry that names them."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.errors import N_, UserError

INPUT_SHAPE = (3, 32, 32)


class Net(nn.Module):
    """The chapter's convolutional network: 18,090 parameters (8.3).

    The state_dict keys are the book's, so that its own checkpoint loads as it is. Exercise 1 of 8.8 changes
    ``kernel_size``: 5 gives 20,906 parameters, (1, 3) gives 17,034. The padding keeps the picture's size.
    """

    def __init__(self, kernel_size: int | tuple[int, int] = 3) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, kernel_size, padding=keeping(kernel_size))
        self.conv2 = nn.Conv2d(16, 8, kernel_size, padding=keeping(kernel_size))
        self.fc1 = nn.Linear(8 * 8 * 8, 32)
        self.fc2 = nn.Linear(32, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, 2] of normalised pictures float32 [N, 3, 32, 32]."""
        x = F.max_pool2d(torch.tanh(self.conv1(x)), 2)  # [N, 16, 16, 16]
        x = F.max_pool2d(torch.tanh(self.conv2(x)), 2)  # [N, 8, 8, 8]
        x = torch.tanh(self.fc1(x.flatten(1)))  # [N, 32]
        logits: Tensor = self.fc2(x)
        return logits


def keeping(kernel_size: int | tuple[int, int]) -> int | tuple[int, int]:
    """Padding that keeps a picture's size under an odd kernel_size: half of it, rounded down."""
    if isinstance(kernel_size, int):
        return kernel_size // 2
    return (kernel_size[0] // 2, kernel_size[1] // 2)


class NetModules(nn.Module):
    """``Net`` with a module for every step, as 8.3.1 first writes it; same keys, same logits (item C15)."""

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


def sequential_net(flatten: bool = True) -> nn.Sequential:
    """``Net`` as the ``nn.Sequential`` of 8.2.4; without ``nn.Flatten`` its first Linear fails (item C13)."""
    return nn.Sequential(
        nn.Conv2d(3, 16, kernel_size=3, padding=1),
        nn.Tanh(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 8, kernel_size=3, padding=1),
        nn.Tanh(),
        nn.MaxPool2d(2),
        *([nn.Flatten()] if flatten else []),
        nn.Linear(8 * 8 * 8, 32),
        nn.Tanh(),
        nn.Linear(32, 2),
    )


def dense_net() -> nn.Sequential:
    """The book's fully connected network for the same task: 3,737,474 parameters (8.1 and chapter 7)."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(3 * 32 * 32, 1024),
        nn.Tanh(),
        nn.Linear(1024, 512),
        nn.Tanh(),
        nn.Linear(512, 128),
        nn.Tanh(),
        nn.Linear(128, 2),
    )


class NetWidth(nn.Module):
    """``Net`` with n_chans1 and half as many channels: 38,386 parameters at 32 (8.5.1)."""

    def __init__(self, n_chans1: int = 32) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, n_chans1, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(n_chans1, n_chans1 // 2, kernel_size=3, padding=1)
        self.fc1 = nn.Linear(8 * 8 * (n_chans1 // 2), 32)
        self.fc2 = nn.Linear(32, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, 2] of normalised pictures float32 [N, 3, 32, 32]."""
        x = F.max_pool2d(torch.tanh(self.conv1(x)), 2)  # [N, n_chans1, 16, 16]
        x = F.max_pool2d(torch.tanh(self.conv2(x)), 2)  # [N, n_chans1 // 2, 8, 8]
        x = torch.tanh(self.fc1(x.flatten(1)))  # [N, 32]
        logits: Tensor = self.fc2(x)
        return logits


class NetDropout(nn.Module):
    """``NetWidth`` that zeroes whole channels with probability 0.4 behind each pool, in training (8.5.2)."""

    def __init__(self, n_chans1: int = 32) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, n_chans1, kernel_size=3, padding=1)
        self.conv1_dropout = nn.Dropout2d(p=0.4)
        self.conv2 = nn.Conv2d(n_chans1, n_chans1 // 2, kernel_size=3, padding=1)
        self.conv2_dropout = nn.Dropout2d(p=0.4)
        self.fc1 = nn.Linear(8 * 8 * (n_chans1 // 2), 32)
        self.fc2 = nn.Linear(32, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, 2] of normalised pictures float32 [N, 3, 32, 32]."""
        x = self.conv1_dropout(F.max_pool2d(torch.tanh(self.conv1(x)), 2))  # [N, n_chans1, 16, 16]
        x = self.conv2_dropout(F.max_pool2d(torch.tanh(self.conv2(x)), 2))  # [N, n_chans1 // 2, 8, 8]
        x = torch.tanh(self.fc1(x.flatten(1)))  # [N, 32]
        logits: Tensor = self.fc2(x)
        return logits


class NetBatchNorm(nn.Module):
    """``NetWidth`` with batch norm between convolution and tanh: 38,482 parameters at 32 (8.5.2).

    The book's text puts it behind the activation, its code before (erratum 10): this is the code.
    """

    def __init__(self, n_chans1: int = 32) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, n_chans1, kernel_size=3, padding=1)
        self.conv1_batchnorm = nn.BatchNorm2d(n_chans1)
        self.conv2 = nn.Conv2d(n_chans1, n_chans1 // 2, kernel_size=3, padding=1)
        self.conv2_batchnorm = nn.BatchNorm2d(n_chans1 // 2)
        self.fc1 = nn.Linear(8 * 8 * (n_chans1 // 2), 32)
        self.fc2 = nn.Linear(32, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, 2] of normalised pictures float32 [N, 3, 32, 32]."""
        x = F.max_pool2d(torch.tanh(self.conv1_batchnorm(self.conv1(x))), 2)  # [N, n_chans1, 16, 16]
        x = F.max_pool2d(torch.tanh(self.conv2_batchnorm(self.conv2(x))), 2)  # [N, n_chans1 // 2, 8, 8]
        x = torch.tanh(self.fc1(x.flatten(1)))  # [N, 32]
        logits: Tensor = self.fc2(x)
        return logits


class NetDepth(nn.Module):
    """Three convolutions with ReLU, 4x4 at the end: 16,130 parameters at 32 (8.5.3)."""

    def __init__(self, n_chans1: int = 32) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, n_chans1, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(n_chans1, n_chans1 // 2, kernel_size=3, padding=1)
        self.conv3 = nn.Conv2d(n_chans1 // 2, n_chans1 // 2, kernel_size=3, padding=1)
        self.fc1 = nn.Linear(4 * 4 * (n_chans1 // 2), 32)
        self.fc2 = nn.Linear(32, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, 2] of normalised pictures float32 [N, 3, 32, 32]."""
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)  # [N, n_chans1, 16, 16]
        x = F.max_pool2d(torch.relu(self.conv2(x)), 2)  # [N, n_chans1 // 2, 8, 8]
        x = F.max_pool2d(torch.relu(self.conv3(x)), 2)  # [N, n_chans1 // 2, 4, 4]
        x = torch.relu(self.fc1(x.flatten(1)))  # [N, 32]
        logits: Tensor = self.fc2(x)
        return logits


class NetRes(nn.Module):
    """``NetDepth`` with conv3's input added to its output before the last pool: a skip connection (8.5.3)."""

    def __init__(self, n_chans1: int = 32) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, n_chans1, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(n_chans1, n_chans1 // 2, kernel_size=3, padding=1)
        self.conv3 = nn.Conv2d(n_chans1 // 2, n_chans1 // 2, kernel_size=3, padding=1)
        self.fc1 = nn.Linear(4 * 4 * (n_chans1 // 2), 32)
        self.fc2 = nn.Linear(32, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, 2] of normalised pictures float32 [N, 3, 32, 32]."""
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)  # [N, n_chans1, 16, 16]
        x = F.max_pool2d(torch.relu(self.conv2(x)), 2)  # [N, n_chans1 // 2, 8, 8]
        x = F.max_pool2d(torch.relu(self.conv3(x)) + x, 2)  # [N, n_chans1 // 2, 4, 4]
        x = torch.relu(self.fc1(x.flatten(1)))  # [N, 32]
        logits: Tensor = self.fc2(x)
        return logits


class ResBlock(nn.Module):
    """Convolution without bias, batch norm, ReLU, plus the input (8.5.3).

    Batch norm starts with weight 0.5: a standard deviation of 0.5, so a variance of 0.25 (erratum 9).
    """

    def __init__(self, n_chans: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(n_chans, n_chans, kernel_size=3, padding=1, bias=False)
        self.batch_norm = nn.BatchNorm2d(n_chans)
        nn.init.kaiming_normal_(self.conv.weight, nonlinearity="relu")
        nn.init.constant_(self.batch_norm.weight, 0.5)
        nn.init.zeros_(self.batch_norm.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures in and out, float32 [N, n_chans, H, W]."""
        return torch.relu(self.batch_norm(self.conv(x))) + x


class NetResDeep(nn.Module):
    """A convolution, n_blocks ``ResBlock``s, two Linear layers (8.5.3).

    ``shared`` repeats one block, as the book's ``n_blocks * [ResBlock(...)]`` does: 75,810 parameters at any
    depth. Separate blocks have 159,330 (10) or 994,530 (100) (erratum 8).
    """

    def __init__(self, n_chans1: int = 32, n_blocks: int = 10, shared: bool = False) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, n_chans1, kernel_size=3, padding=1)
        blocks = [ResBlock(n_chans1) for _ in range(1 if shared else n_blocks)]
        self.resblocks = nn.Sequential(*(n_blocks * blocks if shared else blocks))
        self.fc1 = nn.Linear(8 * 8 * n_chans1, 32)
        self.fc2 = nn.Linear(32, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, 2] of normalised pictures float32 [N, 3, 32, 32]."""
        x = F.max_pool2d(torch.relu(self.conv1(x)), 2)  # [N, n_chans1, 16, 16]
        x = F.max_pool2d(self.resblocks(x), 2)  # [N, n_chans1, 8, 8]
        x = torch.relu(self.fc1(x.flatten(1)))  # [N, 32]
        logits: Tensor = self.fc2(x)
        return logits


@dataclass(frozen=True)
class Design:
    """A network of the chapter, for pictures of ``INPUT_SHAPE``.

    Attributes:
        title: English name, marked for translation.
        section: of chapter 8.
        make: builds it, from keyword arguments named in ``options``.
        options: allowed values of each argument, those of the chapter or more; ``make`` has the defaults.
    """

    title: str
    section: str
    make: Callable[..., nn.Module]
    options: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def build(self, **options: Any) -> nn.Module:
        """The network with fresh random weights from PyTorch's global generator (see ``seeded``).

        Raises:
            UserError: an option that the design has not, or a value that is not allowed.
        """
        for name, value in options.items():
            if name not in self.options:
                raise UserError(
                    N_("This design has no option {name}: it has {names}."),
                    name=repr(name)[:40],
                    names=", ".join(self.options) or "none",
                )
            allowed = self.options[name]
            if not any(type(value) is type(choice) and value == choice for choice in allowed):
                raise UserError(
                    N_("{name} cannot be {value}: choose one of {choices}."),
                    name=name,
                    value=repr(value)[:40],
                    choices=_listed(allowed),
                )
        return self.make(**options)


def _listed(choices: Sequence[Any]) -> str:
    if isinstance(choices, range):
        return f"{choices[0]}, {choices[1]} ... {choices[-1]}"
    return ", ".join(map(repr, choices))


_WIDTHS = {"n_chans1": range(2, 129, 2)}  # odd numbers have no half

DESIGNS: dict[str, Design] = {
    "net": Design(N_("Net, the baseline"), "8.3", Net, {"kernel_size": (3, 5, (1, 3))}),
    "sequential": Design(N_("Net as nn.Sequential"), "8.2.4", sequential_net),
    "dense": Design(N_("Fully connected net"), "8.1", dense_net),
    "net_width": Design(N_("Wider"), "8.5.1", NetWidth, _WIDTHS),
    "net_dropout": Design(N_("With dropout"), "8.5.2", NetDropout, _WIDTHS),
    "net_batch_norm": Design(N_("With batch norm"), "8.5.2", NetBatchNorm, _WIDTHS),
    "net_depth": Design(N_("Deeper"), "8.5.3", NetDepth, _WIDTHS),
    "net_res": Design(N_("With a skip connection"), "8.5.3", NetRes, _WIDTHS),
    "net_res_deep": Design(
        N_("Very deep, with residual blocks"),
        "8.5.3",
        NetResDeep,
        {**_WIDTHS, "n_blocks": range(1, 101), "shared": (False, True)},
    ),
}


def design(key: str) -> Design:
    """One of ``DESIGNS``. Raises UserError for another key."""
    if key not in DESIGNS:
        raise UserError(
            N_("There is no design {key}: choose one of {keys}."), key=repr(key)[:40], keys=", ".join(DESIGNS)
        )
    return DESIGNS[key]


_GENERATOR = threading.Lock()
_Module = TypeVar("_Module", bound=nn.Module)


def seeded(make: Callable[[], _Module], seed: int) -> _Module:
    """What ``torch.manual_seed(seed); make()`` gives, with PyTorch's global generator put back afterwards.

    Builders wait for each other; a thread that draws global random numbers meanwhile would meet the seed.
    """
    with _GENERATOR, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return make()


def parameter_counts(module: nn.Module) -> list[int]:
    """Entries of each trainable parameter tensor, in order; a module on "meta" is counted all the same."""
    return [parameter.numel() for parameter in module.parameters() if parameter.requires_grad]
