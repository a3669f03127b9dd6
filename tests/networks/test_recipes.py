"""What all units of a layer are made from, against units taken apart one by one."""

import pytest
import torch
from torch import nn

from convlab.networks import units
from convlab.networks.designs import DESIGNS, Net
from convlab.networks.recipes import recipe
from convlab.networks.recording import record
from tests.networks.test_units import Branches, Means, Overall, pictures

HOWS = {
    units.Convolution: "convolution",
    units.Linear: "linear",
    units.MaxPool: "largest",
    units.AveragePool: "mean",
    units.BatchNorm: "batch_norm",
    units.Merge: "merge",
    units.Pointwise: "itself",
}


@pytest.mark.parametrize("key", DESIGNS)
def test_every_layer_of_every_design_has_a_recipe(key: str) -> None:
    recording = record(DESIGNS[key].build(), pictures())
    for layer in recording.layers:
        made = recipe(recording, layer)
        parts = units.explain_unit(recording, layer.name, tuple(0 for _ in layer.shape)).parts
        assert made is not None, layer
        assert made.how == HOWS[type(parts)]


@pytest.mark.parametrize(
    "pool",
    [
        nn.AvgPool2d(3, stride=2, padding=1),
        nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False),
        nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True),
        nn.AvgPool2d(2, divisor_override=3),
        nn.AdaptiveAvgPool2d((3, 5)),
        nn.AdaptiveAvgPool2d(1),
    ],
    ids=repr,
)
def test_a_mean_counts_as_pytorch_does(pool: nn.Module) -> None:
    recording = record(nn.Sequential(pool), pictures(1, 2, 12))
    layer = recording.layers[0]
    made = recipe(recording, layer)
    assert made is not None
    rows, cols = made.numbers["counts"]
    for row in range(layer.shape[1]):
        for col in range(layer.shape[2]):
            parts = units.explain_unit(recording, "0", (1, row, col)).parts
            assert isinstance(parts, units.AveragePool)
            assert parts.divisor == (made.numbers["divisor"] or rows[row] * cols[col])


@pytest.mark.parametrize(
    "norm", [nn.BatchNorm2d(3), nn.BatchNorm2d(3, affine=False, track_running_stats=False)]
)
def test_a_batch_norm_has_its_numbers_for_each_channel(norm: nn.Module) -> None:
    recording = record(nn.Sequential(norm), pictures(2, 3, 8))
    made = recipe(recording, recording.layers[0])
    assert made is not None
    for channel in range(3):
        parts = units.explain_unit(recording, "0", (channel, 1, 1)).parts
        assert isinstance(parts, units.BatchNorm)
        told = [made.tensors[name][channel].item() for name in ("mean", "var", "scale", "shift")]
        assert told == pytest.approx([parts.mean, parts.var, parts.scale, parts.shift], rel=1e-6, abs=1e-7)


def test_weights_are_the_layers_own() -> None:
    net = Net()
    recording = record(net, pictures())
    found = {layer.name: recipe(recording, layer) for layer in recording.layers}
    conv, linear = found["conv2"], found["fc1"]
    assert conv is not None
    assert linear is not None
    assert torch.equal(conv.tensors["weight"], net.conv2.weight)
    assert conv.numbers == {"groups": 1, "mode": "zeros", "read": 16}
    assert torch.equal(linear.tensors["weight"], net.fc1.weight)


def test_what_mixes_too_much_has_none() -> None:
    for module in (nn.Sequential(nn.GroupNorm(1, 3)), nn.Sequential(nn.Softmax(1)), Overall()):
        recording = record(module, pictures(size=8))
        assert recipe(recording, recording.layers[-1]) is None
    means = record(Means(), pictures(1, 3, 6))
    assert {layer.name: bool(recipe(means, layer)) for layer in means.layers} == {
        "mean1": True,
        "subtract1": True,
        "mean2": False,
        "multiply1": True,
        "abs1": True,
        "mean3": True,
    }
    branches = record(Branches(), pictures(1, 2, 6))
    hows = {layer.name: made.how for layer in branches.layers if (made := recipe(branches, layer))}
    assert hows["concat1"] == "concat"
    assert hows["multiply1"] == "merge"
