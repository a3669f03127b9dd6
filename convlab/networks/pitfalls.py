"""How PyTorch keeps track of submodules, and three ways to lose it (8.3.2): small experiments."""

import torch
from torch import Tensor, nn

from convlab.networks.designs import parameter_counts


class Listed(nn.Module):
    """Two convolutions in a plain list, which registers nothing, or in ``nn.ModuleList``."""

    def __init__(self, module_list: bool) -> None:
        super().__init__()
        convs = [nn.Conv2d(3, 16, kernel_size=3, padding=1), nn.Conv2d(16, 8, kernel_size=3, padding=1)]
        self.convs = nn.ModuleList(convs) if module_list else convs

    def forward(self, x: Tensor) -> Tensor:
        """Pictures [N, 3, H, W] to maps [N, 8, H, W], either way."""
        for conv in self.convs:
            x = conv(x)
        return x


class WithoutSuper(nn.Module):
    """Assigns a submodule before ``super().__init__()`` has made a place for it."""

    def __init__(self) -> None:
        self.conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1)


def registered(module_list: bool) -> int:
    """Parameters that an optimiser would find: 0 in a plain list, 1,608 in ``nn.ModuleList``."""
    return sum(parameter_counts(Listed(module_list)))


def without_super() -> str:
    """PyTorch's message to a class that forgets ``super().__init__()``."""
    try:
        WithoutSuper()
    except AttributeError as error:
        return str(error)
    return ""


def hooks_run(call: bool) -> int:
    """How often a forward hook runs when a module is called: 1; or its ``forward`` directly: 0."""
    conv = nn.Conv2d(3, 1, kernel_size=3)
    ran: list[Tensor] = []
    conv.register_forward_hook(lambda module, inputs, output: ran.append(output))
    (conv if call else conv.forward)(torch.zeros(1, 3, 4, 4))
    return len(ran)
