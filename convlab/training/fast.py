"""The equal but faster form of a network for training on a CPU; it shares the plain module's parameters."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

from convlab.networks import graph as layers
from convlab.networks.designs import INPUT_SHAPE
from convlab.training import fused

_WITH_POOL: dict[object, Callable[..., Tensor]] = {
    fused.pooled_tanh: fused.conv2d_pooled_tanh,
    fused.pooled_relu: fused.conv2d_pooled_relu,
}


def faster(network: nn.Module) -> fx.GraphModule:
    """``network`` with the steps of ``fused``, and every 2x2 max pool before the activation that it follows.

    Tanh and ReLU are monotone, so the outputs are equal but for rounding; a pool leaves them a quarter of the
    values. Modules and parameters are the network's own, and so is the mode: set one and both are set.
    """
    graph = _copy(layers.trace(network, INPUT_SHAPE).graph)
    for pool in list(graph.nodes):
        before, behind = _neighbours(pool)
        if not _is_pool(pool, network):
            continue
        if before is not None and _activation(before, network) and len(before.users) == 1:
            _fuse(graph, pool, before, network)
        elif behind is not None and _activation(behind, network):
            _fuse(graph, pool, behind, network)
    for node in list(graph.nodes):
        if node.op == "call_module":
            _convolve(graph, node, network.get_submodule(str(node.target)))
    graph.lint()
    return fx.GraphModule(network, graph)


def _neighbours(node: fx.Node) -> tuple[fx.Node | None, fx.Node | None]:
    """The step that a node reads, and the only one that reads it."""
    before = node.args[0] if node.args and isinstance(node.args[0], fx.Node) else None
    users = list(node.users)
    return before, users[0] if len(users) == 1 else None


def _fuse(graph: fx.Graph, pool: fx.Node, activation: fx.Node, network: nn.Module) -> None:
    """Put one step in the place of both; they may stand in either order."""
    step = fused.pooled_tanh if _activation(activation, network) == "tanh" else fused.pooled_relu
    first, last = sorted((pool, activation))
    source = first.args[0]
    with graph.inserting_after(last):
        both = graph.call_function(step, (source,))
    last.replace_all_uses_with(both)
    graph.erase_node(last)
    graph.erase_node(first)


def _convolve(graph: fx.Graph, node: fx.Node, module: nn.Module) -> None:
    """Put a step of ``fused`` in the place of a convolution with a bias, and of the pool behind it."""
    if not isinstance(module, nn.Conv2d) or module.bias is None:
        return
    if module.padding_mode != "zeros" or isinstance(module.padding, str):
        return
    with graph.inserting_before(node):
        weight, bias = (graph.get_attr(f"{node.target}.{name}") for name in ("weight", "bias"))
        how = module.stride, module.padding, module.dilation, module.groups
        behind = _neighbours(node)[1]
        kind = _WITH_POOL.get(behind.target) if behind is not None else None
        step = graph.call_function(kind or fused.conv2d, (node.args[0], weight, bias, *how))
    if kind is not None and behind is not None:
        behind.replace_all_uses_with(step)
        graph.erase_node(behind)
    else:
        node.replace_all_uses_with(step)
    graph.erase_node(node)


def _copy(graph: fx.Graph) -> fx.Graph:
    twin = fx.Graph()
    twin.output(twin.graph_copy(graph, {}))
    return twin


def _target(node: fx.Node, network: nn.Module) -> object:
    return network.get_submodule(str(node.target)) if node.op == "call_module" else node.target


def _is_pool(node: fx.Node, network: nn.Module) -> bool:
    """Whether it is ``max_pool2d(x, 2)`` with nothing else said."""
    target = _target(node, network)
    if isinstance(target, nn.MaxPool2d):
        told = (target.kernel_size, target.stride, target.padding, target.dilation, target.ceil_mode)
        return told == (2, 2, 0, 1, False)
    usual = {"stride": None, "padding": 0, "dilation": 1, "ceil_mode": False, "return_indices": False}
    return (
        target is F.max_pool2d
        and node.args[1:] == (2,)
        and all(usual[k] == v for k, v in node.kwargs.items())
    )


def _activation(node: fx.Node, network: nn.Module) -> str:
    """ "tanh", "relu" or "" for any other step."""
    target = _target(node, network)
    if isinstance(target, nn.Tanh) or target is torch.tanh:
        return "tanh"
    return "relu" if isinstance(target, nn.ReLU) or target is torch.relu else ""
