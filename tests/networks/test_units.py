"""How one unit came about: parts that add up to what was recorded, and what was read."""

import random

import pytest
import torch
from torch import Tensor, nn

from convlab.errors import UserError
from convlab.networks import units
from convlab.networks.designs import DESIGNS, Net
from convlab.networks.graph import Layer, trace
from convlab.networks.recording import Recording, record
from convlab.networks.units import explain_unit, source_window
from tests.networks.test_graph import Branching, Sized


def pictures(n: int = 1, channels: int = 3, size: int = 32) -> Tensor:
    return torch.randn(n, channels, size, size, generator=torch.Generator().manual_seed(0))


def some_units(layer: Layer, chance: random.Random) -> list[tuple[int, ...]]:
    """First, last and two more."""
    middle = [tuple(chance.randrange(size) for size in layer.shape) for _ in range(2)]
    return [tuple(0 for _ in layer.shape), tuple(size - 1 for size in layer.shape), *middle]


def check_all(recording: Recording) -> int:
    """Explain units of every layer; their number."""
    chance, explained = random.Random(0), 0
    for layer in recording.layers:
        for unit in some_units(layer, chance):
            found = explain_unit(recording, layer.name, unit, picture=len(recording.result) - 1)
            assert found.value == recording.outputs[layer.name][-1][unit].item()
            assert found.parts.result == pytest.approx(found.value, abs=1e-5), (layer.name, unit)
            explained += 1
    return explained


@pytest.mark.parametrize("key", DESIGNS)
def test_parts_add_up_in_every_design(key: str) -> None:
    module = DESIGNS[key].build()
    for buffer in module.buffers():  # running statistics as after some training
        if buffer.is_floating_point():
            buffer.uniform_(0.5, 2)
    recording = record(module, pictures(2))
    assert check_all(recording) == 4 * len(recording.layers)


@pytest.mark.parametrize(
    "module",
    [
        nn.Conv2d(4, 6, (2, 3), stride=2, padding=(1, 2), dilation=(2, 1), groups=2, bias=False),
        nn.Conv2d(4, 4, 3, padding=1, groups=4, padding_mode="reflect"),
        nn.Conv2d(4, 2, 4, padding="same"),
        nn.ConvTranspose2d(4, 6, (2, 3), stride=2, padding=(0, 1), dilation=(2, 1), groups=2),
        nn.ConvTranspose2d(4, 2, 3, stride=3, output_padding=1, bias=False),
        nn.MaxPool2d(3, stride=2, padding=1, dilation=2),
        nn.MaxPool2d(3, stride=2, ceil_mode=True),
        nn.AvgPool2d(3, stride=2, padding=1),
        nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False),
        nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True),
        nn.AvgPool2d(2, divisor_override=3),
        nn.AdaptiveAvgPool2d((3, 5)),
        nn.AdaptiveMaxPool2d(4),
        nn.BatchNorm2d(4, affine=False),
        nn.BatchNorm2d(4, track_running_stats=False),
        nn.Sequential(nn.Flatten(), nn.Linear(4 * 12 * 12, 5, bias=False)),
        nn.Linear(12, 3),
        nn.ZeroPad2d((1, 2, 0, 3)),
        nn.Sequential(nn.ReLU(), nn.Dropout(), nn.Identity(), nn.GELU()),
    ],
    ids=repr,
)
def test_parts_add_up_for_other_arguments(module: nn.Module) -> None:
    recording = record(nn.Sequential(module), pictures(2, 4, 12))
    assert check_all(recording) >= 4


def test_parts_add_up_for_functions() -> None:
    assert check_all(record(Sized(), pictures(2, size=9))) == 20


def test_a_convolution_by_hand() -> None:
    net, x = Net(), pictures()
    found = explain_unit(record(net, x), "conv1", (5, 0, 7))
    assert isinstance(found.parts, units.Convolution)
    (source,) = found.sources
    assert (source.layer, source.channels) == ("input", (0, 3))
    assert (source.rows, source.cols) == ((-1, 0, 1), (6, 7, 8))
    values = torch.nn.functional.pad(x[0], (1, 1, 1, 1))[:, 0:3, 7:10]
    assert torch.equal(found.parts.values, values)
    assert torch.equal(found.parts.weights, net.conv1.weight[5])
    by_channel = (values * net.conv1.weight[5]).sum((1, 2)).tolist()
    assert found.parts.contributions == pytest.approx(by_channel, abs=1e-6)
    assert found.parts.bias == net.conv1.bias[5].item()  # type: ignore[index]


def test_max_pool_names_the_winner_in_the_layer_before() -> None:
    x = torch.tensor([[[[1.0, 5.0, 0.0], [7.0, 7.0, 2.0], [3.0, 4.0, 9.0]]]])
    recording = record(nn.Sequential(nn.MaxPool2d(2, stride=1)), x)
    found = explain_unit(recording, "0", (0, 0, 0))
    assert isinstance(found.parts, units.MaxPool)
    assert found.parts.values.tolist() == [[1, 5], [7, 7]]
    assert (found.parts.winner, found.value) == ((1, 0), 7)
    other = explain_unit(recording, "0", (0, 1, 1))
    assert isinstance(other.parts, units.MaxPool)
    assert other.parts.winner == (2, 2)


def test_the_winner_is_pytorchs_even_among_equals() -> None:
    x = torch.randint(0, 3, (1, 2, 9, 9), generator=torch.Generator().manual_seed(0)).float()
    pool = nn.MaxPool2d(3, stride=2, padding=1, return_indices=True)
    indices = pool(x)[1]
    recording = record(nn.Sequential(nn.MaxPool2d(3, stride=2, padding=1)), x)
    for unit in [(c, r, k) for c in range(2) for r in range(5) for k in range(5)]:
        parts = explain_unit(recording, "0", unit).parts
        assert isinstance(parts, units.MaxPool)
        assert parts.winner == divmod(int(indices[0][unit]), 9)


def test_batch_norm_by_hand() -> None:
    norm = nn.BatchNorm2d(2, eps=0.5)
    for tensor, values in (
        (norm.running_mean, (1, 2)),
        (norm.running_var, (3.5, 8.5)),
        (norm.weight, (2, 3)),
    ):
        assert tensor is not None
        tensor.data = torch.tensor(values, dtype=torch.float32)
    norm.bias.data = torch.tensor([10.0, 20.0])
    found = explain_unit(record(nn.Sequential(norm), torch.full((1, 2, 1, 1), 5.0)), "0", (1, 0, 0))
    assert found.parts == units.BatchNorm(5.0, 2.0, 8.5, 0.5, 3.0, 20.0)
    assert found.parts.result == found.value == 23.0


def test_linear_names_the_largest_and_keeps_the_rest() -> None:
    linear = nn.Linear(4, 1)
    linear.weight.data = torch.tensor([[1.0, -10.0, 2.0, 0.5]])
    linear.bias.data = torch.tensor([0.25])
    recording = record(nn.Sequential(nn.Flatten(), linear), torch.tensor([[[[3.0, 1.0], [4.0, 2.0]]]]))
    found = explain_unit(recording, "1", (0,), top=2)
    assert isinstance(found.parts, units.Linear)
    assert found.parts.top == (units.Product(1, 1.0, -10.0, -10.0), units.Product(2, 4.0, 2.0, 8.0))
    assert (found.parts.rest, found.parts.rest_count, found.parts.bias) == (4.0, 2, 0.25)
    assert found.value == 2.25
    assert found.sources == (units.Source("0", (0, 4)),)


def test_a_skip_connection_has_two_terms() -> None:
    recording = record(DESIGNS["net_res"].build(), pictures())
    found = explain_unit(recording, "add1", (3, 4, 5))
    assert isinstance(found.parts, units.Merge)
    assert [source.layer for source in found.sources] == ["relu3", "pool2"]
    assert found.parts.terms == tuple(
        recording.outputs[name][0, 3, 4, 5].item() for name in ("relu3", "pool2")
    )


def test_flatten_and_activation_point_back() -> None:
    recording = record(Net(), pictures())
    network = recording.network
    assert network is not None
    assert source_window(network, "flatten1", (100,)) == (units.Source("pool2", (1, 2), (4,), (4,)),)
    assert source_window(network, "tanh1", (2, 3, 4)) == (units.Source("conv1", (2, 3), (3,), (4,)),)
    found = explain_unit(recording, "tanh1", (2, 3, 4))
    assert found.parts == units.Pointwise(recording.outputs["conv1"][0, 2, 3, 4].item(), found.value)


class Means(nn.Module):
    """Means over both axes, kept or not, and over one."""

    def forward(self, x: Tensor) -> Tensor:
        centred = x - x.mean((2, 3), keepdim=True)
        rows = (centred * x.mean(-1, keepdim=True)).abs()
        return rows.mean((-2, -1))


def test_means_are_sums_over_a_count() -> None:
    recording = record(Means(), pictures(2, 3, 6))
    assert check_all(recording) == 4 * 6
    found = explain_unit(recording, "mean2", (1, 4, 0))
    assert isinstance(found.parts, units.AveragePool)
    assert (found.sources[0].rows, found.sources[0].cols, found.parts.divisor) == ((4,), tuple(range(6)), 6)


class Branches(nn.Module):
    """Concatenates, multiplies by one number a channel, subtracts and divides."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.pool = nn.Conv2d(2, 3, 3, padding=1), nn.AdaptiveAvgPool2d(1)

    def forward(self, x: Tensor) -> Tensor:
        both = torch.cat([x, self.conv(x)], dim=1)
        scaled = both * torch.sigmoid(self.pool(both))
        return (scaled - both) / (both * both + 1)


def test_branches_of_all_kinds() -> None:
    recording = record(Branches(), pictures(1, 2, 6))
    assert check_all(recording) == 4 * 9
    assert recording.network is not None
    assert source_window(recording.network, "concat1", (2, 1, 1)) == (
        units.Source("conv", (0, 1), (1,), (1,)),
    )
    assert source_window(recording.network, "multiply1", (2, 4, 5))[1] == units.Source(
        "sigmoid1", (2, 3), (0,), (0,)
    )


def test_grouped_channels() -> None:
    network = trace(nn.Sequential(nn.Conv2d(4, 6, 1, groups=2)), (4, 3, 3))
    assert [source_window(network, "0", (c, 0, 0))[0].channels for c in range(6)] == [(0, 2)] * 3 + [
        (2, 4)
    ] * 3
    assert source_window(trace(nn.Sequential(nn.MaxPool2d(2)), (4, 4, 4)), "0", (3, 1, 1))[0].channels == (
        3,
        4,
    )


class Overall(nn.Module):
    """One mean over all channels."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean((1, 2, 3), keepdim=True)


class Made(nn.Module):
    """Kernels and weights that are made of the picture."""

    def forward(self, x: Tensor) -> Tensor:
        y = nn.functional.conv2d(x, x.mean((2, 3), keepdim=True))
        return nn.functional.linear(y.flatten(1), y.flatten(1))


def test_weights_that_are_made_of_the_picture_are_said_too() -> None:
    recording = record(Made(), pictures(size=8))
    for name, unit in (("conv1", (0, 1, 1)), ("linear1", (0,))):
        with pytest.raises(UserError, match="mixes too many values"):
            explain_unit(recording, name, unit)


def test_what_cannot_be_explained_is_said() -> None:
    x = pictures(size=8)
    with pytest.raises(UserError, match="opened layer by layer"):
        explain_unit(record(Branching(), x), "conv", (0, 0, 0))
    with pytest.raises(UserError, match="0, a GroupNorm layer, mixes too many values"):
        explain_unit(record(nn.Sequential(nn.GroupNorm(1, 3)), x), "0", (0, 0, 0))
    mixed = nn.Sequential(nn.Flatten(), nn.Softmax(1))
    for module, name in ((mixed, "1"), (Overall(), "mean1")):
        with pytest.raises(UserError, match="mixes too many values"):
            explain_unit(record(module, x), name, (0,) if name == "1" else (0, 0, 0))
    with pytest.raises(UserError, match="0 has no unit"):
        explain_unit(record(nn.Sequential(nn.ReLU()), x), "0", (0, 8, 0))
