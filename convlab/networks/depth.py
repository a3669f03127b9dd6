"""A plain stack of convolutions: what depth does to activations and gradients before any training (8.5.3)."""

from dataclasses import dataclass
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.networks.designs import parameter_counts, seeded
from convlab.networks.initialisation import initialise

MOST_LAYERS = 50
PICTURES, SIDE = 16, 8  # few and small: a change of 20 layers is answered at once

Activation = Literal["relu", "tanh", "none"]


class Layer(nn.Module):
    """A convolution that keeps the size of its maps, batch norm if there is one, an activation.

    With ``skip`` the input is added to what comes out; ``norm`` is the weight that batch norm begins with.
    """

    def __init__(self, channels: int, width: int, activation: str, skip: bool, norm: float | None) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, width, kernel_size=3, padding=1, bias=norm is None)
        self.batch_norm: nn.Module = nn.Identity()
        if norm is not None:
            self.batch_norm = nn.BatchNorm2d(width)
            nn.init.constant_(self.batch_norm.weight, norm)
        self.activation = {"relu": nn.ReLU, "tanh": nn.Tanh, "none": nn.Identity}[activation]()
        self.skip = skip

    def forward(self, x: Tensor) -> Tensor:
        """Maps float32 [N, channels, H, W] to [N, width, H, W]."""
        out: Tensor = self.activation(self.batch_norm(self.conv(x)))
        return out + x if self.skip else out


class PlainStack(nn.Module):
    """``depth`` convolutions one behind the other, the mean of each map, a Linear layer.

    The first layer changes the number of channels, so nothing can be added to what it gives.
    """

    def __init__(
        self,
        depth: int = 20,
        width: int = 16,
        activation: str = "relu",
        skip: bool = False,
        norm: float | None = None,
    ) -> None:
        super().__init__()
        layers = [Layer(width if n else 3, width, activation, skip and n > 0, norm) for n in range(depth)]
        self.layers = nn.Sequential(*layers)
        self.fc = nn.Linear(width, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Logits [N, 2] of pictures float32 [N, 3, H, W]."""
        logits: Tensor = self.fc(self.layers(x).mean((2, 3)))
        return logits


def batch(count: int = PICTURES, side: int = SIDE) -> tuple[Tensor, Tensor]:
    """Noise as if normalised, float32 [count, 3, side, side] of mean 0 and deviation 1; labels 0, 1, 0 ..."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(count, 3, side, side, generator=generator), torch.arange(count) % 2


def norms(model: PlainStack, x: Tensor, labels: Tensor) -> tuple[float, list[float], list[float]]:
    """One forward and one backward pass of a fresh network, in training mode.

    Returns:
        The loss (mean cross-entropy); then, layer by layer, the root mean square of what it gives, and the
        length of its weight's gradient. Both are summed in float64: a square of float32 would be 0 too soon.
    """
    activations: list[float] = []

    def keep(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        activations.append(output.detach().double().pow(2).mean().sqrt().item())

    hooks = [layer.register_forward_hook(keep) for layer in model.layers]
    loss = F.cross_entropy(model(x), labels)
    loss.backward()
    for hook in hooks:
        hook.remove()
    kernels = [parameter for name, parameter in model.named_parameters() if name.endswith("conv.weight")]
    gradients = [kernel.grad.double().norm().item() for kernel in kernels if kernel.grad is not None]
    return loss.item(), activations, gradients


@dataclass(frozen=True)
class Asked:
    """A stack and its first weights: arguments of ``PlainStack``, of ``initialise``, and a seed."""

    depth: int = 20
    width: int = 16
    activation: Activation = "relu"
    skip: bool = False
    norm: float | None = None
    initialisation: str = "pytorch"
    seed: int = 0


@dataclass(frozen=True)
class Measured:
    """What ``norms`` gives, and how many parameters the stack has."""

    loss: float
    activations: tuple[float, ...]
    gradients: tuple[float, ...]
    parameters: int


def measure(asked: Asked) -> Measured:
    """One pass of ``batch`` through a fresh stack."""
    model = seeded(lambda: _made(asked), asked.seed)
    loss, activations, gradients = norms(model, *batch())
    return Measured(loss, tuple(activations), tuple(gradients), sum(parameter_counts(model)))


def _made(asked: Asked) -> PlainStack:
    model = PlainStack(asked.depth, asked.width, asked.activation, asked.skip, asked.norm)
    initialise(model, asked.initialisation)
    return model
