"""Forwards recorded as graphs: what is computed from loose weights too; the module is as it was."""

import pytest
import torch
from torch import Tensor, nn

from convlab.networks.graph import Walker, leaves, stand_in, trace
from convlab.networks.tracing import recorded


class Loose(nn.Module):
    """Reads a weight's shape, its length, its parts, and computes with it."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 3, 3, padding=1)
        self.weight = nn.Parameter(torch.rand(3))
        self.unused = nn.Parameter(torch.rand(1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        for part in self.weight:
            x = x * part
        return x + self.weight.view(1, self.weight.shape[0], 1, 1) * len(self.weight)


def test_a_weight_keeps_its_shape_and_is_recorded() -> None:
    body = stand_in(Loose())
    graph = recorded(body, leaves(body), "input", loose=True)
    assert [str(node.target) for node in graph.nodes if node.op == "get_attr"] == ["weight"]
    assert body._parameters["weight"] is body.weight
    assert type(body.conv) is nn.Conv2d


def test_training_shows_through() -> None:
    module, x = Loose(), torch.rand(1, 1, 4, 4)
    network = trace(module, (1, 4, 4))
    with torch.no_grad():
        module.weight.mul_(2)
        outputs = [output for _layer, output in Walker(network).walk(x)]
        assert torch.equal(outputs[-1], module(x))


def test_what_a_proxy_cannot_do_falls_back_to_the_numbers() -> None:
    class Number(Loose):
        def forward(self, x: Tensor) -> Tensor:
            return self.conv(x) * float(self.weight[0])  # type: ignore[no-any-return]

    body = stand_in(Number())
    with pytest.raises(Exception, match="Proxy"):
        recorded(body, leaves(body), "input", loose=True)
    assert type(body.conv) is nn.Conv2d  # put back all the same
    assert [layer.kind for layer in trace(Number(), (1, 4, 4)).layers] == ["Conv2d", "Multiply"]
