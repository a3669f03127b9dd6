"""What onnx2torch made of a file, recorded: PyTorch's own layers and functions, and nothing else.

Its modules run on stand-ins whose shapes are known and whose values are not; what is constant is computed.
"""

import math
import operator
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, fx, nn

from convlab.errors import N_, UserError
from convlab.networks import foreign, layer_kinds
from convlab.networks.foreign import MAX_VALUES
from convlab.networks.graph import stand_in

_MOST_FOLDED = 1024  # values of a constant that is computed from others; shapes have four
_KEEPING = ("OnnxTranspose", "OnnxCopyIdentity", "OnnxCast", "OnnxReshape")  # they enlarge no constant


def recorded(made: fx.GraphModule, shape: tuple[int, int, int]) -> "OnnxNetwork":
    """The network in eval mode, for pictures [C, H, W]. Raises UserError where a step is not opened."""
    recorder = _Recorder(shape)
    result = _Replay(made, recorder).run(recorder.pictures)
    if not isinstance(result, fx.Proxy):
        raise TypeError("no tensor is put out")
    recorder.graph.output(result.node)
    return OnnxNetwork(recorder.root, recorder.graph).eval()


class OnnxNetwork(nn.Module):
    """PyTorch's own layers and functions in the order in which the file has them."""

    def __init__(self, layers: nn.Module, graph: fx.Graph) -> None:
        super().__init__()
        vars(self)["_modules"], vars(self)["_parameters"] = layers._modules, layers._parameters
        vars(self)["_buffers"] = layers._buffers
        self.steps = graph

    def forward(self, x: Tensor) -> Tensor:
        """What the last step puts out for pictures [N, C, H, W]."""
        result: Tensor = fx.Interpreter(self, graph=self.steps).run(x)
        return result


class _Shaped(fx.Proxy):
    """Stands in for a tensor of a picture: its shape and type are known, its values are not."""

    like: Tensor | tuple[Tensor, ...]

    @property
    def shape(self) -> torch.Size:
        """As a tensor's."""
        assert isinstance(self.like, Tensor)
        return self.like.shape

    @property
    def dtype(self) -> torch.dtype:
        """As a tensor's."""
        assert isinstance(self.like, Tensor)
        return self.like.dtype

    @property
    def device(self) -> torch.device:
        """Constants are on the CPU."""
        return torch.device("cpu")

    def dim(self) -> int:
        """As a tensor's."""
        return len(self.shape)

    def size(self, axis: int | None = None) -> Any:
        """As a tensor's."""
        return self.shape if axis is None else self.shape[axis]

    def is_floating_point(self) -> bool:
        """As a tensor's."""
        return self.dtype.is_floating_point


class _Recorder(fx.Tracer):
    """Writes down each function and layer that runs, and what shape it puts out."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        super().__init__()
        self.root = nn.Module()
        self.graph = fx.Graph(tracer_cls=type(self))
        self.tensor_attrs = {}
        self._names: dict[int, tuple[str, Tensor]] = {}
        self.pictures = self.proxy(self.create_node("placeholder", "pictures", (), {}))
        self.pictures.like = torch.empty(1, *shape, device="meta")

    def proxy(self, node: fx.Node) -> _Shaped:
        """With the shape that ``create_proxy`` finds."""
        return _Shaped(node, self)

    def create_arg(self, a: Any) -> Any:
        """A constant becomes a weight of the network."""
        if not isinstance(a, Tensor):
            return super().create_arg(a)
        name, _kept = self._names.setdefault(id(a), (f"constant{len(self._names)}", a))
        if not hasattr(self.root, name):
            if a.is_floating_point():
                self.root.register_parameter(name, nn.Parameter(a))
            else:
                self.root.register_buffer(name, a)
        return self.create_node("get_attr", name, (), {})

    def create_proxy(self, kind: str, target: Any, args: Any, kwargs: Any, *rest: Any, **more: Any) -> Any:
        """A step, once its shape is known and within bounds."""
        args, kwargs = (fx.node.map_aggregate(given, _plain) for given in (args, kwargs))
        if target is operator.getitem and isinstance(args[1], list):
            args = (args[0], tuple(args[1]))
        like = self._run(kind, target, args, kwargs)
        if target is torch.reshape:  # of one picture: of many, each is reshaped alike
            target, args, kwargs = torch.reshape, (args[0], (-1, *like.shape[1:])), {}
            if like.dim() == 2:
                target, args = torch.flatten, (args[0], 1)
        found = super().create_proxy(kind, target, args, kwargs, *rest, **more)
        assert isinstance(found, _Shaped)
        found.like = like
        return found

    def layer(self, name: str, module: nn.Module, x: Any) -> Any:
        """One of PyTorch's layers as a step."""
        self.root.add_module(name, module)
        return self.create_proxy("call_module", name, (x,), {})

    def _run(self, kind: str, target: Any, args: Any, kwargs: Any) -> Any:
        """What a step puts out, on "meta": without values, and without memory."""

        def bare(value: Any) -> Any:
            found = value.like if isinstance(value, _Shaped) else value
            return found.to("meta") if isinstance(found, Tensor) else found

        args, kwargs = (fx.node.map_aggregate(given, bare) for given in (args, kwargs))
        if kind == "call_module":
            result = stand_in(self.root.get_submodule(target), lambda tensor: tensor.to("meta"))(*args)
        elif kind == "call_method":
            result = getattr(args[0], target)(*args[1:], **kwargs)
        else:
            result = target(*args, **kwargs)
        for part in result if isinstance(result, tuple | list) else (result,):
            if isinstance(part, Tensor) and math.prod(part.shape) > MAX_VALUES:
                told = N_("A layer of this network puts out {count} values and may put out {limit}.")
                raise UserError(told, count=math.prod(part.shape), limit=MAX_VALUES)
        return result


def _plain(value: Any) -> Any:
    """A number for a tensor that holds one; ends of a slice too."""
    if isinstance(value, slice):
        return slice(*map(_plain, (value.start, value.stop, value.step)))
    if isinstance(value, Tensor):
        return value.item() if value.dim() == 0 else value
    if isinstance(value, fx.Proxy | bool) or not hasattr(value, "__index__"):
        return value
    return operator.index(value)


class _Replay(fx.Interpreter):
    """Runs what onnx2torch made, on stand-ins: constants are computed, all else is recorded."""

    def __init__(self, made: fx.GraphModule, recorder: _Recorder) -> None:
        super().__init__(made, garbage_collect_values=False)
        self._recorder = recorder

    def call_module(self, target: Any, args: Any, kwargs: Any) -> Any:
        """A layer of PyTorch's is a step; a module of onnx2torch's runs, and its functions are steps."""
        module = self.fetch_attr(str(target))
        given = [*args, *kwargs.values()]
        if not any(isinstance(value, _Shaped) for value in _flat(given)):
            return _folded(module, args, kwargs)
        return self._step(str(target), module, args, kwargs)

    def _step(self, name: str, module: nn.Module, args: Any, kwargs: Any) -> Any:
        kind = type(module).__name__
        if isinstance(module, nn.Sequential):  # a padding, and what it is for
            (x,) = args
            for n, part in enumerate(module):
                x = self._step(f"{name}_{n}", part, (x,), {})
            return x
        if type(module).__module__.startswith("torch.nn.modules"):
            if kind not in layer_kinds.KINDS:
                told = N_("This network has a layer of the kind {kind}, which ConvLab does not open.")
                raise UserError(told, kind=kind)
            return self._recorder.layer(name, module, args[0])
        if kind == "OnnxMatMul":
            if not isinstance(args[1], Tensor) or args[1].dim() != 2:
                raise foreign.no_maps(N_("This network"))
            return self._recorder.layer(name, _linear(args[1]), args[0])
        if kind == "OnnxHardSigmoid" and _is_pytorchs(module):
            return self._recorder.layer(name, nn.Hardsigmoid(), args[0])
        if kind in ("OnnxDropoutDynamic", "OnnxCopyIdentity"):
            return args[0]
        return module(*args, **kwargs)


def _is_pytorchs(module: Any) -> bool:
    """Whether a HardSigmoid is the one that PyTorch has."""
    return math.isclose(module.alpha, 1 / 6, rel_tol=1e-4) and module.beta == 0.5


def _linear(weight: Tensor) -> nn.Linear:
    """x @ weight as a layer."""
    made = nn.Linear(weight.shape[0], weight.shape[1], bias=False, device="meta")
    made.weight = nn.Parameter(weight.T.contiguous())
    return made


def _flat(values: Any) -> Iterator[Any]:
    for value in values:
        yield from _flat(value) if isinstance(value, list | tuple) else (value,)


def _folded(module: nn.Module, args: Any, kwargs: Any) -> Any:
    """A constant that is computed from constants. Raises UserError where that might fill the memory."""
    sizes = [value.numel() for value in _flat([*args, *kwargs.values()]) if isinstance(value, Tensor)]
    if max(sizes, default=0) > _MOST_FOLDED and type(module).__name__ not in _KEEPING:
        raise UserError(N_("This ONNX file computes weights from weights: export it with constants folded."))
    with torch.no_grad():
        return module(*args, **kwargs)
