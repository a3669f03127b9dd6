"""The network of a run: built, seeded and initialised."""

from torch import nn

from convlab.networks import designs
from convlab.training.settings import Settings


def options(settings: Settings, num_classes: int) -> dict[str, object]:
    """Options of the design's ``build`` for a data set; two classes, the default, go without saying."""
    return {**settings.options, **({} if num_classes == 2 else {"num_classes": num_classes})}


def build(settings: Settings, num_classes: int) -> nn.Module:
    """What ``torch.manual_seed(seed)``, the design and its initialisation give, on the CPU.

    Raises UserError for fewer than 2 classes, or more than 20.
    """

    def make() -> nn.Module:
        module = designs.design(settings.design).build(**options(settings, num_classes))
        initialise(module, settings.initialisation)
        return module

    return designs.seeded(make, settings.seed)


def initialise(module: nn.Module, initialisation: str) -> None:
    """Draw the weights of convolutions and Linear layers anew, in the order of ``module.modules()``.

    Args:
        initialisation: "pytorch" leaves them, "xavier" and "kaiming" draw normal weights and zero the biases
            (https://proceedings.mlr.press/v9/glorot10a.html, https://arxiv.org/abs/1502.01852).
    """
    if initialisation == "pytorch":
        return
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            if initialisation == "xavier":
                nn.init.xavier_normal_(layer.weight)
            else:
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
