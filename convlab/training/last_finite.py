"""The weights of the last finite loss, kept beside the network: what is left of a run that diverges."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn


class LastFinite:
    """A copy of a network's weights and running statistics that only takes finite ones.

    A loss that is not finite comes too late: the weights that it was computed from are already spoilt.
    """

    def __init__(self, network: nn.Module) -> None:
        state = network.state_dict()
        self._floats = [tensor for tensor in state.values() if tensor.is_floating_point()]
        self._others = [name for name, tensor in state.items() if not tensor.is_floating_point()]
        self._flat = torch.cat([tensor.flatten() for tensor in self._floats])
        parts = iter(self._flat.split([tensor.numel() for tensor in self._floats]))
        self.kept = {
            name: next(parts).view(tensor.shape) if tensor.is_floating_point() else tensor.clone()
            for name, tensor in state.items()
        }
        self._from, self._to = list(state.values()), list(self.kept.values())
        self._state = state

    @torch.no_grad()
    def keep(self) -> None:
        """Copy the network's numbers if all are finite."""
        size = torch.stack(torch._foreach_norm(self._floats)).sum()  # a single NaN or infinity shows in it
        if math.isfinite(size.item()):
            torch._foreach_copy_(self._to, self._from)

    @torch.no_grad()
    def keep_if(self, finite: Tensor) -> None:
        """The same without waiting for a GPU: ``finite`` is a bool on the device, false for a bad loss."""
        new = torch.cat([tensor.flatten() for tensor in self._floats])  # one tensor: few steps on a GPU
        good = new.norm().isfinite() & finite
        torch.where(good, new, self._flat, out=self._flat)
        for name in self._others:
            torch.where(good, self._state[name], self.kept[name], out=self.kept[name])

    @torch.no_grad()
    def put_back(self) -> None:
        """Give the network what was kept."""
        torch._foreach_copy_(self._from, self._to)

    def restore(self, kept: Mapping[str, Tensor]) -> None:
        """Go on from another's ``kept``."""
        for name, tensor in self.kept.items():
            tensor.copy_(kept[name])
