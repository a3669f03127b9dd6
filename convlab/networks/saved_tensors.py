"""What autograd saves in a forward pass for the way back."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


@contextmanager
def saved(module: nn.Module) -> Iterator[dict[int, Tensor]]:
    """What is saved inside, by its place in memory: each storage once, less the module's own tensors.

    https://docs.pytorch.org/docs/stable/autograd.html#saved-tensors-hooks-for-saving-tensors
    """
    own = {tensor.data_ptr() for tensor in (*module.parameters(), *module.buffers())}
    found: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        if (place := tensor.untyped_storage().data_ptr()) not in own:
            found[place] = tensor  # kept: its place is not given anew
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        yield found
