"""Steps without maps, between two permutes or views: not layers, and what they read is known all the same."""

import pytest
import torch
from torch import Tensor, nn

from convlab.networks import footprint, foreign, graph, receptive_field, recording
from convlab.networks.layer_kinds import ITSELF, OWN_PLACE, Along, Bins, Window
from convlab.networks.layouts import after, has_maps, joined, plain, reads

MAPS = plain(4)


def test_a_permute_and_a_transpose_move_axes() -> None:
    nhwc = after("permute", [0, 2, 3, 1], MAPS, ((1, 3, 4, 5), (1, 4, 5, 3)))
    assert nhwc == (0, 2, 3, 1)
    assert not has_maps(nhwc)
    assert after("permute", [(0, 3, 1, 2)], nhwc, ((1, 4, 5, 3), (1, 3, 4, 5))) == MAPS
    assert after("transpose", [1, 2], (0, 1, 1, 2, 3), ((1, 2, 3, 4, 4), (1, 3, 2, 4, 4))) == (0, 1, 1, 2, 3)


def test_a_view_parts_and_joins_channels() -> None:
    parted = after("view", [], MAPS, ((1, 6, 4, 4), (1, 2, 3, 4, 4)))
    assert parted == (0, 1, 1, 2, 3)
    assert after("view", [], parted, ((1, 3, 2, 4, 4), (1, 6, 4, 4))) == MAPS
    assert after("view", [], MAPS, ((1, 6, 4, 4), (1, 96))) == plain(2)
    assert after("view", [], MAPS, ((1, 6, 4, 4), (1, 4, 6, 4))) == MAPS  # it mixes axes: a plain shape again
    assert after("reshape", [], MAPS, ((1, 6, 4, 4), (1, 2, 3, 4, 2, 2))) == (0, 1, 1, 2, 3, 3)


def test_what_a_step_reads_is_said_in_the_axes_of_maps() -> None:
    nhwc = (0, 2, 3, 1)
    assert reads("permute", None, MAPS, nhwc) == OWN_PLACE
    assert reads("", Along(frozenset((1,))), nhwc, nhwc) == OWN_PLACE  # along the last axis: the channels
    assert reads("", Along(groups=1), nhwc, nhwc) == Along(frozenset((0,)))  # along the second: the rows
    assert reads("", ITSELF, nhwc, nhwc) == ITSELF
    window = Window((3, 3), (1, 1), ((1, 1), (1, 1)), groups=2)
    assert reads("", window, nhwc, nhwc) is None
    assert reads("", window, MAPS, MAPS) == window


def test_two_steps_read_together() -> None:
    window = Window((3, 3), (1, 1), groups=2)
    assert joined(OWN_PLACE, ITSELF) == OWN_PLACE
    assert joined(Along(frozenset((0,))), OWN_PLACE) == Along(frozenset((0,)), groups=1)
    assert joined(OWN_PLACE, window) == Window((3, 3), (1, 1), groups=1)
    assert joined(ITSELF, window) == window
    assert joined(Along(frozenset((0,))), window) is None
    assert joined(None, ITSELF) is joined(ITSELF, None) is joined(OWN_PLACE, Bins((2, 2))) is None


class Block(nn.Module):
    """As ConvNeXt has them: a deep kernel, then all channels of a place, channels last."""

    def __init__(self) -> None:
        super().__init__()
        self.deep = nn.Conv2d(4, 4, 3, padding=1, groups=4)
        self.norm = nn.LayerNorm(4)
        self.wide = nn.Linear(4, 8)
        self.back = nn.Linear(8, 4)
        self.scale = nn.Parameter(torch.ones(4, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.deep(x).permute(0, 2, 3, 1))
        y = self.back(nn.functional.gelu(self.wide(y))).permute(0, 3, 1, 2)
        return torch.add(x, self.scale * y)


class Shuffled(nn.Module):
    """As ShuffleNet has them: one half of the channels passes, then they are shuffled."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 2, 3, stride=1, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        left, right = x.chunk(2, dim=1)
        y = torch.cat((left, self.conv(right)), dim=1)
        n, channels, rows, cols = y.size()
        return (
            y.view(n, 2, channels // 2, rows, cols).transpose(1, 2).contiguous().view(n, channels, rows, cols)
        )


@pytest.mark.parametrize(
    ("module", "names"),
    [
        (Block(), ["deep", "permute2", "multiply1", "add1"]),
        (Shuffled(), ["getitem1", "getitem2", "conv", "concat1", "flatten2"]),
    ],
)
def test_only_what_has_maps_is_a_layer_and_all_have_a_field(module: nn.Module, names: list[str]) -> None:
    network = graph.trace(module, (4, 7, 7))
    assert [layer.name for layer in network.layers] == names
    assert receptive_field.without_rule(network) == {}
    assert sum(layer.parameters for layer in network.layers) == network.parameters
    for layer in network.layers:
        row, unit = receptive_field.row(network, layer.name), (1, 0, 3)
        view = receptive_field.window_of(row, unit, (7, 7))
        seen = footprint.footprint(network, layer.name, unit)
        wanted = torch.zeros(7, 7, dtype=torch.bool)
        wanted[slice(*view.real_rows), slice(*view.real_cols)] = True
        if layer.name in {"concat1", "flatten2"}:  # half of their maps see one pixel alone
            assert not (seen & ~wanted).any()
        else:
            assert torch.equal(seen, wanted)


def test_layers_without_maps_can_be_named() -> None:
    assert foreign.without_maps(graph.trace(Block(), (4, 7, 7))) == ["norm", "wide", "back"]
    assert foreign.without_maps(graph.trace(Shuffled(), (4, 7, 7))) == []


def test_values_stay_those_of_the_module() -> None:
    for module in (Block(), Shuffled()):
        x = torch.rand(2, 4, 7, 7)
        assert torch.equal(recording.record(module, x).result, module.eval()(x))


def test_what_ends_without_maps_is_a_layer_still() -> None:
    class Last(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.relu(x).permute(0, 2, 3, 1)

    network = graph.trace(Last(), (3, 4, 5))
    assert [(layer.name, layer.shape) for layer in network.layers] == [
        ("relu1", (3, 4, 5)),
        ("permute1", (4, 5, 3)),
    ]
    assert list(receptive_field.without_rule(network)) == ["permute1"]
