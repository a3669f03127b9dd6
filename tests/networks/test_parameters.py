"""Parameters by layer add up to PyTorch's count, however the weights are made, tied, frozen or left over."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune

from convlab.networks.graph import Layer, trace
from convlab.networks.recording import record
from tests.networks.modules import CHANNELS, Scaled, modules


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def layers(module: nn.Module, shape: tuple[int, ...] = (1, 8, 8)) -> dict[str, Layer]:
    return {layer.name: layer for layer in trace(module, shape).layers}


@settings(max_examples=60)
@given(modules())
def test_layers_add_up_to_pytorchs_count(module: nn.Module) -> None:
    network = trace(module, (CHANNELS, 6, 6))
    assert sum(layer.parameters for layer in network.layers) == network.parameters == count(module)
    assert network.other_parameters == 0
    frozen = sum(parameter.numel() for parameter in module.parameters() if not parameter.requires_grad)
    assert sum(layer.frozen_parameters for layer in network.layers) == frozen


@settings(max_examples=15)
@given(modules(depth=1))
def test_what_is_recorded_is_the_modules_own(module: nn.Module) -> None:
    x = torch.randn(1, CHANNELS, 6, 6, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        assert torch.equal(record(module, x).result, module.eval()(x))


def test_a_scale_for_each_block_is_counted_where_it_is_used_first() -> None:
    module = Scaled([nn.Conv2d(1, 1, 3, padding=1) for _ in range(2)], "indexed")
    found = layers(module)
    assert [(layer.name, layer.parameters) for layer in found.values() if layer.parameters] == [
        *(("blocks.0", 10), ("multiply1", 2), ("blocks.1", 10))
    ]
    assert (found["multiply2"].shared_parameters, found["multiply2"].shared_with) == (2, "multiply1")


def test_a_layer_that_shares_some_of_its_weights_counts_the_others() -> None:
    one, other = (nn.Conv2d(2, 2, 3, padding=1) for _ in range(2))
    other.weight = one.weight
    found = layers(nn.Sequential(one, other), (2, 8, 8))
    assert (found["0"].parameters, found["1"].parameters) == (38, 2)
    assert (found["1"].shared_parameters, found["1"].shared_with) == (36, None)


NORMS: dict[str, tuple[Any, int]] = {
    "weight_norm": (parametrizations.weight_norm, 22),
    "spectral_norm": (parametrizations.spectral_norm, 20),
    "orthogonal": (parametrizations.orthogonal, 20),
    "weight_norm by hooks": (nn.utils.weight_norm, 22),
    "spectral_norm by hooks": (nn.utils.spectral_norm, 20),
    "pruned": (lambda layer: prune.l1_unstructured(layer, "weight", 0.5), 20),
}


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("name", NORMS)
def test_a_layer_whose_weight_is_computed_is_that_layer(name: str) -> None:
    make, wanted = NORMS[name]
    layer = make(nn.Conv2d(1, 2, 3))
    module = nn.Sequential(layer).eval()
    network = trace(module, (1, 8, 8))
    (found,) = network.layers
    assert (found.name, found.kind, found.parameters) == ("0", "Conv2d", wanted)
    assert found.window is not None
    with torch.no_grad():
        module(torch.zeros(1, 1, 8, 8))  # hooks make the weight now
        assert torch.equal(network.tensors("0")["weight"], layer.weight)


def test_frozen_weights_and_buffers() -> None:
    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    module[0].requires_grad_(False)
    found = layers(module)
    assert (found["0"].parameters, found["0"].frozen_parameters) == (20, 20)
    assert (found["1"].parameters, found["1"].frozen_parameters) == (4, 0)  # its statistics are no parameters


class Odd(nn.Module):
    """Weights that no layer uses: one is turned into a number, one belongs to a layer that never runs."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.unused = nn.Conv2d(1, 1, 3), nn.Linear(2, 2)
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x) * float(self.weight)  # type: ignore[no-any-return]


def test_weights_that_no_layer_was_seen_to_use_are_counted_apart() -> None:
    network = trace(Odd(), (1, 8, 8))
    assert (network.parameters, network.other_parameters) == (17, 7)


@pytest.mark.parametrize(
    "layer",
    [nn.MultiheadAttention(8, 2), nn.TransformerEncoderLayer(8, 2, 16), nn.LSTM(8, 3), nn.GRU(8, 3)],
    ids=lambda layer: type(layer).__name__,
)
def test_layers_made_of_layers(layer: nn.Module) -> None:
    class Rows(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = layer

        def forward(self, x: Tensor) -> Tensor:
            rows = x[:, 0]
            attends = isinstance(self.layer, nn.MultiheadAttention)
            found = self.layer(rows, rows, rows) if attends else self.layer(rows)
            whole: Tensor = found if isinstance(self.layer, nn.TransformerEncoderLayer) else found[0]
            return whole

    network = trace(Rows(), (1, 4, 8))
    assert network.parameters == count(layer)
    assert network.other_parameters == 0


def test_where_there_is_no_graph_the_layers_add_up_too() -> None:
    class Branching(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.other = (nn.Conv2d(1, 1, 3, padding=1) for _ in range(2))
            self.other.weight = self.one.weight

        def forward(self, x: Tensor) -> Tensor:
            x = self.other(self.one(x))
            return x if x.sum() > 0 else self.one(x)

    module = Branching()
    for sign in (-1, 1):
        found = record(module, torch.full((1, 1, 4, 4), float(sign)))
        assert found.network is None
        assert sum(layer.parameters for layer in found.layers) == count(module)


def test_a_computed_weight_follows_training() -> None:
    layer = parametrizations.weight_norm(nn.Conv2d(1, 1, 3))
    network = trace(layer, (1, 8, 8))
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(1)
        assert torch.equal(network.tensors("0")["weight"], layer.weight)
