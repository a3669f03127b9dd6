"""Whose parameters are whose: each is counted once, with the layer that uses it first."""

from collections.abc import Container, Iterable
from typing import TYPE_CHECKING, Any

from torch import Tensor, fx, nn

if TYPE_CHECKING:
    from convlab.networks.graph import Network


def frozen_names(module: nn.Module) -> frozenset[str]:
    """Names of the parameters that no optimiser may change, a tied one under each of its names."""
    named = module.named_parameters(remove_duplicate=False)
    return frozenset(name for name, parameter in named if not parameter.requires_grad)


class Ledger:
    """Counts the parameters of a network's layers, one layer after the other, in the order in which they run.

    The body is the network, or a stand-in that has the same names; no optimiser may change what is frozen.
    """

    def __init__(self, body: nn.Module, frozen: Container[str] = ()) -> None:
        named = body.named_parameters(remove_duplicate=False)
        self._frozen = {id(tensor) for name, tensor in named if name in frozen}
        self._owners: dict[int, str] = {}

    def entry(self, layer: str, tensors: Iterable[Tensor]) -> dict[str, Any]:
        """What is known of a layer that uses these parameters: fields of ``graph.Layer``."""
        used = list(tensors)
        known = [tensor for tensor in used if id(tensor) in self._owners]
        new = [tensor for tensor in used if id(tensor) not in self._owners]
        owners = {self._owners[id(tensor)] for tensor in known}
        for tensor in new:
            self._owners[id(tensor)] = layer
        return {
            "parameters": _count(new),
            "shared_parameters": _count(known),
            "shared_with": owners.pop() if len(owners) == 1 and not new else None,
            "frozen_parameters": _count(tensor for tensor in new if id(tensor) in self._frozen),
        }


def unused(network: "Network") -> dict[str, int]:
    """Entries of the parameters that no layer was seen to use, by the part of the network that they are in.

    Inception's auxiliary heads are such parts: they run in training alone.
    """
    body = network.body
    steps = used_by_steps(network.graph, network.nodes, body)
    used = {key for node in network.nodes for key in steps[node]}
    found: dict[str, int] = {}
    for name, tensor in body.named_parameters():
        if id(tensor) not in used:
            part = name.partition(".")[0]
            found[part] = found.get(part, 0) + tensor.numel()
    return found


def _count(tensors: Iterable[Tensor]) -> int:
    return sum(tensor.numel() for tensor in tensors)


def used_by_steps(
    graph: fx.Graph, steps: Container[fx.Node], body: nn.Module
) -> dict[fx.Node, dict[int, Tensor]]:
    """The parameters that each of the steps uses, by identity.

    What a step is handed that is no step itself, such as a weight that is computed from others, brings the
    parameters that it was made of.
    """
    named = dict(body.named_parameters(remove_duplicate=False))
    used: dict[fx.Node, dict[int, Tensor]] = {}
    for node in graph.nodes:
        loose = [used[source] for source in node.all_input_nodes if source not in steps]
        found = {key: tensor for one in loose for key, tensor in one.items()}
        if node.op == "get_attr" and node.target in named:
            found[id(named[node.target])] = named[node.target]
        elif node.op == "call_module":
            own = body.get_submodule(str(node.target)).parameters()
            found |= {id(parameter): parameter for parameter in own}
        used[node] = found
    return used
