"""The equal but faster form of a network for training on a CPU; it shares the plain module's parameters."""

import copy

import torch
import torch.nn.functional as F
from torch import fx, nn

from convlab.networks.designs import INPUT_SHAPE
from convlab.networks.graph import trace
from convlab.training import fused


def faster(network: nn.Module) -> fx.GraphModule:
    """``network`` with the steps of ``fused``, and every 2x2 max pool before the activation that it follows.

    Tanh and ReLU are monotone, so the outputs are equal but for rounding; a pool leaves them a quarter of the
    values. Modules and parameters are the network's own, and so is the mode: set one and both are set.
    """
    graph = copy.deepcopy(trace(network, INPUT_SHAPE).graph)
    for pool in list(graph.nodes):
        if _is_pool(pool, network):
            before, behind = _neighbours(pool)
            if before is None or len(before.users) > 1:
                continue
            if _activation(before, network):
                _fuse(graph, pool, before, network)
            elif behind is not None and _activation(behind, network):
                _fuse(graph, pool, behind, network)
            elif isinstance(_target(before, network), nn.Conv2d):
                pool.target, pool.args, pool.kwargs = fused.pooled, (before, ""), {}
    for node in list(graph.nodes):
        if node.op == "call_module":
            _convolve(graph, node, network.get_submodule(str(node.target)))
    graph.lint()
    return fx.GraphModule(network, graph)


def _neighbours(node: fx.Node) -> tuple[fx.Node | None, fx.Node | None]:
    """The step that a node reads, and the only one that reads it."""
    before = node.args[0] if node.args and isinstance(node.args[0], fx.Node) else None
    return before, next(iter(node.users)) if len(node.users) == 1 else None


def _fuse(graph: fx.Graph, pool: fx.Node, activation: fx.Node, network: nn.Module) -> None:
    """Put one step in the place of both; they may stand in either order."""
    first, last = sorted((pool, activation))
    with graph.inserting_after(last):
        both = graph.call_function(fused.pooled, (first.args[0], _activation(activation, network)))
    last.replace_all_uses_with(both)
    graph.erase_node(last)
    graph.erase_node(first)


def _convolve(graph: fx.Graph, node: fx.Node, module: nn.Module) -> None:
    """Put a step of ``fused`` in the place of a convolution with a bias, and of the pool behind it."""
    if not isinstance(module, nn.Conv2d) or module.bias is None:
        return
    if module.padding_mode != "zeros" or isinstance(module.padding, str):
        return
    behind = _neighbours(node)[1]
    with graph.inserting_before(node):
        weight, bias = (graph.get_attr(f"{node.target}.{name}") for name in ("weight", "bias"))
        given = node.args[0], weight, bias
        how = module.stride, module.padding, module.dilation, module.groups
        if behind is None or behind.target is not fused.pooled:
            node.replace_all_uses_with(graph.call_function(fused.conv2d, (*given, *how)))
        else:
            step = graph.call_function(fused.conv2d_pooled, (*given, behind.args[1], *how))
            behind.replace_all_uses_with(step)
            graph.erase_node(behind)
    graph.erase_node(node)


def _target(node: fx.Node, network: nn.Module) -> object:
    return network.get_submodule(str(node.target)) if node.op == "call_module" else node.target


def _is_pool(node: fx.Node, network: nn.Module) -> bool:
    """Whether it is ``max_pool2d(x, 2)`` with nothing else said."""
    target = _target(node, network)
    if isinstance(target, nn.MaxPool2d):
        told = (target.kernel_size, target.stride, target.padding, target.dilation, target.ceil_mode)
        return told == (2, 2, 0, 1, False)
    usual = {"stride": None, "padding": 0, "dilation": 1, "ceil_mode": False, "return_indices": False}
    return target is F.max_pool2d and node.args[1:] == (2,) and usual | node.kwargs == usual


def _activation(node: fx.Node, network: nn.Module) -> str:
    """ "tanh", "relu" or "" for any other step."""
    target = _target(node, network)
    kind = type(target) if isinstance(target, nn.Module) else target
    return {nn.Tanh: "tanh", torch.tanh: "tanh", nn.ReLU: "relu", torch.relu: "relu"}.get(kind, "")
