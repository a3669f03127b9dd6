"""Which pixels reach a unit: exactly, by autograd whatever the weights; in effect, by mean gradient."""

import itertools
import math
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, fx

from convlab.errors import N_, UserError
from convlab.networks import layer_kinds
from convlab.networks.graph import Layer, Network, Walker, running, stand_in
from convlab.networks.layer_kinds import Along, Bins, Transposed, Window
from convlab.networks.receptive_field import NOTHING, Field, Row, Unit, check_unit

_MOST_VALUES = 2**22  # that layers put out for pictures at once: as many as a stack may for one
_MOVING = ("Permute", "Flatten", "Getitem", "Concat", "chunk", "split")  # they only put values elsewhere
_SCALES = (0.3, 1.0, 3.0, 10.0)  # of the numbers that stand in for a layer's input


def footprint(network: Network, layer: str, unit: Unit) -> Tensor:
    """The pixels that can change a unit, whatever the weights: bool [H, W], True where any channel can.

    Autograd through the same graph, in float64. What leaves out or picks values (activations, dropout, max
    pooling, adding branches) becomes the sum of all that it can read. Every other layer runs as it is, with
    random weights, on random numbers of several sizes and both signs. Gradients are cut to "none" or "some"
    behind each layer, so that no path is lost to rounding in a deep network.

    A layer outside ``layer_kinds.KINDS`` that picks some of very many values may hide a few of them. Neither
    the network nor its module is changed. Raises UserError for no such layer or unit.
    """
    check_unit(network.layer(layer), unit)
    with torch.enable_grad():
        x = torch.zeros(1, *network.input_shape, dtype=torch.float64, requires_grad=True)
        return _gradient(_EveryPath(network), x, layer, unit)[0].ne(0).any(0)


def measured(network: Network, layer: str, unit: Unit) -> Row:
    """What one unit sees, as the receptive-field table would say it, where there is no rule for its layer.

    The hull of its exact footprint. Raises UserError for no such layer or unit.
    """
    seen, this = footprint(network, layer, unit), network.layer(layer)
    spans = []
    for axis in (1, 0):
        places = seen.any(axis).nonzero().flatten()
        spans.append((int(places[0]), int(places[-1]) + 1) if len(places) else NOTHING)
    (top, bottom), (left, right) = spans
    field = Field((bottom - top, right - left), (0, 0), (top, left))
    return Row(this, field, (field,), (), ((spans[0],), (spans[1],)))


def effective(network: Network, layer: str, unit: Unit, images: Tensor) -> Tensor:
    """How strongly each pixel moves a unit: |gradient| summed over channels, mean over pictures.

    It depends on weights and pictures: max pool and ReLU let only some paths through (Luo et al. 2016,
    https://arxiv.org/abs/1701.04128).

    The pictures are float32 [N, C, H, W], normalised as the network expects, which runs as in eval mode; the
    result is float32 [H, W], 0 and more. Raises UserError for no such layer or unit, or no pictures.
    """
    check_unit(network.layer(layer), unit)
    if len(images) == 0:
        raise UserError(N_("The effective receptive field needs at least one picture."))
    most = max(1, _MOST_VALUES // sum(math.prod(done.shape) for done in network.layers))
    found = []
    for some in images.split(most):
        with torch.enable_grad(), running(network.body, some):
            x = some.detach().clone().requires_grad_()
            found.append(_gradient(Walker(network), x, layer, unit).abs().sum(1))
    return torch.cat(found).mean(0)


def _gradient(walker: Walker, x: Tensor, layer: str, unit: Unit) -> Tensor:
    """Of the sum over all pictures of a unit, with respect to the pictures; like ``x``."""
    output = next(output for done, output in walker.walk(x) if done.name == layer)
    values = output.movedim(0, -1)[unit] if output.dim() else output
    (gradient,) = torch.autograd.grad(values.sum(), x, materialize_grads=True)
    return gradient


class _EveryPath(Walker):
    """Runs the graph with each layer replaced by one that hides no path; all layers put out zeros."""

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        self._parameters = {name for name, _ in network.body.named_parameters(remove_duplicate=False)}
        self._chance = torch.Generator().manual_seed(0)

    def run_node(self, n: fx.Node) -> Any:
        """A layer becomes the sum of what it reads where that is known; else it runs on random numbers."""
        if n.op == "placeholder":
            return super().run_node(n)
        layer = self.network.nodes.get(n)
        read = [node for node in n.all_input_nodes if node in self.env]
        plain = all(node in self.network.nodes or node.op == "placeholder" for node in read)
        inputs = [self.env[node] for node in read]
        output = _summed(layer, inputs) if layer is not None and plain else None
        if output is not None:
            if output.requires_grad:
                output.register_hook(lambda gradient: gradient.ne(0).to(gradient.dtype))
            return output
        moves = n.op != "call_module" and layer_kinds.kind_of_call(n) in _MOVING
        output = super().run_node(n) if moves else self._tried(n)
        if layer is None or not output.requires_grad:
            return output
        output = output - output.detach()
        # Not all alike: a layer that takes off the mean would cancel them.
        output.register_hook(lambda gradient: gradient.ne(0) * self._random(gradient).abs())
        return output

    def _tried(self, n: fx.Node) -> Any:
        """Sum of what a step gives for random numbers in place of its inputs; its gradients are theirs."""
        if n.op == "get_attr":
            return self._double(super().run_node(n), str(n.target) in self._parameters)
        total: Tensor | float = 0.0
        for scale, positive in itertools.product(_SCALES, (False, True)):
            result = self._once(n, scale, positive)
            if not isinstance(result, Tensor) or not result.requires_grad:
                return result
            total = total + result.nan_to_num()
        return total

    def _once(self, n: fx.Node, scale: float, positive: bool) -> Any:
        def drawn(value: Any) -> Any:
            if not isinstance(value, Tensor) or not value.requires_grad:
                return value
            noise = scale * self._random(value)
            read = value + (noise.abs() if positive else noise)
            read.register_hook(torch.nan_to_num)  # where a power or logarithm has no value
            return read

        args, kwargs = map(partial(fx.node.map_aggregate, fn=drawn), self.fetch_args_kwargs_from_env(n))
        if n.op != "call_module":
            return getattr(self, n.op)(n.target, args, kwargs)
        module = self.fetch_attr(str(n.target))
        weights = {id(parameter) for parameter in module.parameters()}
        return stand_in(module, lambda tensor: self._double(tensor, id(tensor) in weights))(*args, **kwargs)

    def _random(self, like: Tensor) -> Tensor:
        return torch.randn(like.shape, generator=self._chance, dtype=torch.float64)

    def _double(self, tensor: Tensor, redraw: bool) -> Tensor:
        """A layer's own tensor in float64; a weight counts whatever its value."""
        if not tensor.is_floating_point():
            return tensor
        return self._random(tensor) if redraw else tensor.detach().double()


def _summed(layer: Layer, inputs: list[Tensor]) -> Tensor | None:
    """The sum of all that each unit reads; None where the layer itself has to run."""
    x, reads = inputs[0], layer.reads
    if layer_kinds.of(layer.kind).merge:
        return torch.stack(torch.broadcast_tensors(*inputs)).sum(0)
    if layer.kind == "Linear":
        return x.sum(-1, keepdim=True).expand(*x.shape[:-1], layer.shape[-1])
    if isinstance(reads, Window):
        return _window_sum(layer, reads, x)
    if isinstance(reads, Transposed):
        return _spread_sum(layer, reads.forward, x)
    if isinstance(reads, Bins):
        return F.adaptive_avg_pool2d(x, reads.wanted)
    if isinstance(reads, Along) and not reads.groups:
        whole = x.sum([axis + 2 for axis in reads.axes], keepdim=True) if reads.axes else x
        return whole.expand(1, *layer.shape) if len(layer.shape) == x.dim() - 1 else whole.flatten(1)
    return None


def _window_sum(layer: Layer, window: Window, x: Tensor) -> Tensor:
    """Sum over each window, ghost pixels as the layer fills them; ``ceil_mode`` windows may hang over."""
    (top, bottom), (left, right) = window.padding
    mode = "constant" if window.padding_mode == "zeros" else window.padding_mode
    padded = F.pad(x, (left, right, top, bottom), mode)
    ends = [window.taps(axis, layer.shape[axis + 1] - 1)[-1] + 1 - x.shape[axis + 2] for axis in (0, 1)]
    over = F.pad(padded, (0, max(0, ends[1] - right), 0, max(0, ends[0] - bottom)))
    groups = window.groups or x.shape[1]
    weight = x.new_ones(groups, 1, *window.kernel_size)
    of_groups = over.unflatten(1, (groups, -1)).sum(2)  # all maps of a group read the same
    output = F.conv2d(of_groups, weight, stride=window.stride, dilation=window.dilation, groups=groups)
    found = output[..., : layer.shape[-2], : layer.shape[-1]]
    return found.repeat_interleave(layer.shape[0] // groups, 1)


def _spread_sum(layer: Layer, window: Window, x: Tensor) -> Tensor:
    """Of a transposed convolution: each value is added to a window of the output, cropped by its padding."""
    groups = window.groups or x.shape[1]
    weight = x.new_ones(groups, 1, *window.kernel_size)
    of_groups = x.unflatten(1, (groups, -1)).sum(2)
    spread = F.conv_transpose2d(
        of_groups, weight, stride=window.stride, dilation=window.dilation, groups=groups
    )
    (top, _bottom), (left, _right) = window.padding
    height, width = layer.shape[-2:]
    found = spread[..., top : top + height, left : left + width]
    found = F.pad(found, (0, width - found.shape[-1], 0, height - found.shape[-2]))  # output_padding
    return found.repeat_interleave(layer.shape[0] // groups, 1)
