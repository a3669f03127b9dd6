"""convlab.training.contributions: what is added up is the gradient, and each picture's share is its own."""

import pytest
import torch
import torch.nn.functional as F

from convlab.errors import UserError
from convlab.networks.designs import DESIGNS
from convlab.training.contributions import contributions
from tests.training.test_step import batch, net

ENTRIES = [
    ("net", "conv1.weight", (3, 0, 1, 2), (32, 32)),
    ("net", "conv1.weight", (15, 2, 0, 0), (32, 32)),  # a corner: it meets the padding
    ("net", "conv1.bias", (3,), (32, 32)),
    ("net", "conv2.weight", (7, 15, 2, 2), (16, 16)),
    ("net", "fc1.weight", (31, 511), (1, 1)),
    ("net", "fc2.bias", (1,), (1, 1)),
    ("net_dropout", "conv2.weight", (3, 4, 1, 0), (16, 16)),
    ("net_batch_norm", "conv1.weight", (3, 0, 1, 2), (32, 32)),
    ("net_fast", "conv1.weight", (3, 0, 3, 1), (16, 16)),  # kernels of 4, a stride of 2
]


@pytest.mark.parametrize(("design", "name", "place", "size"), ENTRIES)
def test_the_sum_over_pictures_and_places_is_the_gradient(
    design: str, name: str, place: tuple[int, ...], size: tuple[int, int]
) -> None:
    pictures, labels = batch()
    found = contributions(net(design), pictures, labels, name, place, seed=5)
    model = net(design).train()
    with torch.random.fork_rng():
        torch.manual_seed(5)
        F.cross_entropy(model(pictures), labels).backward()
    gradient = model.get_parameter(name).grad
    assert gradient is not None
    assert found.gradient == float(gradient[place])
    assert found.values.shape == (8, *size)
    assert found.total == pytest.approx(found.gradient, rel=1e-4, abs=1e-7)
    assert found.total == pytest.approx(float(found.by_picture.double().sum()), rel=1e-5, abs=1e-9)


def test_a_pictures_share_is_its_own_gradient_over_the_batch() -> None:
    pictures, labels = batch()
    found = contributions(net(), pictures, labels, "conv1.weight", (3, 0, 1, 2))
    for n, share in enumerate(found.by_picture.tolist()):
        model = net()
        (F.cross_entropy(model(pictures[n : n + 1]), labels[n : n + 1]) / 8).backward()
        gradient = model.get_parameter("conv1.weight").grad
        assert gradient is not None
        assert share == pytest.approx(float(gradient[3, 0, 1, 2]), rel=1e-3, abs=1e-7)


@pytest.mark.parametrize("name", ["conv1_batchnorm.weight", "conv1.running_mean", "nothing", "conv9.weight"])
def test_what_no_layer_of_the_two_kinds_has_is_refused(name: str) -> None:
    assert name not in dict(DESIGNS["net_batch_norm"].build().named_parameters()) or "batchnorm" in name
    with pytest.raises(UserError, match="is no weight of a convolution or of a linear layer: choose one"):
        contributions(net("net_batch_norm"), *batch(), name, (0,))
