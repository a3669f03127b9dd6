"""Dropout at work: which maps a pass drops, by how much the others grow, what many passes are like (8.5.2).

https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout2d.html
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from convlab.networks.designs import seeded

KINDS: dict[str, type[nn.Dropout | nn.Dropout2d]] = {"Dropout2d": nn.Dropout2d, "Dropout": nn.Dropout}


@dataclass(frozen=True, eq=False)
class Passes:
    """What some maps [C, H, W] became in several passes in train(), float32.

    Attributes:
        outputs: [passes, C, H, W].
        means: the mean over the passes so far, of the same shape.
    """

    outputs: Tensor
    means: Tensor

    def dropped(self, n: int) -> tuple[int, ...]:
        """The maps of which a pass left nothing but 0."""
        return tuple((~self.outputs[n].flatten(1).any(1)).nonzero().flatten().tolist())


def passes(maps: Tensor, kind: str, p: float, count: int, seed: int) -> Passes:
    """Hand maps, float32 [C, H, W], to a layer in train(), ``count`` times.

    ``kind`` is of ``KINDS``: "Dropout2d" drops whole maps, "Dropout" single values, each with probability p,
    0 to 1. All passes are one batch, whose numbers follow from the seed.
    """
    layer = KINDS[kind](p).train()
    outputs = seeded(lambda: layer(maps.expand(count, *maps.shape)), seed)
    numbers = torch.arange(1, count + 1).view(-1, 1, 1, 1)
    return Passes(outputs, outputs.double().cumsum(0).div(numbers).float())


def away(found: Passes, maps: Tensor) -> Tensor:
    """Mean size of what the mean over 1, 2, 3 ... passes differs by from the maps, float32 [passes]."""
    return (found.means - maps).abs().mean((1, 2, 3))
