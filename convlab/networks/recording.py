"""What every layer of a network put out for some pictures; hooks that always come off.

A recording is made in eval mode, or as in train mode where that is asked for, on a stand-in that shares the
module's tensors (``graph.stand_in``). The module's mode, hooks, running statistics and gradients are never
touched, PyTorch's generator stays as it is, and two threads may record the same module at once.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial

import torch
from torch import Tensor, nn

from convlab.networks import graph, layer_kinds, modes
from convlab.networks.graph import INPUT, Layer, Network, stand_in
from convlab.networks.modes import Differences, Training
from convlab.networks.parameters import Ledger, frozen_names


@dataclass(frozen=True)
class Recording:
    """Outputs of one forward pass: layer name, or "input" -> tensor [N, ...]; layers in the order of running.

    There is no network for a module that cannot be traced: then only torch's own layers are recorded, and
    ``Layer.inputs`` is empty. ``training`` is what train mode made different; None for a pass in eval mode.
    """

    layers: tuple[Layer, ...]
    outputs: dict[str, Tensor]
    network: Network | None
    training: Differences | None = None

    @cached_property
    def told(self) -> dict[str, "Facts"]:
        """Each layer's output in numbers, worked out once."""
        return {layer.name: facts(layer, self.outputs[layer.name]) for layer in self.layers}

    @property
    def result(self) -> Tensor:
        """What the last layer put out."""
        return self.outputs[self.layers[-1].name]


@dataclass(frozen=True)
class Facts:
    """One layer's output in numbers, over all recorded pictures.

    Attributes:
        shape: [N, ...].
        minimum, maximum, mean: of all values.
        zeros: share of values that are exactly 0, 0..1.
        dead: channels that are 0 everywhere behind a ReLU: all was 0 or less, the filter did not fire.
        constant: other channels with the same value everywhere.
    """

    shape: tuple[int, ...]
    minimum: float
    maximum: float
    mean: float
    zeros: float
    dead: tuple[int, ...]
    constant: tuple[int, ...]


def record(module: nn.Module, x: Tensor, training: Training | None = None) -> Recording:
    """Every layer's output for pictures [N, C, H, W], bit for bit those of ``module.eval()(x)``.

    With ``training`` those of ``torch.manual_seed(seed); module.train()(torch.cat([x, others]))`` for ``x``,
    of a module that can be traced.

    Functions of the forward (``F.max_pool2d``, ``torch.tanh``, +) are layers like modules. Where the forward
    cannot be traced the outputs come from forward hooks instead, of torch's own modules only. Raises
    UserError where a layer does not fit what reaches it, and for pictures of another type or device.
    """
    outputs: dict[str, Tensor] = {INPUT: x.detach().clone()}
    with torch.no_grad(), graph.running(module, x):
        try:
            network = graph.trace(module, tuple(x.shape[1:]))
        except graph.UntraceableError:
            return Recording(_watched(module, x, outputs), outputs, None)
        return replay(network, x, training)


def replay(network: Network, x: Tensor, training: Training | None = None) -> Recording:
    """The same of a network that is open, for pictures of the shape that it was opened for."""
    outputs: dict[str, Tensor] = {INPUT: x.detach().clone()}
    with torch.no_grad(), graph.running(network.body, x):

        def keep(layer: Layer, output: Tensor) -> None:
            outputs[layer.name] = output.clone()  # the next layer may work in place

        if training is not None:
            return Recording(network.layers, outputs, network, modes.walk(network, x, training, keep))
        for layer, output in graph.Walker(network).walk(x):
            keep(layer, output)
    return Recording(network.layers, outputs, network)


@contextmanager
def watching(module: nn.Module, visit: Callable[[str, nn.Module, Tensor], None]) -> Iterator[None]:
    """Forward hooks on all of torch's own layers in a module, that come off on leaving, errors or not.

    They sit on the module itself: give ``stand_in(module)`` if others use it. ``visit`` gets path, layer,
    output.
    """

    def call(path: str, layer: nn.Module, inputs: object, output: object) -> None:
        if isinstance(output, Tensor):
            visit(path, layer, output)

    with ExitStack() as hooks:
        for path, leaf in graph.leaves(module).items():
            hooks.enter_context(leaf.register_forward_hook(partial(call, path)))
        yield


def _watched(module: nn.Module, x: Tensor, outputs: dict[str, Tensor]) -> tuple[Layer, ...]:
    twin = stand_in(module)
    layers: list[Layer] = []
    uses: Counter[str] = Counter()
    ledger = Ledger(twin, frozen_names(module))

    def keep(path: str, leaf: nn.Module, output: Tensor) -> None:
        uses[path] += 1
        name = path if uses[path] == 1 else f"{path}#{uses[path]}"
        outputs[name] = output.clone()
        counted = ledger.entry(name, leaf.parameters())
        layers.append(Layer(name, graph.class_of(leaf).__name__, (), tuple(output.shape[1:]), **counted))

    with watching(twin, keep):
        twin(x.clone())
    return tuple(layers)


def finite(recording: Recording) -> bool:
    """Whether all values are numbers: those of float32 end at 3.4e38."""
    return all(_is_finite(output) for output in recording.outputs.values())


def _is_finite(output: Tensor) -> bool:
    """By its ends, for which no mask has to be made: what is no number is the smallest and the largest."""
    return not output.numel() or all(end.isfinite() for end in output.aminmax())


def flat_maps(told: Facts, maps: Tensor) -> tuple[list[int], list[int]]:
    """Channels of one picture's maps [C, H, W] that are flat: 0 everywhere, and another value everywhere."""
    zero = [n for n in told.constant if not maps[n].any()]
    return sorted({*told.dead, *zero}), [n for n in told.constant if n not in zero]


def facts(layer: Layer, output: Tensor) -> Facts:
    """The output [N, ...] of a recorded layer in numbers."""
    values = output if output.dtype == torch.float32 else output.double()
    maps = values.movedim(1, 0).flatten(1) if output.dim() == 4 else values.new_zeros(0, 1)  # [C, N*H*W]
    low, high = maps.amin(1), maps.amax(1)
    flat, rectifies = low == high, layer_kinds.of(layer.kind).rectifies
    nothing = flat & (low == 0) & rectifies
    same = flat & ~nothing & (maps.shape[1] > 1)
    dead, constant = (tuple(found.nonzero().flatten().tolist()) for found in (nothing, same))
    zeros = float((values == 0).float().sum()) / values.numel()
    least, most, mean = map(float, (*values.aminmax(), values.mean(dtype=torch.float64)))
    return Facts(tuple(output.shape), least, most, mean, zeros, dead, constant)
