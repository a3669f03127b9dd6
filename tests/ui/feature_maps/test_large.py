"""Large networks: which layers go whole, and what thumbnails of the others are."""

import torch
from torch import Tensor

from convlab.networks import designs
from convlab.networks.checkpoints import Match
from convlab.networks.recording import record
from convlab.probing.probe import Probe
from convlab.ui.feature_maps import large
from convlab.ui.feature_maps.forward import ForwardPass
from convlab.ui.networks import Model


def forward(side: int = 32) -> ForwardPass:
    network = designs.seeded(lambda: designs.design("net_res").build(), 0).eval()
    model = Model("x", Probe(network, ()), "x", Match("net_res", {}), "random")
    return ForwardPass(model, record(network, torch.rand(1, 3, side, side)), {}, "x", "x")


def test_the_chapters_networks_go_whole() -> None:
    assert not large.is_large(forward())


def test_the_open_layer_goes_with_what_it_reads_and_its_activation() -> None:
    assert large.whole(forward(), "conv1") == {"conv1", "input", "relu1"}
    assert large.whole(forward(), "add1") == {"add1", *forward().network.layer("add1").inputs}
    assert large.whole(forward(), "input") == {"input"}


def test_thumbnails_are_means_on_the_scale_that_the_browser_chooses() -> None:
    values = torch.zeros(20, 64, 64)
    values[0, :2, :2] = 4
    values[1] = 2
    small, signed = large.thumbnails(values, "map")
    assert (small.shape, signed) == ((16, 32, 32), False)
    assert (int(small[0, 0, 0]), int(small[0, 1, 1]), int(small[1, 5, 5])) == (255, 0, 255)
    small, _signed = large.thumbnails(values, "layer")
    assert int(small[1, 5, 5]) == 128
    values[2] = -4
    small, signed = large.thumbnails(values, "layer")
    assert signed
    assert (int(small[0, 0, 0]), int(small[2, 0, 0]), int(small[3, 0, 0])) == (255, 0, 128)


def test_small_maps_and_vectors_stay_as_they_are() -> None:
    def places(values: Tensor) -> Tensor:
        return large.thumbnails(values, "map")[0]

    assert places(torch.rand(2, 7, 9)).shape == (2, 7, 9)
    assert places(torch.rand(40)).shape == (1, 1, 40)
