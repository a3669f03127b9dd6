"""What a module registers and hands to an optimiser, and ways to lose it (8.2.4 to 8.3.2)."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from convlab.networks.designs import parameter_counts, seeded
from convlab.networks.plain import Net


class InAttributes(nn.Module):
    """Two convolutions, each an attribute of the module."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(16, 8, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures [N, 3, H, W] to maps [N, 8, H, W]."""
        maps: Tensor = self.conv2(self.conv1(x))
        return maps


class InList(nn.Module):
    """The same two in a plain list, which is not a module: nothing is registered."""

    def __init__(self) -> None:
        super().__init__()
        self.convs = [
            nn.Conv2d(3, 16, kernel_size=3, padding=1),
            nn.Conv2d(16, 8, kernel_size=3, padding=1),
        ]

    def forward(self, x: Tensor) -> Tensor:
        """Pictures [N, 3, H, W] to maps [N, 8, H, W]."""
        for conv in self.convs:
            x = conv(x)
        return x


class InDict(nn.Module):
    """The same two in a plain dict: nothing is registered."""

    def __init__(self) -> None:
        super().__init__()
        self.convs = {
            "first": nn.Conv2d(3, 16, kernel_size=3, padding=1),
            "second": nn.Conv2d(16, 8, kernel_size=3, padding=1),
        }

    def forward(self, x: Tensor) -> Tensor:
        """Pictures [N, 3, H, W] to maps [N, 8, H, W]."""
        for conv in self.convs.values():
            x = conv(x)
        return x


class InModuleList(nn.Module):
    """The same two in ``nn.ModuleList``, which registers them as "0" and "1"."""

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleList([
            nn.Conv2d(3, 16, kernel_size=3, padding=1),
            nn.Conv2d(16, 8, kernel_size=3, padding=1),
        ])  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Pictures [N, 3, H, W] to maps [N, 8, H, W]."""
        for conv in self.convs:
            x = conv(x)
        return x


class InModuleDict(nn.Module):
    """The same two in ``nn.ModuleDict``, which registers them under their keys."""

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleDict({
            "first": nn.Conv2d(3, 16, kernel_size=3, padding=1),
            "second": nn.Conv2d(16, 8, kernel_size=3, padding=1),
        })  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        """Pictures [N, 3, H, W] to maps [N, 8, H, W]."""
        for conv in self.convs.values():
            x = conv(x)
        return x


class InSequential(nn.Module):
    """The same two in ``nn.Sequential``, which registers them as "0" and "1" and runs them in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.Sequential(
            nn.Conv2d(3, 16, kernel_size=3, padding=1),
            nn.Conv2d(16, 8, kernel_size=3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Pictures [N, 3, H, W] to maps [N, 8, H, W]."""
        maps: Tensor = self.convs(x)
        return maps


class WithoutSuper(nn.Module):
    """Assigns a submodule before ``super().__init__()`` has made a place for it."""

    def __init__(self) -> None:
        self.conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1)


HOLDERS: dict[str, type[nn.Module]] = {
    "attribute": InAttributes,
    "list": InList,
    "dict": InDict,
    "ModuleList": InModuleList,
    "ModuleDict": InModuleDict,
    "Sequential": InSequential,
}


@dataclass(frozen=True)
class Registered:
    """What came of a module that holds two convolutions.

    Attributes:
        module: it, with weights of seed 0.
        parameters: entries of all that it hands out: 1,608, or 0.
        given: how many tensors SGD got; None where it got none and raised ValueError.
        message: PyTorch's, to that; "" for none.
        output: shape of its maps for one picture: its forward works either way.
    """

    module: nn.Module
    parameters: int
    given: int | None
    message: str
    output: tuple[int, ...]


def registered(holder: str) -> Registered:
    """What one of ``HOLDERS`` hands to an optimiser."""
    module = seeded(HOLDERS[holder], 0)
    with torch.no_grad():
        output = tuple(module(torch.zeros(1, 3, 32, 32)).shape)
    given, message = None, ""
    try:
        optimiser = torch.optim.SGD(module.parameters(), lr=1e-2)
        given = len(optimiser.param_groups[0]["params"])
    except ValueError as error:
        message = str(error)
    return Registered(module, sum(parameter_counts(module)), given, message, output)


def unregistered(module: nn.Module) -> dict[str, nn.Module]:
    """The modules in a module's own lists and dicts, by how Python reaches them: "convs[0]"."""
    found: dict[str, nn.Module] = {}
    for name, held in vars(module).items():
        if name.startswith("_") or not isinstance(held, list | dict):
            continue
        parts = held.items() if isinstance(held, dict) else enumerate(held)
        found |= {f"{name}[{key!r}]": part for key, part in parts if isinstance(part, nn.Module)}
    return found


def without_super() -> str:
    """PyTorch's message to a class that forgets ``super().__init__()``."""
    try:
        WithoutSuper()
    except AttributeError as error:
        return str(error)
    return ""


@dataclass(frozen=True)
class HookRuns:
    """How often a forward hook on ``Net`` ran, and one on its conv1, and what it was all called for.

    Attributes:
        net, conv1: times that the hook there ran.
        equal: whether all outputs were the same to the bit.
    """

    net: int
    conv1: int
    equal: bool


def hooks_run(calls: int, forwards: int) -> HookRuns:
    """Call ``Net`` so often, and its ``forward`` directly so often: only the first runs the hooks on it.

    conv1 is called by ``forward`` either way, so the hook there always runs.
    """
    net = seeded(Net, 0)
    ran = {"net": 0, "conv1": 0}

    def count(name: str) -> None:
        ran[name] += 1

    net.register_forward_hook(lambda module, inputs, output: count("net"))
    net.conv1.register_forward_hook(lambda module, inputs, output: count("conv1"))
    x = torch.ones(1, 3, 32, 32)
    with torch.no_grad():
        outputs = [*(net(x) for _ in range(calls)), *(net.forward(x) for _ in range(forwards))]
    return HookRuns(ran["net"], ran["conv1"], all(torch.equal(outputs[0], other) for other in outputs))


@dataclass(frozen=True)
class Handover:
    """A moment of ``parameters()``: a module hands out a tensor, or has none of its own and asks others.

    Attributes:
        module: its path; "" is the network.
        kind: its class.
        tensor: the name of what it hands out, as in ``named_parameters``; "" where it asks.
        count: entries of that.
        total: entries of all that was handed out so far, with this.
        asks: names of the modules in it, which come next; of one that has none of its own.
    """

    module: str
    kind: str
    tensor: str
    count: int
    total: int
    asks: tuple[str, ...]


def handovers(module: nn.Module) -> Iterator[Handover]:
    """What happens while ``parameters()`` recurses; a tensor that two modules have is handed out once."""
    seen: set[int] = set()
    total = 0
    for path, part in module.named_modules():
        kind, own = type(part).__name__, list(part.named_parameters(path, recurse=False))
        if not own:
            yield Handover(path, kind, "", 0, total, tuple(name for name, _part in part.named_children()))
        for name, tensor in own:
            if id(tensor) not in seen:
                seen.add(id(tensor))
                total += tensor.numel()
                yield Handover(path, kind, name, tensor.numel(), total, ())


def registering_lines(module: nn.Module, source: str) -> dict[str, tuple[int, ...]]:
    """The lines of a source, from 0, that register each module: ``self.conv1 = ...`` for "conv1".

    For a module in another class of the same source, such as "resblocks.0.conv", those of both.
    """
    assigned = _assignments(source)
    found: dict[str, tuple[int, ...]] = {}
    for path, part in module.named_modules(remove_duplicate=False):
        lines = found.get(path, ())
        for name, _child in part.named_children():
            own = assigned.get((type(part).__name__, name), ())
            found[f"{path}.{name}" if path else name] = tuple(sorted({*lines, *own}))
    return found


def lines_of_attribute(owner: str, attribute: str, source: str) -> tuple[int, ...]:
    """The lines of ``self.attribute = ...`` in a class of a source, from 0; () for none."""
    return _assignments(source).get((owner, attribute), ())


def _assignments(source: str) -> dict[tuple[str, str], tuple[int, ...]]:
    """(class, attribute) -> the lines of ``self.attribute = ...`` in it, from 0."""
    found: dict[tuple[str, str], tuple[int, ...]] = {}
    for made in ast.walk(ast.parse(source)):
        if isinstance(made, ast.ClassDef):
            for node in ast.walk(made):
                if isinstance(node, ast.Assign) and isinstance(target := node.targets[0], ast.Attribute):
                    lines = range(node.lineno - 1, node.end_lineno or node.lineno)
                    found[made.name, target.attr] = tuple(lines)
    return found
