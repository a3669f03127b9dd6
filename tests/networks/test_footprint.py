"""Footprints by autograd, exact and in effect."""

import pytest
import torch
from torch import nn

from convlab.errors import UserError
from convlab.networks import stacks
from convlab.networks.designs import DESIGNS, Net
from convlab.networks.footprint import effective, footprint
from convlab.networks.graph import trace
from convlab.networks.variants import NetResDeep
from tests.networks.test_graph import state


def test_b11_corner_and_interior() -> None:
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


def test_b11_a_pooled_unit_may_touch_42_of_64_pixels() -> None:
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
