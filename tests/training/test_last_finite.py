"""The copy of the last finite weights."""

import math

import pytest
import torch
from torch import nn

from convlab.training.last_finite import LastFinite


@pytest.fixture
def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))


def fill(network: nn.Module, value: float) -> None:
    with torch.no_grad():
        for tensor in network.state_dict().values():
            tensor.fill_(value)


def test_it_begins_with_the_weights_as_they_are(network: nn.Sequential) -> None:
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    kept = LastFinite(network)
    fill(network, 7)
    assert all(torch.equal(kept.kept[name], before[name]) for name in before)
    kept.put_back()
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("name", ["0.weight", "0.bias", "1.running_var"])
def test_one_number_that_is_not_finite_keeps_all_the_old_ones(
    network: nn.Sequential, bad: float, name: str
) -> None:
    kept = LastFinite(network)
    fill(network, 2)
    kept.keep()
    fill(network, 3)
    network.state_dict()[name].view(-1)[0] = bad
    kept.keep()
    kept.keep_if(torch.tensor(True))
    assert all(tensor.eq(2).all() for tensor in kept.kept.values())
    kept.put_back()
    assert all(tensor.eq(2).all() for tensor in network.state_dict().values())


def test_a_bad_loss_keeps_the_old_ones_too(network: nn.Sequential) -> None:
    kept = LastFinite(network)
    fill(network, 2)
    kept.keep_if(torch.tensor(True))
    fill(network, 3)
    kept.keep_if(torch.tensor(False))
    assert all(tensor.eq(2).all() for tensor in kept.kept.values())


def test_it_goes_on_from_another_ones_weights(network: nn.Sequential) -> None:
    kept = LastFinite(network)
    other = {name: torch.full_like(tensor, 5) for name, tensor in kept.kept.items()}
    kept.restore(other)
    assert all(tensor.eq(5).all() for tensor in kept.kept.values())
    other["0.bias"].zero_()
    assert kept.kept["0.bias"].eq(5).all()
