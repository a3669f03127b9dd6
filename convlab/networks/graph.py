"""A network opened: the layers that run, in order, from its torch.fx graph; the module is left alone.

Everything works on a stand-in (``stand_in``) that shares the module's tensors. ``torch.fx.symbolic_trace``
would replace ``nn.Module.__call__`` for all threads while it traces, so the graph is recorded here with fx's
own tracer and proxies, and only the stand-in's layers know of it. https://docs.pytorch.org/docs/stable/fx.html
"""

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, fx, nn

from convlab.errors import N_, UserError, chosen
from convlab.networks import layer_kinds
from convlab.networks.layer_kinds import Pattern, Shape, Window

INPUT = "input"


class UntraceableError(UserError):
    """A module whose forward is more than layers applied one after the other, such as a branch on values."""


@dataclass(frozen=True)
class Layer:
    """One step of a network.

    Attributes:
        name: path of the module ("conv1", "resblocks.0.conv"); what is no module is numbered by its kind
            ("tanh1", "pool2", "add1"). A module that runs again has "#2" behind its name.
        kind: PyTorch's class, also for a function: "Conv2d", "MaxPool2d", "Tanh", "Flatten", "Add"...
        inputs: names of the layers that it reads, or "input".
        shape: of its output, without the batch axis.
        parameters: entries of its weights and biases.
        shared_with: the first layer with the same parameters, else None.
        settings: PyTorch's arguments by name (kernel_size, stride, groups, dim, ...).
        reads: which places before it a unit reads; None where no rule says so, or for what merges.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    shape: tuple[int, ...]
    parameters: int = 0
    shared_with: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    reads: Pattern | None = None

    @property
    def window(self) -> Window | None:
        """Where its windows lie; None for what is no convolution or pooling."""
        return self.reads if isinstance(self.reads, Window) else None


@dataclass(frozen=True)
class Network:
    """A module opened for pictures of one shape (C, H, W); its layers in the order in which they run.

    ``body`` is the stand-in that runs; its tensors are the module's own, so training shows through.
    """

    body: nn.Module
    graph: fx.Graph
    input_shape: tuple[int, ...]
    layers: tuple[Layer, ...]
    nodes: Mapping[fx.Node, Layer]

    def layer(self, name: str) -> Layer:
        """The layer of that name. Raises UserError when there is none."""
        layers = {layer.name: layer for layer in self.layers}
        return chosen(layers, name, N_("This network has no layer {key}: choose one of {keys}."))

    def shape(self, name: str) -> tuple[int, ...]:
        """Output shape of a layer, or of "input", without the batch axis."""
        return self.input_shape if name == INPUT else self.layer(name).shape

    def tensors(self, name: str) -> dict[str, Tensor]:
        """A layer's own tensors by PyTorch's names: weight, bias, running_mean... where it has them."""
        node = next(node for node, layer in self.nodes.items() if layer.name == name)
        if node.op == "call_module":
            module = self.body.get_submodule(str(node.target))
            found = {**module._parameters, **module._buffers}
        else:
            names = layer_kinds.of(self.layer(name).kind).parameters
            given = dict(zip(names, node.args[1:], strict=False)) | dict(node.kwargs)
            found = {key: self._constant(value) for key, value in given.items()}
        return {key: value for key, value in found.items() if value is not None}

    def _constant(self, value: object) -> Tensor | None:
        if not isinstance(value, fx.Node) or value.op != "get_attr":
            return None
        owner, _, name = str(value.target).rpartition(".")
        return getattr(self.body.get_submodule(owner), name)  # type: ignore[no-any-return]


def trace(module: nn.Module, input_shape: tuple[int, ...]) -> Network:
    """Open a module with one input and one output, without running it on data, for pictures (C, H, W).

    Shapes come from a batch of no pictures, where PyTorch allows one: no memory, no arithmetic. The module
    may be in any mode, on any device, "meta" too, and is not changed. Raises UntraceableError where its
    forward branches on values, UserError where a layer does not fit its input.
    """
    body = stand_in(nn.Sequential(module) if _is_leaf(module) else module)
    graph = _graph(body)
    try:  # PyTorch 2.14 has a wrong shape for what it unshuffles of no pictures
        unshuffles = any(isinstance(part, nn.PixelUnshuffle) for part in body.modules())
        described = _described(body, graph, input_shape, pictures=int(unshuffles))
    except UserError:  # of no pictures, view(-1, 512) cannot tell how many rows it makes
        described = _described(body, graph, input_shape, pictures=1)
    layers = _with_sharing(described, body)
    return Network(body, graph, tuple(input_shape), tuple(layers.values()), layers)


def _described(body: nn.Module, graph: fx.Graph, shape: Shape, pictures: int) -> dict[fx.Node, Layer]:
    floats = (tensor for tensor in body.state_dict().values() if tensor.is_floating_point())
    like = next(floats, torch.empty(0))
    description = _Describe(body, graph)
    with torch.no_grad():
        description.run(like.new_empty(pictures, *shape))
    return description.layers


class Walker(fx.Interpreter):
    """Runs pictures through a network, one layer at a time."""

    def __init__(self, network: Network) -> None:
        super().__init__(network.body, graph=network.graph)
        self.network = network

    def walk(self, x: Tensor) -> Iterator[tuple[Layer, Tensor]]:
        """Each layer and its output, in the order of ``network.layers``; nothing behind it has run yet.

        The next layer may overwrite the output (``nn.ReLU(inplace=True)``), not ``x``: clone what you keep.
        """
        self.args_iter = iter([x.clone()])
        for node in self.network.graph.nodes:
            if node.op == "output":
                return
            self.env[node] = self.run_node(node)
            if node in self.network.nodes:
                yield self.network.nodes[node], self.env[node]


def stand_in(module: nn.Module, on: Callable[[Tensor], Tensor] = Tensor.detach) -> nn.Module:
    """The same tree of modules over the same tensors, in eval mode, with dictionaries of its own.

    Hooks put on it, its mode and its attributes are its own; the module's own hooks still run. Nothing is
    copied, so it costs no memory, and two threads may each have one of the same module. A module that stands
    at two places becomes two; ``on`` is what becomes of each tensor, shared by default, without gradient.
    """
    return _stand_in(module, on, {})


def _stand_in(module: nn.Module, on: Callable[[Tensor], Tensor], done: dict[int, Tensor]) -> nn.Module:
    def turned(value: Any) -> Any:
        return done.setdefault(id(value), on(value)) if isinstance(value, Tensor) else value

    twin: nn.Module = object.__new__(type(module))
    for key, value in vars(module).items():
        own = copy.copy(value) if isinstance(value, dict | list | set) else turned(value)
        if isinstance(own, dict):  # its kind is kept: hooks need an OrderedDict
            own.update({name: turned(part) for name, part in own.items()})
        vars(twin)[key] = own
    vars(twin)["training"] = False
    vars(twin)["_modules"] = {
        name: child and _stand_in(child, on, done) for name, child in module._modules.items()
    }
    return twin


def _is_leaf(module: nn.Module) -> bool:
    """What torch.fx takes for one step: torch's own modules but for containers."""
    containers = (nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.ParameterList, nn.ParameterDict)
    return type(module).__module__.startswith("torch.nn.modules") and not isinstance(module, containers)


def leaves(module: nn.Module) -> dict[str, nn.Module]:
    """Path -> module for all of torch's own layers in a tree, in the order of registration."""
    return {name: child for name, child in module.named_modules(remove_duplicate=False) if _is_leaf(child)}


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

    def leaf_class(self, kind: type[nn.Module], path: str) -> type[nn.Module]:
        """A class like ``kind`` the call of which is recorded as a step."""

        def call(_: nn.Module, *args: Any, **kwargs: Any) -> Any:
            return self.create_proxy("call_module", path, args, kwargs)

        return type(kind.__name__, (kind,), {"__call__": call})


def _graph(body: nn.Module) -> fx.Graph:
    tracer = _Tracer(body)
    classes = {path: type(leaf) for path, leaf in leaves(body).items()}
    pictures = tracer.create_proxy("placeholder", INPUT, (), {})
    for path, kind in classes.items():
        body.get_submodule(path).__class__ = tracer.leaf_class(kind, path)
    try:
        tracer.graph.output(tracer.create_arg(body(pictures)))
    except Exception as error:  # whatever a stranger's forward does with a stand-in for its input
        message = N_(
            "{module} cannot be opened layer by layer, its forward does more than apply layers: {reason}"
        )
        raise UntraceableError(message, module=type(body).__name__, reason=_first_line(error)) from error
    finally:
        for path, kind in classes.items():
            body.get_submodule(path).__class__ = kind
    return tracer.graph


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:300]


class _Describe(fx.Interpreter):
    """Runs on the meta device and writes down each layer."""

    def __init__(self, body: nn.Module, graph: fx.Graph) -> None:
        super().__init__(body, graph=graph)
        self.extra_traceback = False
        self.layers: dict[fx.Node, Layer] = {}
        self._origins: dict[fx.Node, tuple[str, ...]] = {}
        self._uses: Counter[str] = Counter()
        self._paths = {path for path, _ in body.named_modules(remove_duplicate=False)}

    def run_node(self, n: fx.Node) -> Any:
        """One step: its origins are the layers, or the input, that its tensors come from."""
        before = tuple(dict.fromkeys(o for node in n.all_input_nodes for o in self._origins.get(node, ())))
        name = self._name(n)
        try:
            result = super().run_node(n)
        except Exception as error:
            message = N_("{layer} does not fit what reaches it: {reason}")
            raise UserError(message, layer=name, reason=_first_line(error)) from error
        if n.op == "placeholder":
            self._origins[n] = (INPUT,)
        elif isinstance(result, Tensor) and n.op.startswith("call_") and before:
            self.layers[n] = self._layer(n, name, before, result)
            self._origins[n] = (name,)
        elif isinstance(result, tuple | list) and any(isinstance(part, Tensor) for part in result):
            self._origins[n] = before
        return result

    def _name(self, node: fx.Node) -> str:
        if node.op == "call_module":
            path = str(node.target)
            self._uses[path] += 1
            return path if self._uses[path] == 1 else f"{path}#{self._uses[path]}"
        if not node.op.startswith("call_"):
            return str(node.name)
        kind = layer_kinds.kind_of_call(node)
        base = layer_kinds.of(kind).short or kind.removesuffix("2d").lower()
        while True:
            self._uses[base] += 1
            name = f"{base}{self._uses[base]}"
            if name not in self._paths:
                return name

    def _layer(self, node: fx.Node, name: str, before: tuple[str, ...], result: Tensor) -> Layer:
        args, kwargs = self.fetch_args_kwargs_from_env(node)
        if node.op == "call_module":
            module = self.fetch_attr(str(node.target))
            kind, settings = type(module).__name__, dict(vars(module))
        else:
            kind = layer_kinds.kind_of_call(node)
            settings = dict(zip(layer_kinds.of(kind).parameters, args[1:], strict=False)) | kwargs
            if isinstance(settings.get("weight"), Tensor):
                settings["kernel_size"] = tuple(settings["weight"].shape[2:])
        read = next((arg for arg in (*args, *kwargs.values()) if isinstance(arg, Tensor)), result)
        after, rule = tuple(result.shape[1:]), layer_kinds.of(kind).reads
        reads = rule(settings, tuple(read.shape[1:]), after) if rule else None
        plain = {key: value for key, value in settings.items() if _is_plain(key, value)}
        return Layer(name, kind, before, after, settings=plain, reads=reads)


def _is_plain(key: str, value: object) -> bool:
    parts = value if isinstance(value, tuple | list) else [value]
    named = key != "training" and not key.startswith("_")
    return named and all(isinstance(part, int | float | str) for part in parts)


def _with_sharing(layers: Mapping[fx.Node, Layer], body: nn.Module) -> dict[fx.Node, Layer]:
    """Fill in parameters; a weight that a second layer uses is counted with each, and said to be shared."""
    owners: dict[int, str] = {}
    buffers = {name for name, _ in body.named_buffers(remove_duplicate=False)}
    found = {}
    for node, layer in layers.items():
        tensors = [tensor for name, tensor in _tensors(node, body) if name not in buffers]
        owner = next((owners[id(tensor)] for tensor in tensors if id(tensor) in owners), None)
        for tensor in tensors:
            owners.setdefault(id(tensor), layer.name)
        count = sum(tensor.numel() for tensor in tensors)
        found[node] = replace(layer, parameters=count, shared_with=owner)
    return found


def _tensors(node: fx.Node, body: nn.Module) -> list[tuple[str, Tensor]]:
    """Names and tensors that a step uses: a module's own, or those that a function is handed."""
    if node.op == "call_module":
        path = str(node.target)
        own = body.get_submodule(path)
        return [(f"{path}.{name}", value) for name, value in own._parameters.items() if value is not None]
    named = dict(body.named_parameters(remove_duplicate=False))
    targets = [str(source.target) for source in node.all_input_nodes if source.op == "get_attr"]
    return [(target, named[target]) for target in targets if target in named]
