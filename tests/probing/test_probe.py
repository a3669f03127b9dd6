"""Pixels in, probabilities out: against plain PyTorch; the shared network stays as it is."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.errors import UserError
from convlab.networks.designs import DESIGNS, Net, design, seeded
from convlab.pictures import images
from convlab.probing.probe import Probe, softened

NAMES = ("airplane", "bird")


def pictures(count: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8, generator=generator)


def net(seed: int = 0) -> nn.Module:
    return seeded(Net, seed).eval()


def test_normalise_by_hand() -> None:
    probe = Probe(net(), NAMES, mean=(0.5, 0.25, 0.0), std=(0.5, 1.0, 2.0))
    x = torch.full((1, 3, 32, 32), 51, dtype=torch.uint8)  # 0.2
    assert torch.allclose(probe.normalise(x)[0, :, 3, 4], torch.tensor([-0.6, -0.05, 0.1]))
    assert torch.equal(probe.normalise(images.to_float(x)), probe.normalise(x))


def test_normalise_passes_gradients_on() -> None:
    x = images.to_float(pictures(1)).requires_grad_()
    Probe(net(), NAMES, std=(0.25, 0.5, 1.0)).normalise(x).sum().backward()
    assert x.grad is not None
    assert x.grad[0, :, 0, 0].tolist() == [4, 2, 1]


@pytest.mark.parametrize("key", DESIGNS)
def test_logits_and_probabilities_of_every_design(key: str) -> None:
    network = seeded(design(key).build, 3).eval()
    probe, x = Probe(network, NAMES), pictures(3)
    with torch.no_grad():
        wanted = network(images.normalise(x.float() / 255, images.CIFAR10_MEAN, images.CIFAR10_STD))
    assert torch.equal(probe.logits(x), wanted)
    assert torch.equal(probe.probabilities(x), F.softmax(wanted, 1))
    assert torch.equal(probe.probabilities(x, 2.5), F.softmax(wanted / 2.5, 1))
    assert not probe.logits(x).requires_grad


def test_many_pictures_give_what_each_gives() -> None:
    probe, x = Probe(net(), NAMES), pictures(230)
    found = probe.logits(x)
    assert found.shape == (230, 2)
    for index in (0, 99, 100, 229):
        assert torch.allclose(found[index], probe.logits(x[index : index + 1])[0], atol=1e-6)


def test_temperature_by_hand() -> None:
    logits = torch.tensor([[0.0, math.log(3.0)]])
    assert softened(logits, 1.0)[0].tolist() == pytest.approx([0.25, 0.75])
    assert softened(logits, 0.5)[0].tolist() == pytest.approx([0.1, 0.9])
    assert softened(logits, 1e6)[0].tolist() == pytest.approx([0.5, 0.5], abs=1e-6)


def test_the_network_is_left_alone() -> None:
    network = net()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    Probe(network, NAMES).probabilities(pictures(2))
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert all(parameter.grad is None and parameter.requires_grad for parameter in network.parameters())
    assert not network.training


@pytest.mark.parametrize("temperature", [0.0, -1.0, math.nan, math.inf])
def test_what_is_no_temperature(temperature: float) -> None:
    with pytest.raises(UserError, match="choose a number above 0"):
        Probe(net(), NAMES).probabilities(pictures(1), temperature)


def test_what_does_not_fit() -> None:
    with pytest.raises(UserError, match=r"pictures of shape \[3, 32, 32\], not \[3, 30, 32\]"):
        Probe(net(), NAMES).logits(pictures(1)[:, :, :30])
    with pytest.raises(UserError, match="has 2 logits and there are 3 class names"):
        Probe(net(), ("a", "b", "c")).logits(pictures(1))
    for target in (-1, 2):
        with pytest.raises(UserError, match=f"There is no class {target}: choose 0 to 1"):
            Probe(net(), NAMES).check_class(target)
