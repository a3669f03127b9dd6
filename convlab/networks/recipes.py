"""What all units of a layer are made from, whole tensors at a time: enough to take any apart elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from convlab.networks import layer_kinds, units
from convlab.networks.graph import Layer
from convlab.networks.layer_kinds import ITSELF, Along, Bins, Sliding, Window
from convlab.networks.modes import DROPOUTS
from convlab.networks.recording import Recording
from convlab.networks.unfolding import has_kernels, kernels_of

_MAPS = Along(frozenset((0, 1)))  # each unit reads one map whole


@dataclass(frozen=True)
class Recipe:
    """How the units of a layer are made.

    Attributes:
        how: a key of ``units.PARTS``, "merge", "concat", "dropout" in train(), or "itself" where a unit
            passes one value on.
        numbers: what else it takes, ready for JSON.
        tensors: float32, by name.
    """

    how: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    tensors: Mapping[str, Tensor] = field(default_factory=dict)


def recipe(recording: Recording, layer: Layer) -> Recipe | None:
    """A recorded layer's; None for what mixes too much to be told so, and for maps that are no maps."""
    network, kind = recording.network, layer_kinds.of(layer.kind)
    shapes = [network.shape(name) for name in layer.inputs] if network else []
    if network is None or not shapes or any(len(shape) not in (1, 3) for shape in (layer.shape, *shapes)):
        return None
    if kind.merge or layer.kind == "Concat":
        alike = all(len(shape) == len(layer.shape) for shape in shapes)
        joined = kind.merge is None or len(shapes) > 1
        return Recipe("merge" if kind.merge else "concat", {"kind": layer.kind}) if alike and joined else None
    tensors = network.tensors(layer.name)
    if has_kernels(layer):
        return _convolution(layer, tensors)
    if kind.parts == "linear" and len(shapes[0]) == 1:
        return Recipe("linear", tensors={name: t.float() for name, t in tensors.items()})
    if kind.parts in ("largest", "mean"):
        return _pool(layer, kind.parts, shapes[0])
    if kind.parts == "batch_norm":
        statistics = units.statistics(layer, tensors, recording.outputs[layer.inputs[0]], recording.training)
        steady = layer.settings.get("track_running_stats", True) and recording.training is None
        numbers = {"eps": float(layer.settings.get("eps", 1e-5)), "steady": bool(steady)}
        return Recipe("batch_norm", numbers, {name: t.float() for name, t in statistics.items()})
    return _passing(layer, recording.training is not None)


def _passing(layer: Layer, in_training: bool) -> Recipe | None:
    """Of what makes each value from one alone."""
    if in_training and layer.kind in DROPOUTS:
        return Recipe("dropout", {"p": float(layer.settings.get("p", 0.5))})
    passes = layer.reads == ITSELF or (layer.kind == "Flatten" and len(layer.shape) == 1)
    return Recipe("itself", {"kind": layer.kind}) if passes else None


def _convolution(layer: Layer, tensors: Mapping[str, Tensor]) -> Recipe | None:
    if "weight" not in tensors:
        return None
    assert isinstance(layer.reads, Sliding)
    window = layer.reads if isinstance(layer.reads, Window) else layer.reads.forward
    kernels = kernels_of(layer.reads, tensors["weight"])
    given = {"weight": kernels, **({"bias": tensors["bias"]} if "bias" in tensors else {})}
    numbers = {"groups": window.groups, "mode": window.padding_mode, "read": kernels.shape[1]}
    return Recipe("convolution", numbers, {name: tensor.float() for name, tensor in given.items()})


def _pool(layer: Layer, how: str, before: tuple[int, ...]) -> Recipe | None:
    """A pool of maps one by one; how many values count for each row of units, and each column."""
    if len(before) != 3 or not (isinstance(layer.reads, Window | Bins) or layer.reads == _MAPS):
        return None
    if how == "largest":
        return Recipe(how)
    sizes = layer.shape[1:] if len(layer.shape) == 3 else (1, 1)
    counts = [
        [units.counted(layer, axis, at, before[axis + 1]) for at in range(sizes[axis])] for axis in (0, 1)
    ]
    return Recipe(how, {"counts": counts, "divisor": int(layer.settings.get("divisor_override", 0) or 0)})
