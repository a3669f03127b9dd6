"""First weights: which layers are drawn anew, and from what."""

import pytest
import torch
from torch import nn

from convlab.networks.designs import seeded
from convlab.networks.initialisation import initialise
from convlab.networks.variants import NetResDeep


def made(initialisation: str) -> NetResDeep:
    def make() -> NetResDeep:
        network = NetResDeep(n_chans1=64, n_blocks=2)
        initialise(network, initialisation)
        return network

    return seeded(make, 3)


def test_the_designs_own_beginning_is_left_as_it_is() -> None:
    own, left = seeded(lambda: NetResDeep(64, 2), 3), made("pytorch")
    for name, tensor in own.state_dict().items():
        assert torch.equal(tensor, left.state_dict()[name])
    assert left.state_dict()["resblocks.0.batch_norm.weight"].unique().tolist() == [0.5]


def test_pytorchs_default_is_what_its_layers_draw_by_themselves() -> None:
    """Each layer's own constructor calls ``reset_parameters``: the same seed gives the same weights."""
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Linear(5, 2))

    def fresh() -> nn.Sequential:
        return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Linear(5, 2))

    seeded(lambda: initialise(network, "reset_parameters"), 7)
    for name, tensor in seeded(fresh, 7).state_dict().items():
        assert torch.equal(tensor, network.state_dict()[name]), name


@pytest.mark.parametrize(
    ("initialisation", "variance", "norm"),
    [("pytorch", 2, 0.5), ("reset_parameters", 1 / 3, 1.0), ("xavier", 1, 0.5), ("kaiming", 2, 0.5)],
)
def test_a_deep_network_begins_with_weights_of_that_variance(
    initialisation: str, variance: float, norm: float
) -> None:
    block = made(initialisation).resblocks[0].state_dict()
    assert block["conv.weight"].var().item() == pytest.approx(variance / (64 * 9), rel=0.02)
    assert block["batch_norm.weight"].unique().tolist() == [norm]
