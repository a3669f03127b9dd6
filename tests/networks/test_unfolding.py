"""A convolution unfolded: partial maps that add up to the map that PyTorch made."""

import pytest
import torch
from torch import Tensor, nn

from convlab.errors import UserError
from convlab.networks import units
from convlab.networks.designs import DESIGNS, Net
from convlab.networks.layer_kinds import Sliding
from convlab.networks.recording import Recording, record
from convlab.networks.unfolding import has_kernels, kernels_of, unfold
from tests.networks.test_graph import Branching
from tests.networks.test_units import pictures

CONVOLUTIONS = [
    nn.Conv2d(4, 6, (2, 3), stride=2, padding=(1, 2), dilation=(2, 1), groups=2, bias=False),
    nn.Conv2d(4, 4, 3, padding=1, groups=4, padding_mode="reflect"),
    nn.Conv2d(4, 3, 3, padding=2, padding_mode="circular"),
    nn.Conv2d(4, 3, 3, padding=(1, 2), padding_mode="replicate", stride=(1, 2)),
    nn.Conv2d(4, 2, 4, padding="same"),
    nn.Conv2d(4, 2, 1),
    nn.ConvTranspose2d(4, 6, (2, 3), stride=2, padding=(0, 1), dilation=(2, 1), groups=2),
    nn.ConvTranspose2d(4, 2, 3, stride=3, output_padding=1, bias=False),
    nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1, output_padding=1),
]


def check(recording: Recording) -> int:
    """Unfold maps of every convolution, and compare with what was recorded; their number."""
    done, picture = 0, len(recording.result) - 1
    for layer in filter(has_kernels, recording.layers):
        for channel in {0, layer.shape[0] // 2, layer.shape[0] - 1}:
            found = unfold(recording, layer.name, channel, picture)
            recorded = recording.outputs[layer.name][picture, channel]
            assert torch.equal(found.values, recorded)
            assert found.partial.shape == (found.channels[1] - found.channels[0], *layer.shape[1:])
            close = torch.isclose(found.running[-1] + found.bias, recorded.double(), rtol=1e-5, atol=1e-5)
            assert close.all(), (layer.name, channel)
            done += 1
    return done


@pytest.mark.parametrize("key", DESIGNS)
def test_sum_and_bias_are_the_recorded_map_in_every_design(key: str) -> None:
    recording = record(DESIGNS[key].build(), pictures(2))
    convolutions = [layer for layer in recording.layers if layer.kind == "Conv2d"]
    assert bool(convolutions) == (key != "dense")
    assert check(recording) == 3 * len(convolutions)


@pytest.mark.parametrize("module", CONVOLUTIONS, ids=repr)
def test_sum_and_bias_are_the_recorded_map_for_other_arguments(module: nn.Module) -> None:
    assert check(record(nn.Sequential(module), pictures(2, 4, 12))) >= 2


def test_functions_unfold_like_modules() -> None:
    class Functions(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.rand(5, 3, 3, 3))

        def forward(self, x: Tensor) -> Tensor:
            return nn.functional.conv2d(x, self.weight, stride=2, padding=1)

    assert check(record(Functions(), pictures(1, 3, 9))) == 3


@pytest.mark.parametrize("module", CONVOLUTIONS, ids=repr)
def test_a_partial_map_holds_what_each_map_gives_to_each_unit(module: nn.Module) -> None:
    recording = record(nn.Sequential(module), pictures(1, 4, 12))
    channels, rows, cols = recording.layers[0].shape
    for channel, row, col in [(0, 0, 0), (channels - 1, rows - 1, cols - 1), (channels // 2, 3, 4)]:
        found = unfold(recording, "0", channel)
        parts = units.explain_unit(recording, "0", (channel, row, col))
        assert isinstance(parts.parts, units.Convolution)
        assert found.partial[:, row, col].tolist() == pytest.approx(parts.parts.contributions, abs=1e-9)
        assert torch.equal(found.kernels, parts.parts.weights)
        assert (found.source, found.channels) == (parts.sources[0].layer, parts.sources[0].channels)


def test_a_map_reads_all_maps_before_it_and_not_the_one_of_its_number() -> None:
    found = unfold(record(Net(), pictures()), "conv2", 3)
    assert (found.source, found.channels) == ("pool1", (0, 16))
    assert found.partial.shape == (16, 16, 16)


def test_the_strongest_come_first() -> None:
    found = unfold(record(Net(), pictures()), "conv2", 3)
    order = found.strongest(4, 5)
    shares = found.partial[:, 4, 5].abs()
    assert sorted(order) == list(range(16))
    assert shares[order].tolist() == sorted(shares.tolist(), reverse=True)


@pytest.mark.parametrize("module", CONVOLUTIONS, ids=repr)
def test_all_kernels_of_a_layer_read_first_to_last(module: nn.Conv2d) -> None:
    recording = record(nn.Sequential(module), pictures(1, 4, 12))
    layer = recording.layers[0]
    assert isinstance(layer.reads, Sliding)
    kernels = kernels_of(layer.reads, module.weight)
    for channel in range(len(kernels)):
        own = unfold(recording, "0", channel).kernels
        turned = own.flip(1, 2) if isinstance(module, nn.ConvTranspose2d) else own
        assert torch.equal(kernels[channel], turned)


def test_what_has_no_kernels_is_said() -> None:
    with pytest.raises(UserError, match="pool1, a MaxPool2d layer, has no kernels of its own"):
        unfold(record(Net(), pictures()), "pool1", 0)
    with pytest.raises(UserError, match="conv2 has no unit"):
        unfold(record(Net(), pictures()), "conv2", 8)
    with pytest.raises(UserError, match="opened layer by layer"):
        unfold(record(Branching(), pictures(size=8)), "conv", 0)
    others = [layer for layer in record(Net(), pictures()).layers if layer.kind != "Conv2d"]
    assert not any(map(has_kernels, others))


class Made(nn.Module):
    """Its kernel is made of the picture."""

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.conv2d(x, x.mean((2, 3), keepdim=True))


def test_a_kernel_that_is_made_of_the_picture_is_none_of_the_layers_own() -> None:
    with pytest.raises(UserError, match="no kernels of its own"):
        unfold(record(Made(), pictures(size=8)), "conv1", 0)
