"""train() against eval(): batch norm and dropout by hand, the batch's size and order (8.4.1)."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.datasets.dataset import Split
from convlab.errors import UserError
from convlab.networks.designs import Net, seeded
from convlab.networks.variants import NetBatchNorm, NetDropout
from convlab.probing.modes import Order, _SeededDropout, measure
from convlab.probing.probe import Probe

ORDERS: list[Order] = ["shuffled", "by_class"]


def split(count: int) -> Split:
    """Bright pictures of class 1, dark ones of class 0, mixed."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 2, (count,), generator=generator)
    images = torch.randint(0, 180, (count, 3, 32, 32), generator=generator) + 75 * labels[:, None, None, None]
    return Split(images.to(torch.uint8), labels)


def trained_norm() -> Probe:
    """Tells bright from dark by batch norm's running mean: right on all of ``split`` in eval mode."""
    norm = nn.BatchNorm2d(3)
    norm.running_mean = torch.full((3,), 127 / 255)
    layer = nn.Linear(3, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[-1.0] * 3, [1.0] * 3]))
        layer.bias.zero_()
    network = nn.Sequential(norm, nn.AdaptiveAvgPool2d(1), nn.Flatten(), layer)
    return Probe(network.eval(), ("dark", "bright"), (0.0,) * 3, (1.0,) * 3)


@pytest.mark.parametrize("make", [Net, NetBatchNorm, NetDropout])
def test_in_eval_neither_batch_nor_order_matters(make: type[nn.Module]) -> None:
    probe, data = Probe(seeded(make, 2).eval(), ("airplane", "bird")), split(70)
    wanted = float((probe.logits(data.images).argmax(1) == data.labels).double().mean())
    for batch_size in (1, 7, 64, 256):
        for order in ORDERS:
            found = measure(probe, data, False, batch_size, order)
            assert found.accuracy == pytest.approx(wanted)
            assert found.moved == ()


def test_batch_norm_in_train_depends_on_the_batch() -> None:
    """With one class in a batch, its mean hides the brightness that tells the class."""
    probe, data = trained_norm(), split(200)
    assert measure(probe, data, False, 50).accuracy == 1
    assert measure(probe, data, True, 50).accuracy > 0.95
    assert measure(probe, data, True, 50, "by_class").accuracy < 0.8
    assert measure(probe, data, True, 1).accuracy < 0.8


def test_train_mode_is_pytorch_s() -> None:
    """Two batches by hand, through a copy in train()."""
    network, data = seeded(NetBatchNorm, 0).eval(), split(10)
    probe = Probe(network, ("airplane", "bird"))
    twin = seeded(NetBatchNorm, 0).train()
    order = data.labels.argsort(stable=True)
    with torch.no_grad():
        verdicts = [twin(probe.normalise(data.images[part])).argmax(1) for part in order.split(6)]
    wanted = float((torch.cat(verdicts) == data.labels[order]).double().mean())
    assert measure(probe, data, True, 6, "by_class").accuracy == pytest.approx(wanted)


def test_what_a_pass_in_train_moves() -> None:
    data = split(20)
    found = measure(Probe(seeded(NetBatchNorm, 0).eval(), ("airplane", "bird")), data, True, 10)
    assert found.moved == tuple(
        f"{layer}.{buffer}"
        for layer in ("conv1_batchnorm", "conv2_batchnorm")
        for buffer in ("running_mean", "running_var", "num_batches_tracked")
    )
    assert measure(Probe(seeded(Net, 0).eval(), ("airplane", "bird")), data, True, 10).moved == ()


def test_dropout_in_train_is_seeded_and_does_something() -> None:
    layer = nn.Linear(3072, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[-1.0], [1.0]]).expand(2, 3072))
        layer.bias.copy_(torch.tensor([1.0, -1.0]) * 3072 * 127 / 255)
    network = nn.Sequential(nn.Dropout(0.999), nn.Flatten(), layer)
    probe, data = Probe(network.eval(), ("dark", "bright"), (0.0,) * 3, (1.0,) * 3), split(200)
    generator_before = torch.get_rng_state()
    assert measure(probe, data, False, 20).accuracy == 1
    found = [measure(probe, data, True, 20, seed=seed).accuracy for seed in (0, 0, 1, 2)]
    assert found[0] == found[1]
    assert len(set(found)) > 1
    assert max(found) < 1
    assert torch.equal(torch.get_rng_state(), generator_before)


@pytest.mark.parametrize("channels", [False, True])
def test_the_seeded_dropout_is_dropout(channels: bool) -> None:
    """Zeros at rate p, the rest divided by 1 - p, whole channels or values; as PyTorch's."""
    x = torch.ones(200, 10, 4, 4)
    drop = _SeededDropout(0.4, channels, torch.Generator().manual_seed(0))
    y = drop.train()(x)
    real = (F.dropout2d if channels else F.dropout)(x, 0.4, training=True)
    assert torch.equal(y.unique(), real.unique())
    assert float((y == 0).double().mean()) == pytest.approx(0.4, abs=0.03)
    assert bool((y == y[:, :, :1, :1]).all()) == channels
    assert torch.equal(drop.eval()(x), x)
    for p, value in ((0.0, 1), (1.0, 0)):
        edge = _SeededDropout(p, channels, torch.Generator().manual_seed(0)).train()
        assert (edge(x) == value).all()


@pytest.mark.parametrize("batch_size", [1, 3])
def test_batch_norm_needs_two_values_a_channel(batch_size: int) -> None:
    """Where the map is 1x1; a last batch of one picture fails like a batch of one."""
    network = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.BatchNorm2d(3), nn.Flatten(), nn.Linear(3, 2)).eval()
    with pytest.raises(UserError, match="Batch norm has one value a channel here"):
        measure(Probe(network, ("a", "b")), split(10), True, batch_size)
    assert 0 <= measure(Probe(network, ("a", "b")), split(10), False, batch_size).accuracy <= 1


def test_a_batch_of_one_is_fine_on_maps() -> None:
    probe = Probe(seeded(NetBatchNorm, 0).eval(), ("airplane", "bird"))
    assert 0 <= measure(probe, split(5), True, 1).accuracy <= 1


def test_another_error_is_not_explained_away() -> None:
    class Broken(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            raise ValueError("something else")

    with pytest.raises(ValueError, match="something else"):
        measure(Probe(Broken().eval(), ("a", "b")), split(2), True, 1)


@pytest.mark.parametrize("batch_size", [0, -1, 257])
def test_batch_sizes(batch_size: int) -> None:
    with pytest.raises(UserError, match="choose 1 to 256"):
        measure(trained_norm(), split(2), True, batch_size)


def test_orders() -> None:
    with pytest.raises(UserError, match="no order 'random': choose one of shuffled, by_class"):
        measure(trained_norm(), split(2), True, 1, "random")  # type: ignore[arg-type]
