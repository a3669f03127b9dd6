"""Cut into a copy of a trained network: edit or silence a kernel, prune the smallest weights (footnote 2)."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from convlab.datasets.dataset import Split
from convlab.errors import N_, UserError, check_range, chosen
from convlab.networks import edits, pruning
from convlab.networks.edits import Edits, Place
from convlab.probing.evaluation import evaluate
from convlab.probing.probe import Probe


def convolutions(network: nn.Module) -> dict[str, nn.Conv2d]:
    """A network's convolutions by the names of their modules, in order; one that runs often counts once."""
    return {name: module for name, module in network.named_modules() if isinstance(module, nn.Conv2d)}


def edited(
    probe: Probe, layer: str, out_channel: int, in_channel: int | None, value: float | Tensor
) -> Probe:
    """A copy of a network with one kernel replaced; the bias stays. ``value`` 0 silences the kernel.

    In_channel is the channel that the kernel reads, None for the whole of it, all input channels. The value
    is one finite number for all weights, or float [kh, kw] ([in_channels, kh, kw] where in_channel is None).
    Raises UserError for no such layer or channel, or a value of another shape or not finite.
    """
    conv = _convolution(probe, layer)
    check_range("out_channel", out_channel, 0, len(conv.weight) - 1)
    if in_channel is not None:
        check_range("in_channel", in_channel, 0, conv.weight.shape[1] - 1)
    place = (out_channel,) if in_channel is None else (out_channel, in_channel)
    kernel = torch.as_tensor(value, dtype=conv.weight.dtype, device=conv.weight.device)
    wanted, given = conv.weight[place].shape, kernel.shape
    if given and given != wanted:
        sentence = N_("This kernel of {layer} has the shape {wanted}, not {given}.")
        raise UserError(sentence, layer=layer, wanted=list(wanted), given=list(given))
    whole = kernel.expand(wanted) if in_channel is None else kernel.expand(wanted)[None]
    first = in_channel or 0
    kernels = {Place(layer, out_channel, first + n): edits.grid_of(grid) for n, grid in enumerate(whole)}
    return replace(probe, network=edits.applied(probe.network, Edits(kernels)))


def knock_outs(probe: Probe, split: Split, layer: str) -> Iterator[float]:
    """Accuracy, 0..1, without each kernel of a layer in turn, as soon as it is known; or a UserError."""
    channels = len(_convolution(probe, layer).weight)
    silenced = (edited(probe, layer, channel, None, 0.0) for channel in range(channels))
    return (evaluate(without, split.images, split.labels).accuracy for without in silenced)


@dataclass(frozen=True)
class Pruned:
    """A copy with weights at 0: ``zeros`` of all ``weights``, biases and batch norm not counted."""

    probe: Probe
    zeros: int
    weights: int


def pruned(probe: Probe, share: float) -> Pruned:
    """A copy of a network whose smallest weights, by size, are 0: that share of every layer.

    The first half of the lottery ticket (Frankle and Carbin 2019, https://arxiv.org/abs/1803.03635); the
    other half trains what is left once more, from its first values. The share is 0..1, or a UserError, of
    each convolution's and Linear layer's weights, rounded to whole weights.
    """
    check_range("share", share, 0, 1)
    network = copy.deepcopy(probe.network)
    pruning.hold(network, pruning.masks(network, share))
    weights = [weight.detach() for weight in pruning.pruned_layers(network).values()]
    zeros = sum(int((weight == 0).sum()) for weight in weights)
    return Pruned(replace(probe, network=network), zeros, sum(map(torch.numel, weights)))


def _convolution(probe: Probe, layer: str) -> nn.Conv2d:
    sentence = N_("This network has no convolution {key}: choose one of {keys}.")
    return chosen(convolutions(probe.network), layer, sentence)
