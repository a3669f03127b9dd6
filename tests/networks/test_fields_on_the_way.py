"""Receptive fields of the layers that a unit's value passes, in order."""

from torch import nn

from convlab.networks import receptive_field
from convlab.networks.designs import DESIGNS, Net
from convlab.networks.graph import trace


def test_fields_grow_on_the_way_as_the_chapter_says() -> None:
    def sides(module: nn.Module, layer: str) -> list[int]:
        rows = {row.layer.name: row for row in receptive_field.table(trace(module, (3, 32, 32)))}
        sizes = receptive_field.passed(rows, layer)
        assert all(down == across for down, across in sizes)
        return [down for down, _across in sizes]

    assert sides(Net(), "pool2") == [3, 4, 8, 10]
    assert sides(Net(), "tanh2") == [3, 4, 8]
    assert sides(Net(), "fc2") == [3, 4, 8, 10, 32]
    assert sides(DESIGNS["net_depth"].build(), "pool3") == [3, 4, 8, 10, 18, 22]
    assert sides(DESIGNS["net_res"].build(), "add1") == [3, 4, 8, 10, 18]  # the longest way
    assert receptive_field.passed({}, "conv1") == []
