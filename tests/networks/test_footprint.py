"""Footprints by autograd, exact and in effect."""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from convlab.errors import UserError
from convlab.networks import receptive_field, stacks
from convlab.networks.designs import DESIGNS, Net
from convlab.networks.footprint import effective, footprint
from convlab.networks.graph import trace
from convlab.networks.variants import NetResDeep
from tests.networks.test_graph import state
from tests.networks.test_receptive_field import box


def test_corner_and_interior() -> None:
    network = trace(stacks.build(stacks.CONV_POOL_CONV), (3, 32, 32))
    corner, interior = footprint(network, "2", (0, 0, 0)), footprint(network, "2", (0, 3, 4))
    assert corner.sum() == 49
    assert corner[:7, :7].all()
    assert interior.sum() == 64
    assert interior[5:13, 7:15].all()


def test_every_value_of_a_max_pool_counts_though_one_wins() -> None:
    network = trace(nn.Sequential(nn.MaxPool2d(2)), (1, 4, 4))
    assert footprint(network, "0", (0, 0, 1)).tolist() == [[False, False, True, True]] * 2 + [[False] * 4] * 2
    image = torch.zeros(1, 1, 4, 4)
    image[0, 0, 1, 3] = 1
    assert effective(network, "0", (0, 0, 1), image).nonzero().tolist() == [[1, 3]]


def test_zero_and_negative_weights_do_not_narrow_the_footprint() -> None:
    net = Net()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(-parameter.abs() if parameter.ndim == 4 else torch.zeros_like(parameter))
    assert footprint(trace(net, (3, 32, 32)), "pool2", (0, 4, 4)).sum() == 100


def test_a_depthwise_convolution_keeps_channels_apart() -> None:
    class Apart(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.five = nn.Conv2d(1, 1, 1), nn.Conv2d(1, 1, 5, padding=2)
            self.depthwise = nn.Conv2d(2, 2, 3, padding=1, groups=2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            found: torch.Tensor = self.depthwise(torch.cat([self.one(x), self.five(x)], 1))
            return found

    network = trace(Apart(), (1, 11, 11))
    assert footprint(network, "depthwise", (0, 5, 5)).sum() == 9
    assert footprint(network, "depthwise", (1, 5, 5)).sum() == 49


def test_a_hundred_blocks_lose_no_path() -> None:
    network = trace(NetResDeep(n_chans1=2, n_blocks=100, shared=True), (3, 32, 32))
    assert footprint(network, "add100", (0, 8, 8)).all()
    assert footprint(network, "add3", (0, 8, 8)).sum() == 256


def test_dilation_leaves_holes() -> None:
    seen = footprint(trace(nn.Sequential(nn.Conv2d(1, 1, 3, dilation=2)), (1, 5, 5)), "0", (0, 0, 0))
    assert seen.nonzero().tolist() == [[r, c] for r in (0, 2, 4) for c in (0, 2, 4)]


def test_layers_that_mix_a_whole_map() -> None:
    for norm in (nn.GroupNorm(1, 2), nn.InstanceNorm2d(2), nn.LayerNorm([2, 6, 6])):
        network = trace(nn.Sequential(nn.Conv2d(1, 2, 1), norm), (1, 6, 6))
        assert footprint(network, "1", (0, 0, 0)).all()


def test_a_pooled_unit_may_touch_42_of_64_pixels() -> None:
    network = trace(stacks.build(stacks.CONV_POOL_CONV, 1, (16, 16), seed=29), (1, 16, 16))
    image = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(29))
    touched = effective(network, "2", (0, 2, 2), image) > 0
    theory = footprint(network, "2", (0, 2, 2))
    assert (int(touched.sum()), int(theory.sum())) == (42, 64)
    assert not (touched & ~theory).any()


def test_effective_is_the_mean_gradient_by_hand() -> None:
    net = DESIGNS["net_res"].build().eval()
    images = torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(1)).requires_grad_()
    out = torch.max_pool2d(torch.relu(net.conv1(images)), 2)  # type: ignore[operator]
    out = torch.max_pool2d(torch.relu(net.conv2(out)), 2)  # type: ignore[operator]
    out = torch.relu(net.conv3(out)) + out  # type: ignore[operator]
    (gradient,) = torch.autograd.grad(out[:, 2, 3, 4].sum(), images)
    found = effective(trace(net, (3, 32, 32)), "add1", (2, 3, 4), images)
    torch.testing.assert_close(found, gradient.abs().sum(1).mean(0))
    assert not found.requires_grad


def test_nothing_is_left_behind() -> None:
    module = nn.Sequential(
        nn.ReLU(inplace=True), nn.Conv2d(3, 2, 3), nn.ReLU(inplace=True), nn.BatchNorm2d(2)
    )
    module[1].bias.data.fill_(10)  # type: ignore[operator]
    images = torch.randn(2, 3, 8, 8)
    copy, before, generator = images.clone(), list(state(module)), torch.get_rng_state()
    network = trace(module, (3, 8, 8))
    with torch.no_grad():
        assert effective(network, "3", (0, 1, 1), images).any()
        assert footprint(network, "3", (0, 1, 1)).sum() == 9
    assert torch.equal(images, copy)
    assert list(state(module)) == before
    assert torch.equal(torch.get_rng_state(), generator)
    assert all(parameter.grad is None for parameter in module.parameters())


def test_wrong_units_and_no_pictures() -> None:
    network = trace(Net(), (3, 32, 32))
    with pytest.raises(UserError, match="pool2 has no unit"):
        footprint(network, "pool2", (0, 8, 0))
    with pytest.raises(UserError, match="no layer 'pool9'"):
        effective(network, "pool9", (0, 0, 0), torch.zeros(1, 3, 32, 32))
    with pytest.raises(UserError, match="at least one picture"):
        effective(network, "pool2", (0, 0, 0), torch.zeros(0, 3, 32, 32))


class Mean(nn.Module):
    """``x.mean``."""

    def __init__(self, dim: int | tuple[int, ...], keepdim: bool = True) -> None:
        super().__init__()
        self.dim, self.keepdim = dim, keepdim

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(self.dim, self.keepdim)


class Masked(nn.Module):
    """A buffer, a weight in a function, work in place, and the channels in two halves."""

    mask: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(2, 4, 3, 3))  # counts all the same
        self.register_buffer("mask", (torch.arange(7 * 7).reshape(7, 7) % 3 > 0).float())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.conv_transpose2d(x, self.weight, stride=2)
        one, other = x[..., :7, :7].mul(self.mask).chunk(2, 1)
        return F.relu(one + 1, inplace=True) + other.flip(-1)


# Everything in one row: layer, and channels that it takes. The layer stands behind a convolution of 3 x 3.
LAYERS: dict[str, tuple[nn.Module, int]] = {
    "conv": (nn.Conv2d(2, 3, (2, 3), stride=(2, 1), padding=(1, 0), dilation=(1, 2)), 2),
    "conv, groups": (nn.Conv2d(4, 4, 3, groups=2), 4),
    "conv, even, same": (nn.Conv2d(1, 1, (4, 2), padding="same", dilation=(1, 3)), 1),
    "conv, reflect": (nn.Conv2d(1, 1, 3, padding=2, padding_mode="reflect"), 1),
    "conv, circular, same": (nn.Conv2d(1, 1, 4, padding="same", padding_mode="circular"), 1),
    "transposed": (nn.ConvTranspose2d(1, 1, 3, 2), 1),
    "transposed, groups": (nn.ConvTranspose2d(4, 2, 3, 2, 1, 1, groups=2, dilation=2), 4),
    "transposed, stride 1": (nn.ConvTranspose2d(1, 1, (2, 3), padding=1, dilation=(3, 1)), 1),
    "transposed, gaps": (nn.ConvTranspose2d(1, 1, 2, stride=3), 1),
    "average pool, ceil": (nn.AvgPool2d(3, 2, ceil_mode=True), 1),
    "average pool, padding": (nn.AvgPool2d(3, 2, 1, count_include_pad=False), 1),
    "max pool, ceil": (nn.MaxPool2d(3, 2, 1, ceil_mode=True), 1),
    "max pool, dilation": (nn.MaxPool2d(2, 1, dilation=3), 1),
    "power pool": (nn.LPPool2d(2, 2), 1),
    "power pool, norm 1": (nn.LPPool2d(1, 3, 2, ceil_mode=True), 1),
    "adaptive, uneven": (nn.AdaptiveAvgPool2d((7, 3)), 1),
    "adaptive, even": (nn.AdaptiveMaxPool2d((5, 2)), 1),
    "adaptive, one": (nn.AdaptiveAvgPool2d(1), 2),
    "mean": (Mean((2, 3)), 2),
    "mean, axes gone": (Mean((-1, -2), keepdim=False), 2),
    "mean of rows": (Mean(-1), 2),
    "mean of columns, gone": (Mean(2, keepdim=False), 2),
    "mean over channels": (Mean(1), 2),
    "mean of a vector": (nn.Sequential(nn.Flatten(), Mean(1)), 2),
    "upsample": (nn.Upsample(scale_factor=2), 1),
    "upsample, bilinear": (nn.Upsample(scale_factor=2, mode="bilinear"), 1),
    "upsample, bicubic": (nn.Upsample(size=(7, 13), mode="bicubic", align_corners=True), 1),
    "pixel shuffle": (nn.PixelShuffle(2), 4),
    "pixel unshuffle": (nn.PixelUnshuffle(2), 1),
    "channel shuffle": (nn.ChannelShuffle(2), 4),
    "reflection": (nn.ReflectionPad2d((1, 0, 2, 3)), 1),
    "replication": (nn.ReplicationPad2d(2), 1),
    "circular": (nn.CircularPad2d(1), 1),
    "constant, negative": (nn.ConstantPad2d((-1, 2, -2, 0), 5.0), 1),
    "batch norm": (nn.BatchNorm2d(2), 2),
    "batch norm, of the batch": (nn.BatchNorm2d(2, track_running_stats=False), 2),
    "instance norm": (nn.InstanceNorm2d(2), 2),
    "instance norm, running": (nn.InstanceNorm2d(2, track_running_stats=True), 2),
    "group norm": (nn.GroupNorm(2, 4), 4),
    "layer norm": (nn.LayerNorm([2, 10, 10]), 2),
    "layer norm, rows": (nn.LayerNorm(10), 2),
    "local response": (nn.LocalResponseNorm(3), 4),
    "softmax, channels": (nn.Softmax(1), 3),
    "softmax, columns": (nn.LogSoftmax(-1), 2),
    "PReLU": (nn.PReLU(2), 2),
    "threshold": (nn.Threshold(1.5, 20), 1),
    "shrink": (nn.Hardshrink(0.5), 1),
    "in place": (nn.ELU(inplace=True), 1),
    "GLU": (nn.GLU(1), 4),
    "linear along rows": (nn.Linear(10, 4), 2),
    "softmax of a vector": (nn.Sequential(nn.Flatten(), nn.Softmax(-1)), 1),
    "layer norm of a vector": (nn.Sequential(nn.Flatten(), nn.LayerNorm(100)), 1),
    "group norm of a vector": (nn.Sequential(nn.Flatten(), nn.GroupNorm(2, 100)), 1),
    "fold": (nn.Sequential(nn.Unfold(2, stride=2), nn.Fold((10, 10), 2, stride=2)), 1),
    "mask": (Masked(), 2),
}  # fmt: skip


def by_autograd(module: nn.Module, shape: tuple[int, ...], unit: tuple[int, ...]) -> torch.Tensor:
    """Union over random weights and pictures: plain autograd in float64, the library has no part in it."""
    chance = torch.Generator().manual_seed(0)
    seen = torch.zeros(shape[1:], dtype=torch.bool)
    twin, quiet = copy.deepcopy(module).double().eval(), 0
    while quiet < 25:
        for parameter in twin.parameters():
            parameter.data.normal_(generator=chance)
        x = 3 * torch.randn(1, *shape, dtype=torch.float64, generator=chance)
        (gradient,) = torch.autograd.grad(twin(x.requires_grad_())[(0, *unit)], x)
        now = seen | gradient[0].ne(0).any(0)
        quiet = quiet + 1 if torch.equal(now, seen) else 0
        seen = now
    return seen


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_against_plain_autograd(name: str) -> None:
    """The footprint of units at corners and inside; and where there is a formula, the real pixels of it."""
    layer, channels = LAYERS[name]
    module, shape = nn.Sequential(nn.Conv2d(2, channels, 3), layer), (2, 12, 12)
    before = list(state(module))
    network = trace(module, shape)
    last = network.layers[-1]
    try:
        row = receptive_field.row(network, last.name)
    except UserError:
        row = None  # no rule: the footprint alone
    for share in (0, 0.4, 0.75, 1):
        unit = tuple(int(share * (size - 1)) for size in last.shape)
        seen = footprint(network, last.name, unit)
        assert torch.equal(seen, by_autograd(module, shape, unit)), unit
        if row is not None:
            view = receptive_field.window_of(row, unit, shape[1:])
            real = (view.real_rows, view.real_cols)
            assert box(seen) == real if seen.any() else (0, 0) in real, unit
    assert list(state(module)) == before
