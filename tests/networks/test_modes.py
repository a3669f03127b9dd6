"""train() mode beside eval(): bit for bit PyTorch's, the network untouched, statistics and drops by hand."""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.errors import UserError
from convlab.networks import modes
from convlab.networks.designs import DESIGNS, Net, seeded
from convlab.networks.modes import Training
from convlab.networks.recipes import recipe
from convlab.networks.recording import Recording, record
from convlab.networks.units import BatchNorm, Dropout, explain_unit
from convlab.networks.variants import NetBatchNorm, NetDropout, NetResDeep
from tests.networks.test_graph import state


def pictures(count: int, size: int = 32, seed: int = 0) -> Tensor:
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(seed))


def in_training(module: nn.Module, seed: int = 0, others: int = 7, size: int = 32) -> Recording:
    return record(module, pictures(1, size), Training(pictures(others, size, 1), seed))


class Functions(nn.Module):
    """Batch norm and dropout as functions that are told the mode, by name and by place."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("variance", torch.ones(3))
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = F.batch_norm(x, self.mean, self.variance, training=self.training)  # type: ignore[arg-type]
        x = F.dropout(self.conv(x), 0.3, self.training)
        return F.dropout2d(x, 0.5, training=self.training)


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("make", [*(design.build for design in DESIGNS.values()), Functions])
def test_a_pass_is_pytorchs_in_train(make: type[nn.Module], seed: int) -> None:
    module = seeded(make, 1).eval()
    before, generator = list(state(module)), torch.get_rng_state()
    found = in_training(module, seed)
    assert list(state(module)) == before
    assert torch.equal(torch.get_rng_state(), generator)
    twin, batch = copy.deepcopy(module).train(), torch.cat([pictures(1), pictures(7, seed=1)])
    torch.manual_seed(seed)
    with torch.no_grad():
        assert torch.equal(found.result, twin(batch)[:1])
    torch.set_rng_state(generator)


def test_without_batch_norm_and_dropout_both_modes_are_one() -> None:
    net = Net()
    assert modes.kinds_that_differ(net) == ()
    found = in_training(net)
    assert found.training is not None
    assert (dict(found.training.statistics), dict(found.training.dropped)) == ({}, {})
    torch.testing.assert_close(found.result, record(net, pictures(1)).result)


def test_statistics_of_the_batch_by_hand() -> None:
    net = seeded(NetBatchNorm, 0).eval()
    assert modes.kinds_that_differ(net) == ("BatchNorm2d",)
    found = in_training(net).training
    assert found is not None
    with torch.no_grad():
        entered = net.conv1(torch.cat([pictures(1), pictures(7, seed=1)])).double()
    (one, two) = found.statistics.values()
    torch.testing.assert_close(one.mean, entered.mean((0, 2, 3)))
    torch.testing.assert_close(one.variance, entered.var((0, 2, 3), correction=0))
    assert one.running_mean is not None
    assert not one.running_mean.any()
    assert len(two.mean) == 16


def test_running_statistics_that_no_training_has_moved() -> None:
    net = seeded(NetBatchNorm, 0)
    assert modes.untouched(net)
    net.train()(pictures(4))
    assert not modes.untouched(net)
    assert not modes.untouched(Net())
    assert not modes.untouched(nn.BatchNorm2d(3, track_running_stats=False))


def test_dropped_maps_are_named_and_change_with_the_seed() -> None:
    net = seeded(NetDropout, 0)
    found = [in_training(net, seed) for seed in range(6)]
    drawn = set()
    for one in found:
        assert one.training is not None
        maps = one.training.maps("conv1_dropout")
        drawn.add(maps)
        before, after = one.outputs["pool1"][0], one.outputs["conv1_dropout"][0]
        for n in range(32):
            if n in maps:
                assert not after[n].any()
                assert before[n].any()
            else:
                torch.testing.assert_close(after[n], before[n] / 0.6)
        assert one.training.maps("conv1") == ()
    assert len(drawn) == 6
    rates = [len(maps) / 32 for maps in drawn]
    assert 0.2 < sum(rates) / 6 < 0.6


def test_single_values_are_dropped_one_by_one() -> None:
    module = nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(3072, 2))
    one = in_training(module)
    assert one.training is not None
    gone = one.training.dropped["1"]
    assert gone.shape == (3072,)
    assert torch.equal(gone, (one.outputs["1"][0] == 0) & (one.outputs["0"][0] != 0))
    assert 0.45 < float(gone.double().mean()) < 0.55
    assert len(one.training.maps("1")) == int(gone.sum())


@pytest.mark.parametrize("make", [NetBatchNorm, NetDropout, lambda: NetResDeep(n_blocks=2)])
def test_units_add_up_in_train(make: type[nn.Module]) -> None:
    found = in_training(seeded(make, 0), 2)
    for layer in found.layers:
        shape = layer.shape
        for unit in ((0, 0, 0), (shape[0] - 1, shape[-1] // 2, 1), (shape[0] // 2, 2, 3)):
            told = explain_unit(found, layer.name, unit[: len(shape)])
            assert told.parts.result == pytest.approx(told.value, abs=1e-4), (layer.name, unit)
            assert isinstance(told.parts, BatchNorm) == (layer.kind == "BatchNorm2d")
            assert isinstance(told.parts, Dropout) == (layer.kind == "Dropout2d")


def test_a_dropped_unit_and_one_that_was_kept() -> None:
    found = in_training(seeded(NetDropout, 0))
    assert found.training is not None
    maps = found.training.maps("conv1_dropout")
    kept = next(n for n in range(32) if n not in maps)
    for channel, dropped in ((maps[0], True), (kept, False)):
        parts = explain_unit(found, "conv1_dropout", (channel, 3, 4)).parts
        assert isinstance(parts, Dropout)
        assert (parts.dropped, parts.p) == (dropped, 0.4)
        assert parts.input == float(found.outputs["pool1"][0, channel, 3, 4])


def test_one_value_a_channel_has_no_variance() -> None:
    module = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.BatchNorm2d(3), nn.Flatten())
    with pytest.raises(UserError, match="Batch norm has one value a channel here"):
        in_training(module, others=0)
    assert in_training(module, others=1).result.shape == (1, 3)


class Broken(nn.ReLU):
    """A layer that fails in train mode alone."""

    def forward(self, x: Tensor) -> Tensor:
        if self.training:
            raise ValueError("something else")
        return x


def test_another_value_error_is_not_explained_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Broken, "__module__", "torch.nn.modules.activation")  # one step, as torch's own are
    with pytest.raises(ValueError, match="something else"):
        in_training(nn.Sequential(nn.Conv2d(3, 2, 3), Broken()))


def test_layers_that_work_in_place_do_not_spoil_the_statistics() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Dropout2d(0.5))
    found = in_training(seeded(lambda: module, 0), size=8)
    assert found.training is not None
    with torch.no_grad():
        entered = module[0](torch.cat([pictures(1, 8), pictures(7, 8, 1)])).double()
    torch.testing.assert_close(found.training.statistics["1"].mean, entered.mean((0, 2, 3)))
    assert (found.outputs["1"] < 0).any()


def test_elsewhere_too_a_batch_norm_is_made_of_its_batch_and_a_dropout_of_what_it_kept() -> None:
    found = in_training(seeded(NetBatchNorm, 0))
    assert found.training is not None
    assert found.network is not None
    made = recipe(found, found.network.layer("conv1_batchnorm"))
    assert made is not None
    statistics = found.training.statistics["conv1_batchnorm"]
    torch.testing.assert_close(made.tensors["mean"], statistics.mean.float())
    torch.testing.assert_close(made.tensors["var"], statistics.variance.float())
    for training, wanted in ((None, "itself"), (Training(pictures(1)), "dropout")):
        one = record(seeded(NetDropout, 0), pictures(1), training)
        assert one.network is not None
        told = recipe(one, one.network.layer("conv1_dropout"))
        assert (told.how if told else "") == wanted
