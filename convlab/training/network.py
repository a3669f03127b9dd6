"""The network of a run: built, seeded and initialised."""

from collections.abc import Mapping
from typing import Any

from torch import nn

from convlab.networks import designs
from convlab.networks.initialisation import initialise
from convlab.training.settings import Settings


def options(settings: Settings, num_classes: int) -> dict[str, object]:
    """Options of the design's ``build`` for a data set; two classes, the default, go without saying."""
    return {**settings.options, **({} if num_classes == 2 else {"num_classes": num_classes})}


def build(settings: Settings, num_classes: int) -> nn.Module:
    """What ``torch.manual_seed(seed)``, the design and its initialisation give, on the CPU.

    Raises UserError for fewer than 2 classes, or more than 20.
    """
    wanted = options(settings, num_classes)
    return fresh(settings.design, wanted, settings.seed, settings.initialisation)


def fresh(design: str, options: Mapping[str, Any], seed: int, initialisation: str = "pytorch") -> nn.Module:
    """A design with these options before any training. Raises UserError as ``designs``."""

    def make() -> nn.Module:
        module = designs.design(design).build(**options)
        initialise(module, initialisation)
        return module

    return designs.seeded(make, seed)
