"""What the lab is told of the insides of layers: the open map unfolded, and how units are made."""

from math import prod

import torch

from convlab.networks import layer_kinds, recipes, unfolding
from convlab.networks.graph import INPUT, Layer
from convlab.networks.layer_kinds import ITSELF, Transposed, Window
from convlab.networks.receptive_field import Unit
from convlab.networks.recipes import Recipe
from convlab.networks.recording import Recording
from convlab.ui.components.network_lab import LadderShown
from convlab.ui.feature_maps.forward import ForwardPass

_MOST_INPUTS = 32  # maps with a column of their own
_MOST_VALUES = 2**18  # of partial maps, 1 MiB
_FEWEST_INPUTS = 8  # whatever their size
_MOST_WEIGHTS = 2**17  # that go along with every message, 512 KiB
_PASSED_ON = {"Identity", "Flatten", "Dropout", "Dropout1d", "Dropout2d", "AlphaDropout"}


def ladder(forward: ForwardPass, name: str, unit: Unit) -> LadderShown | None:
    """Every map that the open one reads; of many, those first that give the open unit the most."""
    if name == INPUT or not unfolding.has_kernels(forward.network.layer(name)):
        return None
    channel, row, col = unit
    found = unfolding.unfold(forward.recording, name, channel)
    count = len(found.partial)
    most = max(_FEWEST_INPUTS, min(_MOST_INPUTS, _MOST_VALUES // max(1, prod(found.values.shape))))
    order = list(range(count)) if count <= most else found.strongest(row, col)
    shown, others = order[:most], order[most:]
    reads = found.layer.reads
    window = reads.forward if isinstance(reads, Transposed) else reads
    assert isinstance(window, Window)
    partial = found.partial[shown]
    if others:
        partial = torch.cat([partial, found.partial[others].sum(0, keepdim=True)])
    return LadderShown(
        layer=forward.names.index(name),
        channel=channel,
        source=forward.names.index(found.source),
        first=found.channels[0],
        maps=[found.channels[0] + n for n in shown],
        mode=window.padding_mode,
        others=len(others),
        bias=found.bias,
        kernels=found.kernels[shown].float(),
        partial=partial.float(),
    )


def after(recording: Recording, name: str) -> Layer | None:
    """What turns the values of a convolution or a Linear layer one by one, such as its activation."""
    assert recording.network is not None
    layer = recording.network.layer(name)
    if not unfolding.has_kernels(layer) and layer_kinds.of(layer.kind).parts != "linear":
        return None
    readers = (one for one in recording.layers if one.inputs == (name,) and one.reads == ITSELF)
    return next((one for one in readers if one.kind not in _PASSED_ON), None)


def made(forward: ForwardPass, opened: str, sent: set[str] | None = None) -> dict[str, Recipe]:
    """How the units of each layer are made, of those whose values are ``sent``; None: of all.

    Where all weights are too many, only the open layer's are there.
    """
    layers = [layer for layer in forward.recording.layers if sent is None or layer.name in sent]
    found = {layer.name: _made(forward, layer) for layer in layers}
    known = {name: recipe for name, recipe in found.items() if recipe is not None}
    if sum(map(_size, known.values())) > _MOST_WEIGHTS:
        known = {n: r for n, r in known.items() if not r.tensors or n == opened}
    return {name: recipe for name, recipe in known.items() if _size(recipe) <= _MOST_WEIGHTS}


def _made(forward: ForwardPass, layer: Layer) -> Recipe | None:
    if layer.parameters + layer.shared_parameters > _MOST_WEIGHTS:
        return None  # before they are copied
    return recipes.recipe(forward.recording, layer)


def _size(recipe: Recipe) -> int:
    return sum(tensor.numel() for tensor in recipe.tensors.values())
