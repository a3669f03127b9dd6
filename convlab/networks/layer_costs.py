"""What the layers of a network cost: parameters, multiply-adds, and what backward needs in memory (8.5.1)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import nn

from convlab.networks import graph
from convlab.networks.designs import INPUT_SHAPE
from convlab.networks.graph import Layer, Network
from convlab.networks.parameters import frozen_names
from convlab.networks.saved_tensors import saved

_PICTURES = 2  # batch norm takes no single one


@dataclass(frozen=True)
class LayerCost:
    """Of a layer with weights, and of the steps without any behind it.

    Attributes:
        parameters: numbers that are trained.
        multiply_adds: of weights with inputs, in the forward pass of one picture; biases add none.
        saved_bytes: what autograd keeps of them for the way back, for one picture; parameters not counted.
    """

    name: str
    parameters: int
    multiply_adds: int
    saved_bytes: float


def layer_costs(module: nn.Module) -> tuple[LayerCost, ...]:
    """Of a network for pictures [N, 3, 32, 32], in the order in which its layers run."""
    network, fixed = graph.trace(module, INPUT_SHAPE), frozen_names(module)
    for name, parameter in network.body.named_parameters():  # the stand-in's own tensors
        parameter.requires_grad_(name not in fixed)
    costs: list[LayerCost] = []
    for layer, kept in _saved(network):
        if layer.parameters or not costs:
            trained = layer.parameters - layer.frozen_parameters
            costs.append(LayerCost(layer.name, trained, _multiply_adds(network, layer), kept))
        else:
            last = costs[-1]
            costs[-1] = LayerCost(last.name, last.parameters, last.multiply_adds, last.saved_bytes + kept)
    return tuple(costs)


def _multiply_adds(network: Network, layer: Layer) -> int:
    """Every weight of a convolution meets one input at each place of the output; of a Linear layer, one."""
    if layer.kind not in ("Conv2d", "Linear"):
        return 0
    places = layer.shape[1:] if layer.kind == "Conv2d" else layer.shape[:-1]
    return network.tensors(layer.name)["weight"].numel() * math.prod(places)


def _saved(network: Network) -> Iterator[tuple[Layer, float]]:
    """Each layer, and the bytes that autograd keeps of it beyond what it keeps already, for one picture."""
    with saved(network.body) as kept:
        before = 0
        for layer, _output in graph.Walker(network).walk(torch.zeros(_PICTURES, *INPUT_SHAPE)):
            now = sum(tensor.untyped_storage().nbytes() for tensor in kept.values())
            yield layer, (now - before) / _PICTURES
            before = now
