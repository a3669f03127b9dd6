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
        self.kept = {name: tensor.clone() for name, tensor in state.items()}
        self._floats = [tensor for tensor in state.values() if tensor.is_floating_point()]
        self._from, self._to = list(state.values()), list(self.kept.values())

    @torch.no_grad()
    def keep(self) -> None:
        """Copy the network's numbers if all are finite."""
        size = torch.stack(torch._foreach_norm(self._floats)).sum()  # a single NaN or infinity shows in it
        if math.isfinite(size.item()):
            torch._foreach_copy_(self._to, self._from)

    @torch.no_grad()
    def keep_if(self, finite: Tensor) -> None:
        """The same without waiting for a GPU: ``finite`` is a bool on the device, false for a bad loss."""
        good = torch.stack(torch._foreach_norm(self._floats)).sum().isfinite() & finite
        for kept, new in zip(self._to, self._from, strict=True):
            kept.copy_(torch.where(good, new, kept))

    @torch.no_grad()
    def put_back(self) -> None:
        """Give the network what was kept."""
        torch._foreach_copy_(self._from, self._to)

    def restore(self, kept: Mapping[str, Tensor]) -> None:
        """Go on from another's ``kept``."""
        for name, tensor in self.kept.items():
            tensor.copy_(kept[name])
