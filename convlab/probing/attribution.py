"""Which pixels made the network say it: occlusion, and saliency, integrated gradients, Grad-CAM by captum.

Captum hooks layers and calls the network many times. It is always given a stand-in of the shared network
(``graph.stand_in``), so nothing is left behind and two threads may explain with one network at once.

Every method takes a probe, which is left as it is, a picture (uint8 0..255 or float 0..1, [3, 32, 32]) and
the index of the class to explain. It gives float32 [32, 32], above 0 where the pixel speaks for the class,
and raises UserError where there is no such class or the picture has another shape.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import torch
from torch import Tensor, nn

from convlab.errors import N_, UserError, chosen
from convlab.networks.designs import INPUT_SHAPE, seeded
from convlab.networks.graph import leaves, stand_in
from convlab.probing.probe import Probe

TOLERANCE = 0.003  # of integrated gradients' sum: this share of the logit difference, or of 1 if that is less
_STEPS = (32, 64, 128, 256, 512)
_AT_ONCE = 64  # pictures per forward pass
_COVERED_AT_ONCE = 32  # as many stay in the cache of a core
SQUARE_PX, STRIDE_PX = 5, 2  # of occlusion

_NO_METHOD = N_("There is no method {key}: choose one of {keys}.")

Explain = Callable[[Probe, Tensor, int], Tensor]  # probe, picture, class -> signed map [32, 32]


def saliency(probe: Probe, picture: Tensor, target: int) -> Tensor:
    """How the logit of a class moves with each pixel: of the three channels' gradients the largest, signed.

    The gradient is that of the normalised picture. The absolute value is the map of Simonyan et al. 2013,
    https://arxiv.org/abs/1312.6034. Above 0: a brighter pixel speaks for the class.
    """
    from captum.attr import Saliency  # type: ignore[import-untyped]  # a second: only who asks waits

    network, x = _prepared(probe, picture, target)
    gradient: Tensor = Saliency(network).attribute(x, target=target, abs=False)[0].detach()  # [3, 32, 32]
    return gradient.gather(0, gradient.abs().argmax(0, keepdim=True))[0]


def integrated_gradients(probe: Probe, picture: Tensor, target: int) -> Tensor:
    """The logit's way from the mean colour to the picture, shared out among the pixels (channels added up).

    Completeness: the map's sum is ``logit_difference``, within ``TOLERANCE``. The number of steps is doubled
    until that holds, to 512 at most. Sundararajan et al. 2017, https://arxiv.org/abs/1703.01365.
    """
    from captum.attr import IntegratedGradients

    network, x = _prepared(probe, picture, target)
    wanted = logit_difference(probe, picture, target)
    method = IntegratedGradients(network)
    options = {"target": target, "method": "riemann_middle", "internal_batch_size": _AT_ONCE}
    for steps in _STEPS:
        shares: Tensor = method.attribute(x, n_steps=steps, **options)[0].detach()  # [3, 32, 32]
        if abs(float(shares.sum()) - wanted) <= TOLERANCE * max(1.0, abs(wanted)):
            break
    return shares.sum(0).to(torch.float32)  # captum adds up in float64


def logit_difference(probe: Probe, picture: Tensor, target: int) -> float:
    """The logit of a class for a picture less that for the mean colour, which is 0 once it is normalised."""
    probe.check_class(target)
    x = probe.normalise(picture[None])
    with torch.no_grad():
        logits = probe.network(torch.cat((x, torch.zeros_like(x))))[:, target]
    return float(logits[0] - logits[1])


def occlusion(
    probe: Probe, picture: Tensor, target: int, size_px: int = SQUARE_PX, stride_px: int = STRIDE_PX
) -> Tensor:
    """What the logit loses when a square is covered by the mean colour, mean over the squares on a pixel.

    Zeiler & Fergus 2013, https://arxiv.org/abs/1311.2901. A square starts every stride_px; the last ones are
    cut off by the picture's edge. The size is 1..32, the stride 1..size_px, or a UserError.
    """
    probe.check_class(target)
    whole = probe.logits(picture.detach()[None])[0, target]
    height, width = picture.shape[1:]
    if not 1 <= stride_px <= size_px <= width:
        told = N_("A square of {size} px moved by {stride} px: choose 1 to 32 px, and a step up to its size.")
        raise UserError(told, size=size_px, stride=stride_px)
    starts = range(0, width - size_px + stride_px, stride_px)
    corners = [(top, left) for top in starts for left in starts]
    lost = whole - covered(probe, picture, corners, size_px)[:, target]
    under = _squares(corners, size_px, height, width).double().flatten(1)
    mean: Tensor = (lost.double() @ under) / under.sum(0)
    return mean.view(height, width).to(torch.float32)


def covered(probe: Probe, picture: Tensor, corners: Sequence[tuple[int, int]], size_px: int) -> Tensor:
    """Logits of a picture with a square of the mean colour on it, float32 [n, K]; n is at least 1.

    A square for each (top, left), of ``size_px``; what lies beyond the edges covers nothing.
    """
    x = probe.normalise(picture.detach()[None])
    bare = ~_squares(corners, size_px, *x.shape[2:]).to(x.device)

    def made(kept: Tensor) -> Tensor:  # pooling takes half the time or less with the channels last
        return (x * kept[:, None]).contiguous(memory_format=torch.channels_last)

    with torch.no_grad():
        parts = [probe.network(made(kept)).cpu() for kept in bare.split(_COVERED_AT_ONCE)]
    return torch.cat(parts)


def _squares(corners: Sequence[tuple[int, int]], size_px: int, height: int, width: int) -> Tensor:
    """Which pixels lie under each square: bool [n, height, width]."""
    top, left = torch.tensor(corners).T[:, :, None]
    rows, columns = torch.arange(height), torch.arange(width)
    within = (rows >= top) & (rows < top + size_px), (columns >= left) & (columns < left + size_px)
    both: Tensor = within[0][:, :, None] & within[1][:, None, :]
    return both


def grad_cam(probe: Probe, picture: Tensor, target: int, layer: str | None = None) -> Tensor:
    """A convolution's feature maps, weighted by their mean gradients and added up; between units bilinear.

    Not cut at 0, as the paper does: negative places speak against the class. Selvaraju et al. 2016,
    https://arxiv.org/abs/1610.02391. The layer is one of ``convolutions(probe.network)``; None: the last.
    Raises UserError for another, or a network without any.
    """
    from captum.attr import LayerAttribution, LayerGradCam

    network, x = _prepared(probe, picture, target)
    coarse = LayerGradCam(network, _looked_at(network, layer)).attribute(x, target=target)
    fine: Tensor = LayerAttribution.interpolate(coarse, tuple(x.shape[-2:]), "bilinear")
    return fine[0, 0].detach()


def _looked_at(network: nn.Module, layer: str | None) -> nn.Module:
    """The convolution that Grad-CAM takes: the last one where none is named."""
    names = convolutions(network)
    if not names:
        raise UserError(N_("Grad-CAM needs a convolution and this network has none: choose another method."))
    sentence = N_("There is no convolution {key}: choose one of {keys}.")
    name = names[-1] if layer is None else chosen(dict(zip(names, names, strict=True)), layer, sentence)
    return network.get_submodule(name)


def convolutions(network: nn.Module) -> tuple[str, ...]:
    """Names of a network's convolutions, in the order of its modules; a shared block has one a place."""
    return tuple(name for name, leaf in leaves(network).items() if isinstance(leaf, nn.Conv2d))


def _prepared(probe: Probe, picture: Tensor, target: int) -> tuple[nn.Module, Tensor]:
    """A stand-in of the network for captum to hook, and the normalised picture [1, 3, 32, 32]."""
    probe.check_class(target)
    return stand_in(probe.network), probe.normalise(picture.detach()[None]).requires_grad_()


@dataclass(frozen=True)
class Method:
    """A way to explain a verdict. Words are English and marked for translation.

    Attributes:
        explain: makes the map.
        means: what a value of the map is, in one sentence, with the parameters that ``settings`` fills in.
    """

    title: str
    explain: Explain
    means: str
    settings: Mapping[str, object] = field(default_factory=dict)


METHODS: dict[str, Method] = {
    "saliency": Method(
        N_("Saliency"),
        saliency,
        N_(
            "The gradient of the logit by the pixel's normalised value: of its three channels the largest in "
            "size. No parameters."
        ),
    ),
    "integrated_gradients": Method(
        N_("Integrated gradients"),
        integrated_gradients,
        N_(
            "The pixel's share of the way from the logit of the mean colour to the logit of the picture, its "
            "three channels added up. {steps} to {most} steps, twice as many until the shares add up."
        ),
        {"steps": _STEPS[0], "most": _STEPS[-1]},
    ),
    "occlusion": Method(
        N_("Occlusion"),
        occlusion,
        N_(
            "What the logit loses when a square on the pixel is covered by the mean colour, the mean of all "
            "squares on it. Squares of {size} × {size} pixels, one every {stride} pixels."
        ),
        {"size": SQUARE_PX, "stride": STRIDE_PX},
    ),
    "grad_cam": Method(
        N_("Grad-CAM"),
        grad_cam,
        N_(
            "A layer's feature maps at the pixel, each times its mean gradient, added up; bilinear between "
            "the layer's units, and not cut at 0."
        ),
    ),
}


def method(key: str, layer: str | None = None) -> Explain:
    """The function of one of ``METHODS``; layer is for Grad-CAM alone. Raises UserError for another key."""
    explain = chosen(METHODS, key, _NO_METHOD).explain
    return partial(grad_cam, layer=layer) if key == "grad_cam" else explain


def patch_px(probe: Probe, key: str, layer: str | None = None) -> int:
    """The sides in pixels of the square that one value of a method's map is about, to cover and compare.

    A pixel, occlusion's square, or as much of the picture as a unit of Grad-CAM's layer stands for. Raises
    UserError as ``grad_cam`` does, and for no such method.
    """
    chosen(METHODS, key, _NO_METHOD)
    if key != "grad_cam":
        return SQUARE_PX if key == "occlusion" else 1
    network, widths = stand_in(probe.network), list[int]()
    part = _looked_at(network, layer)
    part.register_forward_hook(lambda _part, _inputs, maps: widths.append(maps.shape[-1]))
    with torch.no_grad():
        network(torch.zeros(1, *INPUT_SHAPE, device=probe.device))
    return max(1, round(INPUT_SHAPE[-1] / widths[-1]))


@dataclass(frozen=True)
class Survival:
    """A map, float32 [32, 32], after the layers from the last one down to ``layer`` got random weights.

    The correlation is Spearman's of |map| with |map of the trained network|, -1..1.
    """

    layer: str
    values: Tensor
    correlation: float


def survival(
    probe: Probe, picture: Tensor, target: int, explain: Explain, seed: int = 0
) -> tuple[Survival, ...]:
    """How much of a map survives as the network is randomised layer by layer, from the last to the first.

    A map that stays the same does not show what was learned. Adebayo et al. 2018, cascading randomisation,
    https://arxiv.org/abs/1810.03292. Steps are the network's direct children that have parameters; each gets
    PyTorch's initial weights, batch norm its first statistics. The same seed gives the same result.
    """
    wanted = explain(probe, picture, target)
    copied = stand_in(probe.network, lambda tensor: tensor.detach().clone())
    damaged = Probe(copied, probe.classes, probe.mean, probe.std)
    found = []
    for step, (name, child) in enumerate(reversed(list(copied.named_children()))):
        if any(True for _ in child.parameters()):
            seeded(partial(child.apply, _reset), seed + step)
            values = explain(damaged, picture, target)
            found.append(Survival(name, values, rank_correlation(values.abs(), wanted.abs())))
    return tuple(found)


def _reset(module: nn.Module) -> None:
    """PyTorch's initial weights in place."""
    if isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
        module.reset_parameters()


def rank_correlation(one: Tensor, other: Tensor) -> float:
    """Spearman's correlation of two tensors, -1..1, ties sharing their mean rank; 0 where one is constant."""
    ranks = torch.stack([_ranks(one), _ranks(other)])
    return float(ranks.corrcoef()[0, 1].nan_to_num())


def _ranks(values: Tensor) -> Tensor:
    """Ranks, float64 [n]; ties share their mean."""
    _, places, counts = values.flatten().unique(return_inverse=True, return_counts=True)
    ranks: Tensor = counts.cumsum(0).double() - (counts - 1) / 2
    return ranks[places]
