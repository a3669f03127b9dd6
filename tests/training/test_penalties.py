"""Penalties: the chapter's loop by hand, L2 against weight_decay to the bit, what L1 does to the weights."""

import math
from functools import partial

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from convlab.datasets import sketches
from convlab.pictures import images
from convlab.training import penalties
from convlab.training.network import fresh
from convlab.training.penalties import OPTIMIZERS

SIZE = 8


def data(count: int = 64) -> tuple[Tensor, Tensor]:
    labels = torch.arange(count) % 2
    noise = torch.randn(count, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    return noise + labels[:, None, None, None], labels


def net() -> torch.nn.Module:
    return fresh("net", {}, 0)


def steps(optimizer: str, l2: float) -> list[penalties.Step]:
    kind, settings = OPTIMIZERS[optimizer]
    return list(penalties.three_ways(net, partial(kind, **settings), l2, *data(), SIZE))


def test_a_step_is_the_chapters() -> None:
    ours, book = net(), net()
    pictures, labels = data(SIZE)
    loss, penalty = penalties.step(ours, torch.optim.SGD(ours.parameters(), 0.01), pictures, labels, l2=0.001)
    l2_norm = sum(p.pow(2.0).sum() for p in book.parameters())
    whole = F.cross_entropy(book(pictures), labels) + 0.001 * l2_norm
    whole.backward()
    assert loss + penalty == pytest.approx(whole.item(), rel=1e-6)
    with torch.no_grad():
        for p in book.parameters():
            assert p.grad is not None
            p.sub_(p.grad, alpha=0.01)
    assert penalties.apart(ours, book) < 1e-8


@pytest.mark.parametrize("optimizer", ["SGD", "SGD, momentum 0.9", "Adam"])
def test_the_gradient_of_l2_added_is_weight_decay_to_the_bit(optimizer: str) -> None:
    found = steps(optimizer, 0.001)
    assert len(found) == 64 // SIZE
    assert [one.hand_apart for one in found] == [0.0] * len(found)
    assert [one.by_hand for one in found] == [one.decayed for one in found]


@pytest.mark.parametrize("optimizer", ["SGD", "SGD, momentum 0.9", "Adam"])
def test_in_the_loss_it_is_so_but_for_a_rounding(optimizer: str) -> None:
    assert max(one.loss_apart for one in steps(optimizer, 0.001)) < 1e-7  # 0 on some processors
    assert [one.loss_apart for one in steps(optimizer, 2**-10)] == [0.0] * (64 // SIZE)  # nothing to round


def test_adamw_decays_in_another_way() -> None:
    assert steps("AdamW", 0.001)[-1].hand_apart > 1e-3


def test_the_penalty_is_what_the_losses_differ_by() -> None:
    first = steps("SGD", 0.001)[0]
    squares = sum(p.detach().double().square().sum().item() for p in net().parameters())
    assert first.penalty == pytest.approx(0.001 * squares, rel=1e-5)
    assert first.in_loss == first.decayed


def test_l1_leaves_small_weights_and_l2_does_not() -> None:
    shares = {}
    for l1, l2 in ((0.0, 0.0), (0.0, 0.01), (0.01, 0.0)):
        network = net()
        losses = list(penalties.train(network, *data(), l1, l2, epochs=40))
        assert len(losses) == 40
        assert all(map(math.isfinite, losses))
        found = penalties.sizes(network)
        assert len(found) == 18_090
        assert torch.equal(found, found.sort().values)
        shares[l1, l2] = penalties.share_below(found, 1e-3)
    assert shares[0.01, 0.0] > 3 * max(shares[0.0, 0.0], shares[0.0, 0.01])


def test_l1_leaves_71_percent_below_a_thousandth_where_2_are_without() -> None:
    drawn = sketches.validation()
    values = images.to_float(drawn.images[:800])
    pictures = images.normalise(values, images.CIFAR10_MEAN, images.CIFAR10_STD)
    for l1, share in ((0.0, 0.02), (0.001, 0.71)):
        network = net()
        assert len(list(penalties.train(network, pictures, drawn.labels[:800], l1, epochs=40))) == 40
        found = penalties.sizes(network)
        assert penalties.share_below(found, 1e-3) == pytest.approx(share, abs=0.05 if l1 else 0.01)
        assert found[0] > 0


def test_shares_by_hand() -> None:
    sizes = torch.tensor([0.0, 1e-4, 2e-3, 0.5])
    assert penalties.share_below(sizes, 1e-3) == 0.5
    assert penalties.share_below(sizes, 1.0) == 1.0
