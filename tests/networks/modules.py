"""Small modules of every make, drawn by hypothesis: branches; tied, loose, frozen, parametrised weights."""

import copy

import torch
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils import parametrizations

CHANNELS = 2


class Branches(nn.Module):
    """Both paths, added or one behind the other in the channels and brought back to two."""

    def __init__(self, one: nn.Module, other: nn.Module, joins: bool) -> None:
        super().__init__()
        self.one, self.other = one, other
        self.back = nn.Conv2d(2 * CHANNELS, CHANNELS, 1) if joins else None

    def forward(self, x: Tensor) -> Tensor:
        first, second = self.one(x), self.other(x)
        return first + second if self.back is None else self.back(torch.cat([first, second], 1))  # type: ignore[no-any-return]


class Scaled(nn.Module):
    """Blocks in a row, each beside a skip connection and scaled by a number of one loose weight."""

    def __init__(self, blocks: list[nn.Module], how: str) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.scale = nn.Parameter(torch.ones(len(blocks)))
        self.how = how

    def forward(self, x: Tensor) -> Tensor:
        if self.how == "iterated":
            for scale, block in zip(self.scale, self.blocks, strict=True):
                x = x + scale * block(x)
        elif self.how == "computed":
            for n, block in enumerate(self.blocks):
                x = x + self.scale[n].exp() * block(x)
        else:
            for n, block in enumerate(self.blocks):
                x = x + self.scale[n] * block(x)
        return x


class Functional(nn.Module):
    """A convolution as a function, with a weight that is computed from a loose one."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.rand(CHANNELS, CHANNELS, 3, 3))
        self.gain = nn.Parameter(torch.ones(CHANNELS, 1, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.conv2d(x, self.weight * self.gain, padding=1)


class Twice(nn.Module):
    """The same module at two places of a forward."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block

    def forward(self, x: Tensor) -> Tensor:
        return self.block(self.block(x))  # type: ignore[no-any-return]


def conv(draw: st.DrawFn, tied_to: list[nn.Conv2d]) -> nn.Module:
    """A convolution that keeps the size: plain, parametrised, tied to one before, or frozen."""
    side = draw(st.sampled_from((1, 3)))
    layer = nn.Conv2d(CHANNELS, CHANNELS, side, padding=side // 2, bias=draw(st.booleans()))
    make = draw(st.sampled_from(("plain", "weight_norm", "spectral_norm", "tied", "frozen")))
    alike = [other for other in tied_to if other.kernel_size == layer.kernel_size]
    if make == "tied" and alike:
        layer.weight = draw(st.sampled_from(alike)).weight
    elif make == "frozen":
        layer.weight.requires_grad_(False)
    elif make in ("weight_norm", "spectral_norm"):
        return getattr(parametrizations, make)(layer)  # type: ignore[no-any-return]
    tied_to.append(layer)
    return layer


@st.composite
def modules(draw: st.DrawFn, depth: int = 2) -> nn.Module:
    """A module for maps of two channels, which it keeps; of their size too, unless it pools at its end."""
    convs: list[nn.Conv2d] = []

    def block(depth: int) -> nn.Module:
        makes = ("conv", "functional", "norm", "relu", "prelu", "pool")
        nested = ("sequence", "branches", "scaled", "twice")
        make = draw(st.sampled_from(makes + nested if depth else makes))
        match make:
            case "conv":
                return conv(draw, convs)
            case "functional":
                return Functional()
            case "norm":
                return nn.BatchNorm2d(CHANNELS, affine=draw(st.booleans()))
            case "relu":
                return nn.ReLU()
            case "prelu":
                return nn.PReLU()
            case "pool":
                return nn.MaxPool2d(3, 1, 1)
            case "sequence":
                return nn.Sequential(*(block(depth - 1) for _ in range(draw(st.integers(1, 3)))))
            case "branches":
                return Branches(block(depth - 1), block(depth - 1), draw(st.booleans()))
            case "scaled":
                blocks = [block(depth - 1) for _ in range(draw(st.integers(1, 3)))]
                return Scaled(blocks, draw(st.sampled_from(("indexed", "iterated", "computed"))))
        return Twice(block(depth - 1))

    parts = [block(depth) for _ in range(draw(st.integers(1, 3)))]
    if draw(st.booleans()):
        parts.append(draw(st.sampled_from((nn.MaxPool2d(2), nn.AvgPool2d(3, 2, 1)))))
        parts.append(block(0))
    return nn.Sequential(*parts)


def positive(module: nn.Module) -> nn.Module:
    """The same windows and paths with weights above 0, a mean for each max pool: nothing hides a path."""
    twin = copy.deepcopy(module).double().eval()
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.requires_grad_(True).uniform_(0.5, 1)
        for name, buffer in twin.named_buffers():
            if name.endswith(("_u", "_v")):  # spectral_norm divides by what these make of the weight
                buffer.abs_()
    for part in list(twin.modules()):
        for name, child in part.named_children():
            if isinstance(child, nn.MaxPool2d):
                setattr(part, name, nn.AvgPool2d(child.kernel_size, child.stride, child.padding))
    return twin


def seen(module: nn.Module, shape: tuple[int, ...], unit: tuple[int, ...]) -> Tensor:
    """Pixels with a gradient, bool [H, W], by plain autograd over ``positive(module)``."""
    x = torch.ones(1, *shape, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(positive(module)(x)[(0, *unit)], x)
    return gradient[0].ne(0).any(0)
