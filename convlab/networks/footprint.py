"""Which pixels reach a unit: exactly, by autograd over all-positive weights; in effect, by mean gradient."""

import torch
import torch.nn.functional as F
from torch import Tensor, fx

from convlab.errors import N_, UserError
from convlab.networks import layer_kinds as ops
from convlab.networks.graph import Layer, Network, run
from convlab.networks.receptive_field import Unit, check_unit


def footprint(network: Network, layer: str, unit: Unit) -> Tensor:
    """The pixels that can change a unit, whatever the weights: bool [H, W], True where any channel can.

    Autograd through the same graph with every weight at 1, each activation left out and each max pool
    replaced by the sum over its window, as every value of a window may be the largest. Gradients are cut to
    0 or 1 behind each layer, so that no path is lost to rounding in a deep network.

    Args:
        network: any that ``layers.trace`` opens; layers without a rule run as they are, which is exact
            only if they are linear with positive weights.
        layer: name of the unit's layer.
        unit: (channel, row, col), or (index,) in a vector.

    Raises:
        UserError: no such layer or unit.
    """
    check_unit(network.layer(layer), unit)
    with torch.enable_grad():
        x = torch.zeros(1, *network.input_shape, dtype=torch.float64, requires_grad=True)
        output = _EveryPath(network).walk(x, layer)
        (gradient,) = torch.autograd.grad(output[(0, *unit)], x, allow_unused=True)
    if gradient is None:
        return torch.zeros(network.input_shape[1:], dtype=torch.bool)
    return gradient[0].ne(0).any(0)


def effective(network: Network, layer: str, unit: Unit, images: Tensor) -> Tensor:
    """How strongly each pixel moves a unit: |gradient| summed over channels, mean over pictures.

    It depends on weights and pictures: max pool and ReLU let only some paths through (item B11; Luo et al.
    2016, https://arxiv.org/abs/1701.04128).

    Args:
        network: runs as in eval mode.
        layer: name of the unit's layer.
        unit: (channel, row, col), or (index,) in a vector.
        images: float32 [N, C, H, W], normalised as the network expects.

    Returns:
        float32 [H, W], 0 and more.

    Raises:
        UserError: no such layer or unit, or no pictures.
    """
    check_unit(network.layer(layer), unit)
    if len(images) == 0:
        raise UserError(N_("The effective receptive field needs at least one picture."))
    kept: list[Tensor] = []

    def keep(done: Layer, output: Tensor) -> None:
        if done.name == layer:
            kept.append(output.movedim(0, -1)[unit].sum())

    with torch.enable_grad():
        x = images.detach().clone().requires_grad_()
        run(network, x, keep, until=layer)
        (gradient,) = torch.autograd.grad(kept[0], x, allow_unused=True)
    return torch.zeros(images.shape[2:]) if gradient is None else gradient.abs().sum(1).mean(0)


class _EveryPath(fx.Interpreter):
    """Runs the graph with each layer replaced by a linear map with weights 1 over all that it can read."""

    def __init__(self, network: Network) -> None:
        super().__init__(network.body, graph=network.graph)
        self._network = network
        self._values: dict[str, Tensor] = {}

    def walk(self, x: Tensor, layer: str) -> Tensor:
        """The replaced output of a layer for [1, C, H, W]."""
        self.args_iter = iter([x])
        for node in self._network.graph.nodes:
            self.env[node] = self.run_node(node)
            if node.op == "placeholder":
                self._values["input"] = self.env[node]
            step = self._network.nodes.get(node)
            if step is not None:
                self._values[step.name] = self.env[node]
                if step.name == layer:
                    break
        return self._values[layer]

    def run_node(self, n: fx.Node) -> object:
        """A layer becomes its sum over everything it reads; the rest (sizes, shapes) runs as it is."""
        layer = self._network.nodes.get(n)
        if layer is None:
            return super().run_node(n)
        inputs = [self._values[name] for name in layer.inputs]
        output = _summed(layer, inputs)
        if output is None:
            output = super().run_node(n)
        if output.requires_grad:
            output.register_hook(lambda gradient: gradient.ne(0).to(gradient.dtype))
        return output


def _summed(layer: Layer, inputs: list[Tensor]) -> Tensor | None:
    """The layer with weights 1; None for what only moves values about (flatten, concatenation, padding)."""
    x = inputs[0]
    if layer.window is not None and x.dim() == 4:
        return _window_sum(layer, x)
    if layer.kind in ("Softmax", "LogSoftmax"):
        return x + x.sum(int(layer.settings.get("dim", 1)), keepdim=True)
    if layer.kind in ops.POINTWISE:
        return x * 1  # a tensor of its own, so that its gradient is cut apart from its input's
    if layer.kind == "Linear":
        return x.sum(-1, keepdim=True) * x.new_ones(layer.shape[-1])
    if layer.kind in ops.POOLING_TO_SIZE:
        return F.adaptive_avg_pool2d(x, (layer.shape[1], layer.shape[2]))
    if layer.kind in ops.NORMALISING_WHOLE:
        return x + x.sum((1, 2, 3), keepdim=True)
    if layer.kind in ops.MERGING and layer.kind != "Concat":
        return torch.stack(torch.broadcast_tensors(*inputs)).sum(0)
    return None


def _window_sum(layer: Layer, x: Tensor) -> Tensor:
    """Sum over each window, ghost pixels as the layer fills them; ``ceil_mode`` windows may hang over."""
    window = layer.window
    assert window is not None
    (top, bottom), (left, right) = window.padding
    mode = "constant" if window.padding_mode == "zeros" else window.padding_mode
    padded = F.pad(x, (left, right, top, bottom), mode=mode)
    over = [
        max(
            0,
            window.taps(axis, layer.shape[axis - 2] - 1)[-1]
            + window.padding[axis][0]
            + 1
            - padded.shape[axis - 2],
        )
        for axis in (0, 1)
    ]
    padded = F.pad(padded, (0, over[1], 0, over[0]))
    groups = window.groups or x.shape[1]
    weight = x.new_ones(layer.shape[0], x.shape[1] // groups, *window.kernel_size)
    output = F.conv2d(padded, weight, stride=window.stride, dilation=window.dilation, groups=groups)
    return output[..., : layer.shape[-2], : layer.shape[-1]]
