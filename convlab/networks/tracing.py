"""A forward recorded as a torch.fx graph, on a stand-in for the module, so that no other thread notices.

https://docs.pytorch.org/docs/stable/fx.html
"""

import operator
from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor, fx, nn
from torch.fx.proxy import ParameterProxy


def recorded(body: nn.Module, leaves: Mapping[str, nn.Module], name: str, loose: bool) -> fx.Graph:
    """The graph of a stand-in with one input of a name. Raises whatever its forward does with a proxy.

    Its leaves, by path, are one step each. Loose: what is computed from weights that belong to no leaf is
    recorded too; else it is a constant.
    """
    tracer = _Tracer(body)
    classes = {path: type(leaf) for path, leaf in leaves.items()}
    owners = [part for path, part in body.named_modules() if loose and path not in classes]
    own = {owner: dict(owner._parameters) for owner in owners if owner._parameters}
    pictures = tracer.create_proxy("placeholder", name, (), {})
    for path, kind in classes.items():
        body.get_submodule(path).__class__ = tracer.leaf_class(kind, path)
    for owner, tensors in own.items():
        proxies = {key: tracer.weight(tensor) for key, tensor in tensors.items() if tensor is not None}
        vars(owner)["_parameters"] = tensors | proxies
    try:
        tracer.graph.output(tracer.create_arg(body(pictures)))
    finally:
        for path, kind in classes.items():
            body.get_submodule(path).__class__ = kind
        for owner, tensors in own.items():
            vars(owner)["_parameters"] = tensors
    for node in reversed(tracer.graph.nodes):
        if node.op == "get_attr" and not node.users:
            tracer.graph.erase_node(node)
    return tracer.graph


class _Weight(ParameterProxy):
    """Stands in for a weight while a forward is recorded; its shape and its length are the weight's."""

    def __len__(self) -> int:
        return len(self.param)

    def __iter__(self) -> Iterator[fx.Proxy]:
        return (operator.getitem(self, place) for place in range(len(self)))


class _Tracer(fx.Tracer):
    """fx's tracer over a stand-in: proxies record functions, the stand-in's leaves record themselves."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.root = body
        self.graph = fx.Graph(tracer_cls=type(self))
        self.tensor_attrs = {}
        tensors = [*body.named_parameters(), *body.named_buffers()]
        self._names = {id(tensor): name for name, tensor in reversed(tensors)}

    def create_arg(self, a: Any) -> Any:
        """As fx does, but the stand-in's weights are tensors, not Parameters."""
        name = self._names.get(id(a)) if isinstance(a, Tensor) else None
        return self.create_node("get_attr", name, (), {}) if name else super().create_arg(a)

    def weight(self, parameter: Tensor) -> fx.Proxy:
        """A stand-in for a weight: what is computed from it is recorded, and its shape is as it is."""
        like = nn.Parameter(parameter, requires_grad=False)
        return _Weight(self, self.create_arg(parameter), self._names[id(parameter)], like)

    def leaf_class(self, kind: type[nn.Module], path: str) -> type[nn.Module]:
        """A class like ``kind`` the call of which is recorded as a step."""

        def call(_: nn.Module, *args: Any, **kwargs: Any) -> Any:
            return self.create_proxy("call_module", path, args, kwargs)

        return type(kind.__name__, (kind,), {"__call__": call})
