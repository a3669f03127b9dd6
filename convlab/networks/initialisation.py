"""First weights: what PyTorch draws in each layer, and what Xavier and Kaiming draw in its place (8.5.3)."""

from torch import nn


def initialise(module: nn.Module, initialisation: str) -> None:
    """Draw the weights of a network's layers anew, in the order of ``module.modules()``, but for fixed ones.

    Args:
        initialisation: "pytorch" leaves what the network's own code has drawn; "reset_parameters" draws
            what PyTorch's layers draw by themselves, batch norm's weight 1 among it; "xavier" and "kaiming"
            draw normal weights for convolutions and Linear layers and zero their biases
            (https://proceedings.mlr.press/v9/glorot10a.html, https://arxiv.org/abs/1502.01852).
    """
    if initialisation == "pytorch":
        return
    for layer in module.modules():
        if not all(parameter.requires_grad for parameter in layer.parameters(recurse=False)):
            continue
        if initialisation == "reset_parameters":
            getattr(layer, "reset_parameters", lambda: None)()
        elif isinstance(layer, nn.Conv2d | nn.Linear):
            if initialisation == "xavier":
                nn.init.xavier_normal_(layer.weight)
            else:
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
