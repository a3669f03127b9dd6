"""What ``to`` does to a network, to a tensor, and to an optimiser that was made before (8.4.3)."""

import io
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader

from convlab.device import there
from convlab.errors import N_
from convlab.networks.designs import INPUT_SHAPE, Net, seeded

LR = 0.01
TO_EMPTY = "to_empty"  # a network that was built on "meta", and gets memory on the CPU
TARGETS = ("float64", "float16", "bfloat16", "meta", "cuda", "mps")  # of ``to``: dtypes and devices
MOVES = (*TARGETS, TO_EMPTY)
# A network or a picture: where it is, and of which dtype.
KINDS: dict[str, tuple[str, torch.dtype]] = {
    "float32": ("cpu", torch.float32),
    "float64": ("cpu", torch.float64),
    "float16": ("cpu", torch.float16),
    "bfloat16": ("cpu", torch.bfloat16),
    "uint8": ("cpu", torch.uint8),
    "meta": ("meta", torch.float32),
    "cuda": ("cuda", torch.float32),
}
_REFUSED = (RuntimeError, AssertionError)  # the second where PyTorch was built without CUDA


def target(name: str) -> torch.device | torch.dtype:
    """The argument of ``to`` that one of ``TARGETS`` names."""
    return getattr(torch, name) if "float" in name else torch.device(name)


def absent(name: str) -> bool:
    """Whether one of ``MOVES`` or ``KINDS`` needs a device that this machine has not."""
    return not there(name)


def words_of(error: Exception) -> str:
    """An error as Python prints it."""
    return f"{type(error).__name__}: {error}"


@dataclass(frozen=True)
class Fact:
    """A Python expression and what it gives before and after ``to``; None before there is such a thing.

    ``what`` says it in words: English, marked for translation.
    """

    what: str
    expression: str
    before: str | None
    after: str


@dataclass(frozen=True)
class Moved:
    """What ``to`` does to a network and to a tensor; or PyTorch's own words, where it cannot."""

    network: tuple[Fact, ...] = ()
    tensor: tuple[Fact, ...] = ()
    said: str = ""


def moved(name: str) -> Moved:
    """``moved = model.to(target)`` and ``y = x.to(target)``, one of ``TARGETS``."""
    model, x = seeded(Net, 0), torch.zeros(1, *INPUT_SHAPE)
    weight = model.conv1.weight  # kept, or its identity could be given to another
    before = _seen(model, model.conv1.weight), _seen(x)
    try:
        result, y = model.to(target(name)), x.to(target(name))
    except _REFUSED as error:
        return Moved(said=words_of(error))
    network = _facts(_NETWORK, before[0], _seen(model, model.conv1.weight))
    network += _told(
        (N_("Is what to() gives the network itself?"), "moved is model", result is model),
        (
            N_("Is the weight still the same object?"),
            "model.conv1.weight is weight",
            model.conv1.weight is weight,
        ),
    )
    tensor = _facts(_TENSOR, before[1], _seen(x))
    tensor += _told(
        (N_("Is what to() gives the tensor itself?"), "y is x", y is x),
        (N_("Device of what to() gives"), "y.device", y.device),
        (N_("dtype of what to() gives"), "y.dtype", y.dtype),
        (N_("And where nothing is to change?"), "x.to(x.device) is x", x.to(x.device) is x),
    )
    return Moved(network, tensor)


_NETWORK = (
    (N_("The network"), "hex(id(model))"),
    (N_("Its first weight"), "hex(id(model.conv1.weight))"),
    (N_("Device of the weight"), "model.conv1.weight.device"),
    (N_("dtype of the weight"), "model.conv1.weight.dtype"),
)
_TENSOR = (
    (N_("The tensor"), "hex(id(x))"),
    (N_("Its device"), "x.device"),
    (N_("Its dtype"), "x.dtype"),
)


def _seen(*objects: nn.Module | Tensor) -> tuple[str, ...]:
    """The identities, then device and dtype of the last, which is a tensor."""
    tensor = objects[-1]
    return (*(hex(id(one)) for one in objects), str(tensor.device), str(tensor.dtype))


def _facts(
    named: tuple[tuple[str, str], ...], before: tuple[str, ...], after: tuple[str, ...]
) -> tuple[Fact, ...]:
    rows = zip(named, before, after, strict=True)
    return tuple(Fact(what, expression, *values) for (what, expression), *values in rows)


def _told(*rows: tuple[str, str, object]) -> tuple[Fact, ...]:
    return tuple(Fact(what, expression, None, str(value)) for what, expression, value in rows)


@dataclass(frozen=True)
class Held:
    """A parameter's name, its ``id`` in the network and that of what the optimiser holds in its place."""

    name: str
    in_network: int
    in_optimizer: int


@dataclass(frozen=True)
class Stepped:
    """An optimiser and its network once that was moved, and what one step did.

    Attributes:
        change: of any weight of the network, the greatest; None on "meta", where there are no values.
        said: PyTorch's own words where it cannot move the network; then there is nothing else.
    """

    held: tuple[Held, ...] = ()
    change: float | None = None
    said: str = ""


@lru_cache(maxsize=32)
def stepped(move: str, optimizer_first: bool) -> Stepped:
    """Make an optimiser before or after a move of ``MOVES``, and take one step of SGD."""
    weights = seeded(Net, 0).state_dict()
    model = seeded(Net, 0).to("meta") if move == TO_EMPTY else seeded(Net, 0)
    before = torch.optim.SGD(model.parameters(), lr=LR)
    try:
        if move == TO_EMPTY:
            model.to_empty(device="cpu").load_state_dict(weights)
        else:
            model.to(target(move))
    except _REFUSED as error:
        return Stepped(said=words_of(error))
    optimizer = before if optimizer_first else torch.optim.SGD(model.parameters(), lr=LR)
    pairs = zip(model.named_parameters(), optimizer.param_groups[0]["params"], strict=True)
    held = tuple(Held(name, id(parameter), id(other)) for (name, parameter), other in pairs)
    return Stepped(held, _greatest_change(model, optimizer))


def batch() -> tuple[Tensor, Tensor]:
    """Four pictures of noise float32 [4, 3, 32, 32], always the same, and their labels."""
    noise = torch.randn(4, *INPUT_SHAPE, generator=torch.Generator().manual_seed(0))
    return noise, torch.tensor([0, 1, 0, 1])


def _greatest_change(model: Net, optimizer: torch.optim.Optimizer) -> float | None:
    pictures, labels = batch()
    old = [parameter.detach().clone() for parameter in model.parameters()]
    loss = F.cross_entropy(model(pictures.to(model.fc2.bias)), labels.to(model.fc2.bias.device))
    loss.backward()
    optimizer.step()
    if loss.is_meta:
        return None
    pairs = zip(model.parameters(), old, strict=True)
    return max(float((new.detach() - one).abs().max()) for new, one in pairs)


@dataclass(frozen=True)
class Mixed:
    """What a network made of a picture: its logits in words, or PyTorch's own error."""

    runs: bool
    said: str


@lru_cache(maxsize=256)
def mixed(network: str, picture: str, mended: bool = False) -> Mixed:
    """A network and a picture of ``KINDS`` each; ``mended``: with ``x = x.to(model.conv1.weight)`` before."""
    model = seeded(Net, 0)
    try:
        device, dtype = KINDS[network]
        model.to(device, dtype)
        device, dtype = KINDS[picture]
        x = torch.zeros(1, *INPUT_SHAPE).to(device, dtype)
        x = x.to(model.conv1.weight) if mended else x
        with torch.no_grad():
            logits = model(x)
    except _REFUSED as error:
        return Mixed(False, words_of(error))
    return Mixed(True, f"logits: {list(logits.shape)}, {logits.dtype}, {logits.device}")


@dataclass(frozen=True)
class Mapped:
    """Where the tensors are that ``torch.load(file, map_location=...)`` gives, or PyTorch's own words."""

    devices: tuple[str, ...] = ()
    said: str = ""


def mapped(state_dict: Mapping[str, Tensor], map_location: str | None) -> Mapped:
    """Save a state_dict and read it back; None puts each tensor where it was saved from."""
    torch.save(state_dict, file := io.BytesIO())
    file.seek(0)
    try:
        found = torch.load(file, weights_only=True, map_location=map_location)
    except _REFUSED as error:
        return Mapped(said=words_of(error))
    return Mapped(tuple(dict.fromkeys(str(tensor.device) for tensor in found.values())))


@lru_cache(maxsize=1)
def pinned() -> str:
    """What ``torch.zeros(1).pin_memory()`` says, or what ``is_pinned()`` gives where it works."""
    try:
        return str(torch.zeros(1).pin_memory().is_pinned())
    except _REFUSED as error:
        return words_of(error)


@lru_cache(maxsize=1)
def pinned_loader() -> str:
    """What a ``DataLoader(..., pin_memory=True)`` warns of; "" where it pins."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        next(iter(DataLoader([torch.zeros(1)], pin_memory=True)))  # type: ignore[arg-type]
    return "\n".join(f"{one.category.__name__}: {one.message}" for one in caught)


def back_from_meta() -> str:
    """What ``to`` says to a network on "meta" that is to go back to the CPU."""
    try:
        seeded(Net, 0).to("meta").to("cpu")
    except _REFUSED as error:
        return words_of(error)
    return ""
