"""What is pruned, by hand and in every layer; what is gone stays gone through an optimiser's steps."""

import pytest
import torch
from torch import nn

from convlab.networks.designs import Net, seeded
from convlab.networks.pruning import hold, masks, pruned_layers, smallest


def test_the_smallest_by_size_and_of_equals_the_first() -> None:
    weights = torch.tensor([[3.0, -1.0], [1.0, -4.0]])
    assert smallest(weights, 0.25).tolist() == [[False, True], [False, False]]
    assert smallest(weights, 0.5).tolist() == [[False, True], [True, False]]
    assert not smallest(weights, 0).any()
    assert smallest(weights, 1).all()


def test_weights_of_convolutions_and_linear_layers_alone() -> None:
    assert list(pruned_layers(Net())) == ["conv1.weight", "conv2.weight", "fc1.weight", "fc2.weight"]
    assert list(pruned_layers(nn.Linear(2, 1))) == ["weight"]


@pytest.mark.parametrize("share", [0.0, 0.5, 0.8, 0.99])
def test_every_layer_loses_the_same_share(share: float) -> None:
    module = seeded(Net, 0)
    for name, stays in masks(module, share).items():
        weight = module.get_parameter(name).detach()
        assert int((~stays).sum()) == round(share * weight.numel())
        if share > 0:
            assert float(weight[stays].abs().min()) >= float(weight[~stays].abs().max())


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_what_is_held_takes_no_part(momentum: float) -> None:
    """As a network of which these weights were never there: gradients of the rest, momentum and all."""
    torch.manual_seed(0)
    inputs, wanted, stays = torch.randn(16, 3), torch.randn(16, 1), torch.tensor([[True, False, True]])
    held, small = nn.Linear(3, 1), nn.Linear(2, 1)
    small.load_state_dict({"weight": held.weight.detach()[stays][None], "bias": held.bias.detach()})
    hold(held, {"weight": stays})
    for module, seen in ((held, inputs), (small, inputs[:, stays[0]])):
        optimizer = torch.optim.SGD(module.parameters(), lr=0.1, momentum=momentum)
        for _ in range(5):
            optimizer.zero_grad()
            (module(seen) - wanted).square().mean().backward()
            optimizer.step()
            hold(module, {"weight": stays} if module is held else {})
    assert torch.equal(held.weight != 0, stays)
    torch.testing.assert_close(held.weight[stays], small.weight[0])
    torch.testing.assert_close(held.bias, small.bias)
