"""Dropout at work: PyTorch's own passes, whole maps or single values, a mean that comes near to eval()."""

import pytest
import torch
from torch import nn

from convlab.networks import dropping

MAPS = torch.randn(16, 8, 8, generator=torch.Generator().manual_seed(3))


def test_passes_are_those_of_pytorch() -> None:
    found = dropping.passes(MAPS, "Dropout2d", 0.4, 5, seed=7)
    torch.manual_seed(7)
    assert torch.equal(found.outputs, nn.Dropout2d(0.4).train()(MAPS.expand(5, 16, 8, 8)))
    assert torch.equal(found.means[2], found.outputs[:3].double().mean(0).float())


@pytest.mark.parametrize("p", [0.0, 0.25, 0.4, 0.9])
def test_a_map_is_dropped_whole_or_grows_by_one_over_one_less_p(p: float) -> None:
    found = dropping.passes(MAPS, "Dropout2d", p, 20, seed=1)
    for n in range(20):
        for channel, one in enumerate(found.outputs[n]):
            scaled = torch.zeros_like(one) if channel in found.dropped(n) else MAPS[channel] / (1 - p)
            torch.testing.assert_close(one, scaled)
    share = sum(len(found.dropped(n)) for n in range(20)) / (20 * 16)
    assert share == pytest.approx(p, abs=0.1)


def test_dropout_drops_single_values() -> None:
    found = dropping.passes(MAPS, "Dropout", 0.4, 1, seed=1)
    assert found.dropped(0) == ()
    assert float((found.outputs[0] == 0).double().mean()) == pytest.approx(0.4, abs=0.06)


def test_the_mean_of_many_passes_comes_near_to_eval() -> None:
    away = dropping.away(dropping.passes(MAPS, "Dropout2d", 0.4, 1000, seed=0), MAPS)
    assert float(away[-1]) < float(away[99]) < float(away[9]) < float(away[0])
    assert float(away[-1]) < 0.05 * float(MAPS.abs().mean())  # as 1 / sqrt(1000)


def test_with_p_1_nothing_is_left() -> None:
    assert not dropping.passes(MAPS, "Dropout2d", 1.0, 3, seed=0).outputs.any()
