"""A run's network: seeded, initialised, as large as its data has classes."""

import pytest
import torch

from convlab.errors import UserError
from convlab.training.network import build, options
from convlab.training.settings import Settings


@pytest.mark.parametrize("initialisation", ["pytorch", "reset_parameters", "xavier", "kaiming"])
def test_weights_begin_as_asked(initialisation: str) -> None:
    chosen = Settings.parse({"design": "dense", "initialisation": initialisation, "seed": 4})
    before = torch.get_rng_state()
    net = build(chosen, 5)
    assert torch.equal(torch.get_rng_state(), before)
    assert net(torch.zeros(2, 3, 32, 32)).shape == (2, 5)
    weight, bias = net.get_parameter("1.weight").detach(), net.get_parameter("1.bias").detach()
    deviation = {
        "pytorch": (1 / 3072 / 3) ** 0.5,
        "reset_parameters": (1 / 3072 / 3) ** 0.5,
        "xavier": (2 / (3072 + 1024)) ** 0.5,
        "kaiming": (2 / 3072) ** 0.5,
    }[initialisation]
    assert weight.std().item() == pytest.approx(deviation, rel=0.01)
    assert bool(bias.any()) == (initialisation in ("pytorch", "reset_parameters"))
    assert torch.equal(weight, build(chosen, 5).get_parameter("1.weight"))
    assert not torch.equal(weight, build(chosen.changed(seed=5), 5).get_parameter("1.weight"))


def test_two_classes_go_without_saying() -> None:
    chosen = Settings(design="net", options={"kernel_size": 5})
    assert options(chosen, 2) == {"kernel_size": 5}
    assert options(chosen, 7) == {"kernel_size": 5, "num_classes": 7}
    assert build(chosen, 7)(torch.zeros(1, 3, 32, 32)).shape == (1, 7)


@pytest.mark.parametrize("count", [1, 21])
def test_a_number_of_classes_that_no_network_has(count: int) -> None:
    with pytest.raises(UserError, match=f"num_classes cannot be {count}"):
        build(Settings(), count)


def test_the_seed_makes_the_weights_and_leaves_the_callers_stream_alone() -> None:
    torch.manual_seed(3)
    wanted = torch.rand(1)
    torch.manual_seed(3)
    one, two = build(Settings(seed=8), 2), build(Settings(seed=8), 2)
    assert torch.equal(torch.rand(1), wanted)
    for name, tensor in one.state_dict().items():
        assert torch.equal(tensor, two.state_dict()[name])
