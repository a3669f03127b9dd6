"""A network opened: the layers that run, in order, from its torch.fx graph; the module is left alone.

Everything works on a stand-in (``stand_in``) that shares the module's tensors. ``torch.fx.symbolic_trace``
would replace ``nn.Module.__call__`` for all threads while it traces, so ``tracing`` records the graph with
fx's own tracer and proxies, and only the stand-in's layers know of it.
"""

import copy
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn.parameter import is_lazy
from torch.nn.utils.parametrize import is_parametrized

from convlab.errors import N_, UserError, chosen
from convlab.networks import layer_kinds, layouts, tracing
from convlab.networks.layer_kinds import ITSELF, Along, Pattern, Shape, Window
from convlab.networks.layouts import Layout
from convlab.networks.parameters import Ledger, frozen_names, used_by_steps

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
        parameters: entries of its weights and biases, less those that a layer before it uses too: over all
            layers they add up to what the network has.
        shared_parameters: entries of those that a layer before it uses too.
        shared_with: the first layer before it that uses all of its parameters, else None.
        frozen_parameters: entries of ``parameters`` that no optimiser may change (``requires_grad=False``).
        settings: PyTorch's arguments by name (kernel_size, stride, groups, dim, ...).
        reads: which places before it a unit reads; None where no rule says so, or for what merges.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    shape: tuple[int, ...]
    parameters: int = 0
    shared_parameters: int = 0
    shared_with: str | None = None
    frozen_parameters: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    reads: Pattern | None = None

    @property
    def window(self) -> Window | None:
        """Where its windows lie; None for what is no convolution or pooling."""
        return self.reads if isinstance(self.reads, Window) else None


@dataclass(frozen=True)
class Network:
    """A module opened for pictures of one shape (C, H, W); its layers in the order in which they run.

    The body is the stand-in that runs; its tensors are the module's own, so training shows through.
    Parameters are entries of all weights and biases, each counted once, as PyTorch counts them.
    """

    body: nn.Module
    graph: fx.Graph
    input_shape: tuple[int, ...]
    layers: tuple[Layer, ...]
    nodes: Mapping[fx.Node, Layer]
    parameters: int

    @property
    def other_parameters(self) -> int:
        """Entries of parameters that no layer was seen to use."""
        return self.parameters - sum(layer.parameters for layer in self.layers)

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
            made = {key: getattr(module, key, None) for key in ("weight", "bias")}  # may come from others
            made = {key: value for key, value in made.items() if isinstance(value, Tensor)}
            found = {**module._parameters, **module._buffers, **made}
        else:
            names = layer_kinds.of(self.layer(name).kind).parameters
            given = dict(zip(names, node.args[1:], strict=False)) | dict(node.kwargs)
            found = {key: self._constant(value) for key, value in given.items()}
        return {key: value for key, value in found.items() if value is not None}

    def _constant(self, value: object) -> Tensor | None:
        """What a step is handed that depends on no picture, such as a weight that is computed."""
        if not isinstance(value, fx.Node) or value.op == "placeholder":
            return None
        needed = {value}
        for node in reversed(self.graph.nodes):
            if node in needed:
                needed.update(node.all_input_nodes)
        if any(node.op == "placeholder" for node in needed):
            return None
        runner = fx.Interpreter(self.body, graph=self.graph)
        with torch.no_grad():
            for node in self.graph.nodes:
                if node in needed:
                    runner.env[node] = runner.run_node(node)
        found = runner.env[value]
        return found if isinstance(found, Tensor) else None


def trace(module: nn.Module, input_shape: tuple[int, ...]) -> Network:
    """Open a module with one input and one output, without running it on data, for pictures (C, H, W).

    Shapes come from a batch of no pictures, where PyTorch allows one: no memory, no arithmetic. The module
    may be in any mode, on any device, "meta" too, and is not changed. Raises UntraceableError where its
    forward branches on values, UserError where a layer does not fit its input or has no weights yet.
    """
    whole = _whole(module)
    body = stand_in(whole)
    graph = _graph(body)
    try:  # PyTorch 2.14 has a wrong shape for what it unshuffles of no pictures
        unshuffles = any(isinstance(part, nn.PixelUnshuffle) for part in body.modules())
        described = _described(body, graph, input_shape, pictures=int(unshuffles))
    except UserError:  # of no pictures, view(-1, 512) cannot tell how many rows it makes
        described = _described(body, graph, input_shape, pictures=1)
    if not described:
        message = N_("{module} applies no layer to its input: there is nothing to open.")
        raise UserError(message, module=type(module).__name__)
    ledger, used = Ledger(body, frozen_names(whole)), used_by_steps(graph, described, body)
    entries = {node: ledger.entry(layer.name, used[node].values()) for node, layer in described.items()}
    layers = {node: replace(layer, **entries[node]) for node, layer in described.items()}
    total = sum(parameter.numel() for parameter in whole.parameters())
    return Network(body, graph, tuple(input_shape), tuple(layers.values()), layers, total)


def reopened(network: Network, module: nn.Module) -> Network:
    """The same graph over another module of the same layers, such as one with other weights."""
    return replace(network, body=stand_in(_whole(module)))


def _whole(module: nn.Module) -> nn.Module:
    """Something that has layers, where the module is one itself."""
    return nn.Sequential(module) if _is_leaf(module) else module


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


@contextmanager
def running(module: nn.Module, x: Tensor) -> Iterator[None]:
    """Where a module is run on pictures that it cannot take: what is wrong with them becomes a UserError."""
    try:
        yield
    except (RuntimeError, TypeError) as error:
        weights = next((w for w in module.state_dict().values() if w.is_floating_point()), x)
        given, wanted = (str(t.dtype).removeprefix("torch.") for t in (x, weights))
        if weights.is_meta and not x.is_meta:
            message = N_("The network's weights are on the meta device and hold no numbers: load some.")
        elif given != wanted:
            message = N_(
                "The pictures are {given} and the network's weights {wanted}: give it x.to(torch.{wanted})."
            )
        elif weights.device != x.device:
            given, wanted = str(x.device), str(weights.device)
            message = N_(
                "The pictures are on {given} and the network's weights on {wanted}: give it x.to({wanted!r})."
            )
        elif isinstance(error, TypeError):
            message = N_(
                "{module} does not run on a batch of pictures alone ({reason}): "
                "open a module whose forward takes nothing else."
            )
        else:
            raise
        name, reason = class_of(module).__name__, _first_line(error)
        raise UserError(message, given=given, wanted=wanted, module=name, reason=reason) from error


def stand_in(module: nn.Module, on: Callable[[Tensor], Tensor] = Tensor.detach) -> nn.Module:
    """The same tree of modules over the same tensors, in eval mode, with dictionaries of its own.

    Hooks put on it, its mode and its attributes are its own; the module's own hooks still run. Nothing is
    copied, so it costs no memory, and two threads may each have one of the same module. A module that stands
    at two places becomes two; ``on`` is what becomes of each tensor, shared by default, without gradient.
    Raises UserError for a lazy layer that has no weights yet, and for what is compiled and has no layers.
    """
    for path, part in module.named_modules():
        if isinstance(part, torch.jit.ScriptModule) or type(part).__name__ == "OptimizedModule":
            message = N_("{layer} is compiled ({kind}): open the module that it was compiled from.")
            raise UserError(message, layer=path or "The network", kind=type(part).__name__)
        if any(map(is_lazy, (*part._parameters.values(), *part._buffers.values()))):
            message = N_(
                "{layer}, a {kind} layer, has no weights yet, they follow from its first input: "
                "run the network once, on a batch such as torch.zeros(1, 3, 32, 32), then open it."
            )
            raise UserError(message, layer=path or type(part).__name__, kind=type(part).__name__)
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
    children = module._modules.items()
    vars(twin)["_modules"] = {name: child and _stand_in(child, on, done) for name, child in children}
    return twin


def class_of(module: nn.Module) -> type[nn.Module]:
    """A module's own class, also where ``torch.nn.utils.parametrize`` has put another in its place."""
    return type(module).__mro__[1] if is_parametrized(module) else type(module)


def _is_leaf(module: nn.Module) -> bool:
    """What torch.fx takes for one step: torch's own modules but for containers."""
    containers = (nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.ParameterList, nn.ParameterDict)
    return class_of(module).__module__.startswith("torch.nn.modules") and not isinstance(module, containers)


def leaves(module: nn.Module) -> dict[str, nn.Module]:
    """Path -> module for all of torch's own layers in a tree, in the order of registration."""
    return {name: child for name, child in module.named_modules(remove_duplicate=False) if _is_leaf(child)}


def _graph(body: nn.Module) -> fx.Graph:
    """The graph, with what is computed from loose weights where that can be recorded."""
    with suppress(Exception):
        return tracing.recorded(body, leaves(body), INPUT, loose=True)
    try:
        return tracing.recorded(body, leaves(body), INPUT, loose=False)
    except Exception as error:  # whatever a stranger's forward does with a stand-in for its input
        message = N_(
            "{module} cannot be opened layer by layer, its forward does more than apply layers ({reason}): "
            "write it without branches on values, or record it, for which it only has to run."
        )
        raise UntraceableError(message, module=class_of(body).__name__, reason=_first_line(error)) from error


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
        self._shapes: dict[
            fx.Node, Shape
        ] = {}  # of its tensor, or of what the tensors of a tuple are parts of
        self._layouts: dict[fx.Node, Layout] = {}
        self._inner: dict[fx.Node, Pattern | None] = {}  # what steps without maps read, from the layers on

    def run_node(self, n: fx.Node) -> Any:
        """One step: its origins are the layers, or the input, that its tensors come from."""
        before = tuple(dict.fromkeys(o for node in n.all_input_nodes for o in self._origins.get(node, ())))
        name = self._name(n) if before else str(n.target)
        try:
            result = super().run_node(n)
        except Exception as error:
            message = N_("{layer} does not fit what reaches it: {reason}")
            raise UserError(message, layer=name, reason=_first_line(error)) from error
        if n.op == "placeholder":
            self._origins[n], self._shapes[n] = (INPUT,), tuple(result.shape)
            self._layouts[n] = layouts.plain(result.dim())
        elif isinstance(result, Tensor) and n.op.startswith("call_") and before:
            self._step(n, self._layer(n, name, before, result), tuple(result.shape))
        elif before and isinstance(result, tuple | list) and any(isinstance(one, Tensor) for one in result):
            source = next(node for node in n.all_input_nodes if node in self._shapes)
            self._origins[n] = before
            self._shapes[n], self._layouts[n] = self._shapes[source], self._layouts[source]
            if source in self._inner:
                self._inner[n] = self._inner[source]
        return result

    def _step(self, node: fx.Node, layer: Layer, shape: Shape) -> None:
        """Enter a step: a layer, or what stands between two layers, as its values are no maps."""
        source = next(one for one in node.all_input_nodes if one in self._shapes)
        before, call, reads = self._layouts[source], layer_kinds.call_of(node), layer.reads
        if before != layouts.plain(len(before)) and layer_kinds.of(layer.kind).merge:
            reads = ITSELF  # of two tensors that lie alike
        args, kwargs = self.fetch_args_kwargs_from_env(node)
        behind = layouts.plain(len(shape))
        if isinstance(reads, Along) or call in layouts.MOVES:
            given = (*args[1:], *kwargs.values())
            behind = layouts.after(call, given, before, (self._shapes[source], shape))
        self._shapes[node], self._layouts[node] = shape, behind
        inner = [self._inner[one] for one in node.all_input_nodes if one in self._inner]
        if inner or (call in layouts.MOVES and not layouts.has_maps(behind)):
            reads = layouts.reads(call, reads, before, behind)
        for pattern in inner:
            reads = layouts.joined(pattern, reads)
        if layouts.has_maps(behind) or any(user.op == "output" for user in node.users):
            kind = "Reshape" if inner and layer.kind == "Flatten" else layer.kind
            placed = behind == layouts.plain(len(behind))
            self.layers[node] = replace(layer, kind=kind, reads=reads if placed else None)
            self._origins[node] = (layer.name,)
        else:
            self._origins[node], self._inner[node] = layer.inputs, reads

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
            kind, settings = class_of(module).__name__, dict(vars(module))
        else:
            kind = layer_kinds.kind_of_call(node)
            settings = dict(zip(layer_kinds.of(kind).parameters, args[1:], strict=False)) | kwargs
            if isinstance(settings.get("weight"), Tensor):
                settings["kernel_size"] = tuple(settings["weight"].shape[2:])
        read = next((self._shapes[one] for one in node.all_input_nodes if one in self._shapes), result.shape)
        after, rule = tuple(result.shape[1:]), layer_kinds.of(kind).reads
        reads = rule(settings, tuple(read[1:]), after) if rule else None
        named = {key: value for key, value in settings.items() if key != "training" and key[0] != "_"}
        plain = {key: value for key, value in named.items() if _is_plain(value)}
        return Layer(name, kind, before, after, settings=plain, reads=reads)


def _is_plain(value: object) -> bool:
    parts = value if isinstance(value, tuple | list) else [value]
    return all(isinstance(part, int | float | str) for part in parts)
