"""The streams of a run: each its own, all of them put back, PyTorch's global one untouched."""

from typing import Any

import pytest
import torch
from torch import nn

from convlab.training.randomness import AUGMENTATION, Randomness
from convlab.training.settings import Settings

DROPPING = nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.5))


def streams(network: nn.Module = DROPPING, **changes: Any) -> Randomness:
    return Randomness(Settings(**{"seed": 3, **changes}), network, torch.device("cpu"))


def drops(found: Randomness) -> torch.Tensor:
    with found.dropout():
        return nn.functional.dropout(torch.ones(50), 0.5)


def test_the_order_is_the_seeds_and_every_epoch_has_another() -> None:
    found, wanted = streams(), torch.Generator().manual_seed(3)
    for _ in range(3):
        assert torch.equal(found.order(20), torch.randperm(20, generator=wanted))
    assert streams(unshuffled=True).order(4).tolist() == [0, 1, 2, 3]


def test_augmentation_follows_a_stream_of_its_own() -> None:
    found, wanted = streams(flip=True, shift_px=2), torch.Generator().manual_seed(3 + AUGMENTATION)
    flipped, down, right = found.augmentation(9)
    assert torch.equal(flipped, (torch.rand(9, generator=wanted) < 0.5).long())
    assert torch.equal(torch.stack((down, right)), torch.randint(-2, 3, (2, 9), generator=wanted))
    plain = streams().augmentation(9)
    assert all(part.eq(0).all() and part.shape == (9,) for part in plain)


def test_dropout_draws_from_the_run_and_leaves_the_global_stream_alone() -> None:
    torch.manual_seed(3)
    wanted = [nn.functional.dropout(torch.ones(50), 0.5) for _ in range(2)]
    found, before = streams(), torch.get_rng_state()
    assert torch.equal(drops(found), wanted[0])
    torch.rand(5)
    torch.set_rng_state(before)
    assert torch.equal(drops(found), wanted[1])
    assert torch.equal(torch.get_rng_state(), before)


def test_an_error_inside_puts_the_global_stream_back() -> None:
    before = torch.get_rng_state()

    def broken() -> None:
        with streams().dropout():
            torch.rand(3)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert torch.equal(torch.get_rng_state(), before)


def test_a_network_without_dropout_needs_no_stream() -> None:
    found = streams(nn.Linear(2, 2))
    assert "dropout" not in found.state()
    with found.dropout():
        pass


def test_all_streams_go_on_from_their_state() -> None:
    found = streams(flip=True, shift_px=1)
    order = found.order(9)
    found.augmentation(4)
    drops(found)
    state = {name: tensor.clone() for name, tensor in found.state().items()}
    rest = found.augmentation(4), drops(found), found.order(9)
    other = streams(flip=True, shift_px=1, seed=3)
    other.restore(state)
    assert torch.equal(other.order(9), order)  # the present epoch's once more
    again = other.augmentation(4), drops(other), other.order(9)
    for one, two in zip([*rest[0], *rest[1:]], [*again[0], *again[1:]], strict=True):
        assert torch.equal(one, two)
