"""What every layer of a network put out for some pictures; hooks that always come off.

A recording is always made in eval mode, on a stand-in that shares the module's tensors (``layers.stand_in``).
The module's mode, hooks, running statistics and gradients are never touched, no random number is drawn, and
two threads may record the same module at once.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from convlab.networks import layer_kinds
from convlab.networks.graph import INPUT, Layer, Network, UntraceableError, Walker, leaves, stand_in, trace


@dataclass(frozen=True)
class Recording:
    """Outputs of one forward pass.

    Attributes:
        layers: in the order in which they ran.
        outputs: layer name -> tensor [N, ...] as the layer gave it, and "input" -> the pictures.
        network: the graph; None for a module that cannot be traced, of which only torch's own layers are
            recorded and ``Layer.inputs`` is empty.
    """

    layers: tuple[Layer, ...]
    outputs: dict[str, Tensor]
    network: Network | None

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


def record(module: nn.Module, x: Tensor) -> Recording:
    """Every layer's output for pictures [N, C, H, W], bit for bit those of ``module.eval()(x)``.

    Functions of the forward (``F.max_pool2d``, ``torch.tanh``, +) are layers like modules. Where the forward
    cannot be traced the outputs come from forward hooks instead, of torch's own modules only. Raises
    UserError where a layer does not fit what reaches it.
    """
    outputs: dict[str, Tensor] = {INPUT: x.detach().clone()}
    with torch.no_grad():
        try:
            network = trace(module, tuple(x.shape[1:]))
        except UntraceableError:
            return Recording(_watched(module, x, outputs), outputs, None)
        for layer, output in Walker(network).walk(x):
            outputs[layer.name] = output.clone()  # the next layer may work in place
    return Recording(network.layers, outputs, network)


@contextmanager
def watching(module: nn.Module, visit: Callable[[str, nn.Module, Tensor], None]) -> Iterator[None]:
    """Forward hooks on all of torch's own layers in a module, that come off on leaving, errors or not.

    Args:
        module: hooked itself: give ``stand_in(module)`` if others use it.
        visit: called with path, layer and output each time a layer has run.
    """

    def call(path: str, layer: nn.Module, inputs: object, output: object) -> None:
        if isinstance(output, Tensor):
            visit(path, layer, output)

    with ExitStack() as hooks:
        for path, leaf in leaves(module).items():
            hooks.enter_context(leaf.register_forward_hook(partial(call, path)))
        yield


def _watched(module: nn.Module, x: Tensor, outputs: dict[str, Tensor]) -> tuple[Layer, ...]:
    layers: list[Layer] = []
    uses: Counter[str] = Counter()

    def keep(path: str, leaf: nn.Module, output: Tensor) -> None:
        uses[path] += 1
        name = path if uses[path] == 1 else f"{path}#{uses[path]}"
        outputs[name] = output.clone()
        count = sum(parameter.numel() for parameter in leaf.parameters())
        layers.append(Layer(name, type(leaf).__name__, (), tuple(output.shape[1:]), count))

    twin = stand_in(module)
    with watching(twin, keep):
        twin(x.clone())
    return tuple(layers)


def facts(layer: Layer, output: Tensor) -> Facts:
    """The output [N, ...] of a recorded layer in numbers."""
    values = output.double()
    maps = values.movedim(1, 0).flatten(1) if output.dim() == 4 else values.new_zeros(0, 1)  # [C, N*H*W]
    rectified = layer_kinds.of(layer.kind).rectifies
    dead = [channel for channel, row in enumerate(maps) if rectified and not row.any()]
    flat = [channel for channel, row in enumerate(maps) if maps.shape[1] > 1 and bool((row == row[0]).all())]
    return Facts(
        shape=tuple(output.shape),
        minimum=float(values.min()),
        maximum=float(values.max()),
        mean=float(values.mean()),
        zeros=float((output == 0).double().mean()),
        dead=tuple(dead),
        constant=tuple(channel for channel in flat if channel not in dead),
    )
