"""A network in train() mode: dropout drops, and batch norm takes its statistics from the batch (8.5.2)."""

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from convlab.errors import N_, UserError
from convlab.networks.designs import seeded
from convlab.networks.graph import Layer, Network, Walker, stand_in

BATCH_NORMS = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d")
DROPOUTS = ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d")
_WHOLE_MAPS = ("Dropout1d", "Dropout2d", "Dropout3d")


def too_few() -> UserError:
    """Why batch norm cannot run on this batch in train()."""
    sentence = N_(
        "Batch norm has one value a channel here and cannot take its variance: "
        "choose another batch_size, so that the last batch has 2 pictures or more."
    )
    return UserError(sentence)


@dataclass(frozen=True, eq=False)
class Training:
    """What train() needs besides the pictures: ``others`` beside them in the batch, [N, C, H, W], and a seed.

    The others are prepared as the pictures are; N may be 0. The seed is that of dropout.
    """

    others: Tensor
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Statistics:
    """What a batch norm may take: mean and variance of each channel, float64 [C], of the batch and running.

    The variance is PyTorch's in train(): the mean square, without Bessel's correction. Running ones are None
    where the layer keeps none.
    """

    mean: Tensor
    variance: Tensor
    running_mean: Tensor | None
    running_variance: Tensor | None


@dataclass(frozen=True)
class Differences:
    """What train() mode made different, by layer.

    Attributes:
        statistics: of each batch norm.
        dropped: of each dropout where it put a 0 in place of another value: bool [C] where whole maps are
            dropped, else as the layer's output.
    """

    statistics: Mapping[str, Statistics]
    dropped: Mapping[str, Tensor]

    def maps(self, layer: str) -> tuple[int, ...]:
        """The numbers of the maps, or entries of a vector, that a layer dropped; () for other layers."""
        found = self.dropped.get(layer)
        return tuple(found.nonzero().flatten().tolist()) if found is not None and found.dim() == 1 else ()


def kinds_that_differ(module: nn.Module) -> tuple[str, ...]:
    """PyTorch's names of a module's layers that do another thing in train() than in eval(), sorted."""
    of_torch = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)
    return tuple(sorted({type(part).__name__ for part in module.modules() if isinstance(part, of_torch)}))


def untouched(module: nn.Module) -> bool:
    """Whether a module has batch norm, and all running statistics are as they began: mean 0, variance 1."""
    norms = [part for part in module.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
    kept = [(part.running_mean, part.running_var) for part in norms]
    return bool(kept) and all(
        mean is not None and variance is not None and not mean.any() and bool((variance == 1).all())
        for mean, variance in kept
    )


def walk(
    network: Network, x: Tensor, training: Training, keep: Callable[[Layer, Tensor], None]
) -> Differences:
    """Run pictures in train() mode, together with the others; ``keep`` gets each layer's output for ``x``.

    The outputs are those of ``torch.manual_seed(seed); module.train()(batch)``. Weights, running statistics
    and PyTorch's generator stay as they were. Raises UserError where batch norm has one value a channel.
    """
    batch = torch.cat([x, training.others.to(x)])
    running = {id(buffer) for buffer in network.body.buffers()}
    body = stand_in(network.body, lambda tensor: tensor.clone() if id(tensor) in running else tensor).train()
    walker = _InTraining(replace(network, body=body))
    try:
        return seeded(lambda: _walked(network, walker, batch, len(x), keep), training.seed)
    except ValueError as error:
        if "more than 1 value per channel" in str(error):
            raise too_few() from error
        raise


def _walked(
    network: Network, walker: Walker, batch: Tensor, count: int, keep: Callable[[Layer, Tensor], None]
) -> Differences:
    statistics, dropped = dict[str, Statistics](), dict[str, Tensor]()
    asked = {layer.inputs[0] for layer in network.layers if layer.kind in BATCH_NORMS + DROPOUTS}
    entered = {name: batch for name in asked if name not in {layer.name for layer in network.layers}}
    for layer, output in walker.walk(batch):
        if layer.kind in BATCH_NORMS:
            statistics[layer.name] = _statistics(entered[layer.inputs[0]], network.tensors(layer.name))
        elif layer.kind in DROPOUTS:
            dropped[layer.name] = _dropped(layer, entered[layer.inputs[0]][0], output[0])
        if layer.name in asked:
            entered[layer.name] = output.clone()  # the next layer may work in place
        keep(layer, output[:count])
    return Differences(statistics, dropped)


def _statistics(batch: Tensor, tensors: Mapping[str, Tensor]) -> Statistics:
    axes = [axis for axis in range(batch.dim()) if axis != 1]
    mean, running = batch.double().mean(axes), [tensors.get(f"running_{name}") for name in ("mean", "var")]
    kept = (None if tensor is None else tensor.double().clone() for tensor in running)
    return Statistics(mean, batch.double().var(axes, correction=0), *kept)


def _dropped(layer: Layer, before: Tensor, after: Tensor) -> Tensor:
    gone = (after == 0) & (before != 0)
    if layer.kind in _WHOLE_MAPS and gone.dim() > 1:
        return gone.flatten(1).any(1) & (after == 0).flatten(1).all(1)
    return gone


class _InTraining(Walker):
    """Runs the graph, recorded in eval mode, over a body in train mode."""

    def call_function(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A function that is told the mode, such as ``F.dropout``, is told this one."""
        with suppress(TypeError, ValueError):  # a function of C tells no signature, and is told no mode
            given = inspect.signature(target).bind(*args, **kwargs)
            if "training" in given.arguments:
                given.arguments["training"] = True
                args, kwargs = given.args, given.kwargs
        return super().call_function(target, args, kwargs)
