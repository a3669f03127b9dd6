"""The scripts of the regularisers run as they are, and give what the lesson shows, bit for bit."""

from functools import partial
from typing import Any

import pytest
import torch
from torch import nn

from convlab.networks import dropping, normalising
from convlab.probing import bundled
from convlab.snippets import regularisers
from convlab.training import penalties
from convlab.training.network import fresh


def ran(script: str) -> dict[str, Any]:
    found: dict[str, Any] = {"__name__": "script"}
    with torch.random.fork_rng():
        exec(compile(script, "script", "exec"), found)
    return found


@pytest.mark.parametrize("optimizer", penalties.OPTIMIZERS)
def test_the_three_runs(optimizer: str) -> None:
    found = ran(regularisers.three_ways(optimizer, 0.001, 32, 8))
    kind, settings = penalties.OPTIMIZERS[optimizer]
    data = found["pictures"][:32], found["labels"][:32]
    make = partial(fresh, "net", {}, 0)
    steps = penalties.three_ways(make, partial(kind, **settings), 0.001, *data, 8)
    assert [vars(one) for one in found["steps"]] == [vars(one) for one in steps]


def test_the_training_with_l1() -> None:
    found = ran(regularisers.sparse(0.001, 0.0, 128, 2))
    network = fresh("net", {}, 0)
    list(penalties.train(network, found["pictures"][:128], found["labels"][:128], 0.001, 0.0, 2))
    assert torch.equal(found["found"], penalties.sizes(network))


@pytest.mark.parametrize("kind", dropping.KINDS)
def test_the_passes_of_dropout(kind: str) -> None:
    found = ran(regularisers.dropout(kind, 0.3, 20, 4, sketch=5))
    network = bundled.weights("net_dropout_sketches").probe.network
    maps = normalising.entering(network, "conv2_dropout", found["pictures"][5:6])[0]
    ours = dropping.passes(maps, kind, 0.3, 20, 4)
    assert torch.equal(found["maps"], maps)
    assert torch.equal(found["outputs"], ours.outputs)
    assert torch.equal(found["means"], ours.means)


def test_the_statistics_of_batch_norm() -> None:
    found = ran(regularisers.statistics(0.3, 4, 48, 8))
    network = bundled.weights("net_batch_norm_sketches").probe.network
    maps = normalising.entering(network, "conv2_batchnorm", found["pictures"][:48])
    ours = normalising.track(nn.BatchNorm2d(16, momentum=0.3), maps.split(8), 4)
    for name, values in vars(ours).items():
        assert torch.equal(values, getattr(found["found"], name))


def test_the_bias_that_changes_nothing() -> None:
    found = ran(regularisers.bias(3, 2.0, 16))
    network = bundled.weights("net_batch_norm_sketches").probe.network
    maps = normalising.entering(network, "conv2", found["pictures"][:16])
    for name, added in (("before", 0.0), ("after", 2.0)):
        layers = network.get_submodule("conv2"), network.get_submodule("conv2_batchnorm")
        ours = normalising.with_bias(*layers, maps, 3, added)  # type: ignore[arg-type]
        for field, values in vars(ours).items():
            assert torch.equal(values, getattr(found[name], field))
