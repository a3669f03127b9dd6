"""What ``load_state_dict`` makes of weights in a network that has changed since they were saved (8.4.2)."""

import io
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.errors import N_, chosen
from convlab.networks.designs import Net, activation_layer, keeping, seeded, sequential_net
from convlab.networks.variants import NetBatchNorm, NetDepth, NetDropout, NetWidth

Fate = Literal["loaded", "missing", "unexpected", "mismatch", "own"]
_COUNTER = "num_batches_tracked"  # of batch norm: PyTorch misses it in no file
_BOLD = re.compile(r"\x1b\[\d*m")  # how PyTorch makes words bold, for terminals


class NetRenamed(nn.Module):
    """``Net`` whose first fully connected layer is called hidden; the same function of the same weights."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(16, 8, kernel_size=3, padding=1)
        self.hidden = nn.Linear(8 * 8 * 8, 32)
        self.fc2 = nn.Linear(32, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, 2] of normalised pictures float32 [N, 3, 32, 32]."""
        x = F.max_pool2d(torch.tanh(self.conv1(x)), 2)  # [N, 16, 16, 16]
        x = F.max_pool2d(torch.tanh(self.conv2(x)), 2)  # [N, 8, 8, 8]
        x = torch.tanh(self.hidden(x.flatten(1)))  # [N, 32]
        logits: Tensor = self.fc2(x)
        return logits


class NetFeatures(nn.Module):
    """``Net`` without its last layer: what it knows of a picture, in 32 numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(16, 8, kernel_size=3, padding=1)
        self.fc1 = nn.Linear(8 * 8 * 8, 32)

    def forward(self, x: Tensor) -> Tensor:
        """Features [N, 32] of normalised pictures float32 [N, 3, 32, 32]."""
        x = F.max_pool2d(torch.tanh(self.conv1(x)), 2)  # [N, 16, 16, 16]
        x = F.max_pool2d(torch.tanh(self.conv2(x)), 2)  # [N, 8, 8, 8]
        return torch.tanh(self.fc1(x.flatten(1)))


@dataclass(frozen=True)
class Change:
    """A network that somebody loads ``Net``'s weights into.

    Attributes:
        title: what is different in it; English, marked for translation.
        make: its class, or the function that builds it.
        options: keyword arguments of ``make``.
        helpers: what of ours ``make`` calls.
    """

    title: str
    make: Callable[..., nn.Module]
    options: Mapping[str, Any]
    helpers: tuple[Callable[..., Any], ...] = ()

    def build(self, seed: int) -> nn.Module:
        """The network with random weights."""
        return seeded(lambda: self.make(**self.options), seed)


CHANGES: dict[str, Change] = {
    "same": Change(N_("Nothing: the same Net"), Net, {}, (keeping,)),
    "renamed": Change(N_("fc1 is called hidden"), NetRenamed, {}),
    "features": Change(N_("fc2 is left out"), NetFeatures, {}),
    "batch_norm": Change(N_("Batch norm is added"), NetBatchNorm, {"n_chans1": 16}),
    "dropout": Change(N_("Dropout is added"), NetDropout, {"n_chans1": 16}),
    "depth": Change(N_("A third convolution, conv3"), NetDepth, {"n_chans1": 16}),
    "width": Change(N_("32 channels instead of 16"), NetWidth, {"n_chans1": 32}),
    "kernel": Change(N_("Kernels of 5×5"), Net, {"kernel_size": 5}, (keeping,)),
    "classes": Change(N_("10 classes instead of 2"), Net, {"num_classes": 10}, (keeping,)),
    "sequential": Change(N_("Written as nn.Sequential"), sequential_net, {}, (activation_layer,)),
}


def change(key: str) -> Change:
    """One of ``CHANGES``. Raises UserError for another key."""
    return chosen(CHANGES, key, N_("There is no changed network {key}: choose one of {keys}."))


@dataclass(frozen=True, eq=False)
class Entry:
    """One name in a state_dict: its tensor in the file, and in the network before and after loading.

    None where there is none. Its fate is "loaded", "missing" in the file, "unexpected" there, a "mismatch" of
    the sizes, or "own": a counter of batch norm's, which PyTorch does not miss.
    """

    name: str
    given: Tensor | None
    before: Tensor | None
    after: Tensor | None

    @property
    def fate(self) -> Fate:
        """What ``load_state_dict`` makes of it."""
        if self.before is None:
            return "unexpected"
        if self.given is None:
            return "own" if self.name.endswith(_COUNTER) else "missing"
        return "loaded" if self.given.shape == self.before.shape else "mismatch"


@dataclass(frozen=True, eq=False)
class Loading:
    """What ``load_state_dict`` said and did.

    Attributes:
        said: PyTorch's own words: of the error that it raised, or of what it gave back.
        raised: whether it was an error.
        entries: the network's names in its own order, then those that only the file has.
    """

    model: nn.Module
    said: str
    raised: bool
    entries: tuple[Entry, ...]

    def count(self, fate: Fate) -> int:
        """How many names have this fate."""
        return sum(entry.fate == fate for entry in self.entries)


def load(model: nn.Module, state_dict: Mapping[str, Tensor], strict: bool = True) -> Loading:
    """``model.load_state_dict(state_dict, strict=strict)``; the model is changed, as PyTorch changes it.

    Where PyTorch raises RuntimeError, it has copied all that fits before:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict
    """
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    raised = False
    try:
        said = str(model.load_state_dict(state_dict, strict=strict))
    except RuntimeError as error:
        said, raised = f"RuntimeError: {error}", True
    after, names = model.state_dict(), dict.fromkeys((*before, *state_dict))
    entries = (Entry(name, *(found.get(name) for found in (state_dict, before, after))) for name in names)
    return Loading(model, said, raised, tuple(entries))


def saved(content: object) -> bytes:
    """The file that ``torch.save`` writes of a state_dict, or of a whole network."""
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def read_whole(model: nn.Module) -> str:
    """What ``torch.load`` says of a file that holds a network itself, not its state_dict.

    Such a file holds the class's name, and unpickling it runs code: ``weights_only=True``, the default since
    PyTorch 2.6, refuses.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file = io.BytesIO(saved(model))
    try:
        torch.load(file, weights_only=True)
    except Exception as error:
        return _BOLD.sub("", f"{type(error).__name__}: {error}")
    return ""
