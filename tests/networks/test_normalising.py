"""Batch norm at work: running statistics by the formula, frozen in eval(); a bias that changes nothing."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.networks import normalising
from convlab.networks.designs import seeded
from convlab.networks.variants import NetBatchNorm

BATCHES = list(3 + 2 * torch.randn(6, 8, 4, 5, 5, generator=torch.Generator().manual_seed(2)))


@pytest.mark.parametrize("momentum", [0.0, 0.1, 0.5, 1.0])
def test_running_statistics_move_by_the_formula_and_eval_freezes_them(momentum: float) -> None:
    layer = nn.BatchNorm2d(4, momentum=momentum)
    found = normalising.track(layer, BATCHES, frozen_from=4)
    mean, variance = torch.zeros(4), torch.ones(4)
    for n, batch in enumerate(BATCHES):
        own = batch.mean((0, 2, 3)), batch.var((0, 2, 3))
        if n < 4:
            mean = (1 - momentum) * mean + momentum * own[0]
            variance = (1 - momentum) * variance + momentum * own[1]
        torch.testing.assert_close(found.batch_mean[n], own[0])
        torch.testing.assert_close(found.batch_variance[n], own[1])
        torch.testing.assert_close(found.running_mean[n], mean)
        torch.testing.assert_close(found.running_variance[n], variance)
    assert torch.equal(found.running_mean[3], found.running_mean[5])
    assert layer.num_batches_tracked == 4


def test_what_enters_a_layer_is_what_the_layers_before_it_put_out() -> None:
    network: nn.Module = seeded(NetBatchNorm, 0)
    pictures = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    network.train()
    entering = normalising.entering(network, "conv2", pictures)
    assert network.training
    with torch.no_grad():
        by_hand = network.eval().conv1_batchnorm(network.conv1(pictures))  # type: ignore[operator]
    assert torch.equal(entering, F.max_pool2d(torch.tanh(by_hand), 2))
    assert not network.get_submodule("conv2")._forward_pre_hooks


def biased(added: float) -> normalising.Biased:
    def make() -> tuple[nn.Conv2d, nn.BatchNorm2d, Tensor]:
        return nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), torch.randn(8, 3, 9, 9)

    layers = seeded(make, 0)
    before = [one.clone() for one in layers[0].state_dict().values()]
    found = normalising.with_bias(*layers, channel=2, added=added)
    assert all(map(torch.equal, before, layers[0].state_dict().values()))
    assert not layers[1].running_mean.any()  # type: ignore[union-attr]
    return found


def test_batch_norm_takes_the_bias_away() -> None:
    before, after = biased(0.0), biased(5.0)
    shift = after.convolved - before.convolved
    torch.testing.assert_close(shift[:, 2], torch.full_like(shift[:, 2], 5.0))
    assert not shift[:, [0, 1, 3]].any()
    torch.testing.assert_close(after.normalised, before.normalised, rtol=0, atol=1e-5)
    assert float((after.in_eval - before.in_eval)[:, 2].abs().max()) == pytest.approx(5.0, rel=1e-3)
    assert float(after.bias_gradient.max()) < 1e-6 < float(after.shift_gradient.min())
