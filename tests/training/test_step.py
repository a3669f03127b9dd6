"""convlab.training.step: what each line of the loop changes is what PyTorch changes, bit for bit."""

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.datasets import sketches
from convlab.errors import UserError
from convlab.networks.designs import DESIGNS, seeded
from convlab.probing import bundled
from convlab.training.step import LINES, ORDERS, TURNS, Gradients, Moment, walk

LR = 0.05


def batch(places: range = range(8)) -> tuple[Tensor, Tensor]:
    """Sketches as a network takes them, with their labels."""
    pixels = torch.stack([sketches.sketch(place) for place in places])
    return bundled.weights("net_sketches").probe.normalise(pixels), torch.tensor(places) % 2


def net(design: str = "net", seed: int = 0) -> nn.Module:
    return seeded(DESIGNS[design].build, seed)


def same(one: Gradients, other: Gradients) -> bool:
    """Whether two sets of tensors are equal to the last bit."""
    return all(equal(value, other[name]) for name, value in one.items())


def equal(one: Tensor | None, other: Tensor | None) -> bool:
    if one is None or other is None:
        return one is other
    return torch.equal(one, other)


def losses(walked: tuple[Moment, ...]) -> list[float | None]:
    return [moment.loss for moment in walked if moment.line == "loss"]


def moment(walked: tuple[Moment, ...], turn: int, line: str) -> Moment:
    return next(one for one in walked if (one.turn, one.line) == (turn, line))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("design", ["net", "net_dropout", "net_batch_norm", "net_res"])
def test_the_lines_on_show_do_what_the_walk_did(design: str, order: str) -> None:
    pictures, labels = batch()
    walked = walk(net(design), pictures, labels, LR, order, seed=3)
    model = net(design).train()
    variables: dict[str, Any] = {"model": model, "pictures": pictures, "labels": labels, "F": F}
    variables["optimizer"] = torch.optim.SGD(model.parameters(), lr=LR)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        for now in walked:
            if now.line:
                exec(LINES[now.line], variables)
            parameters = dict(model.named_parameters())
            assert same(now.weights, {name: tensor.detach() for name, tensor in parameters.items()})
            assert same(now.gradients, {name: tensor.grad for name, tensor in parameters.items()})
            if now.logits is not None:
                assert torch.equal(now.logits, variables["logits"].detach())
            if now.loss is not None:
                assert now.loss == variables["loss"].item()
    assert len(walked) == 1 + TURNS * len(ORDERS[order]) + 2


def test_after_is_before_less_the_rate_times_the_gradient() -> None:
    walked = walk(net(), *batch(), LR)
    before, after = moment(walked, 0, "backward"), moment(walked, 0, "step")
    assert after.gradients is before.gradients
    for name, weight in before.weights.items():
        gradient = before.gradients[name]
        assert gradient is not None
        assert torch.equal(after.weights[name], weight.add(gradient, alpha=-LR))


def test_the_loss_is_the_mean_of_each_pictures() -> None:
    pictures, labels = batch()
    walked = walk(net(), pictures, labels, LR)
    first = moment(walked, 0, "loss")
    assert first.losses is not None
    assert first.logits is not None
    by_hand = torch.logsumexp(first.logits.double(), 1) - first.logits.double()[range(8), labels]
    assert torch.allclose(first.losses.double(), by_hand, atol=1e-6)
    assert first.loss == pytest.approx(float(by_hand.mean()), rel=1e-6)


def test_the_loss_falls_on_the_batch() -> None:
    found = losses(walk(net(), *batch(), 0.01))
    assert found == pytest.approx([0.672797, 0.669132, 0.665405], abs=1e-6)


def test_without_zero_grad_the_gradients_add_up() -> None:
    pictures, labels = batch()
    walked = walk(net(), pictures, labels, LR, "no_zero_grad")
    first, second = moment(walked, 0, "backward"), moment(walked, 1, "backward")
    model = net()
    model.load_state_dict(dict(second.weights))
    own = torch.autograd.grad(F.cross_entropy(model(pictures), labels), list(model.parameters()))
    for gradient, (name, added) in zip(own, second.gradients.items(), strict=True):
        before = first.gradients[name]
        assert before is not None
        assert added is not None
        assert torch.equal(added, before + gradient)


@pytest.mark.parametrize("order", ["step_first", "zero_grad_last"])
def test_in_the_wrong_order_nothing_is_learned(order: str) -> None:
    walked = walk(net(), *batch(), LR, order)
    assert same(walked[0].weights, walked[-1].weights)
    assert len(set(losses(walked))) == 1
    at_the_step = moment(walked, 0, "step").gradients
    assert set(at_the_step.values()) == {None}  # step() finds no gradient, and changes nothing


def test_zero_grad_leaves_none() -> None:
    walked = walk(net(), *batch(), LR)
    assert set(moment(walked, 1, "loss").gradients.values()) != {None}
    assert set(moment(walked, 1, "zero_grad").gradients.values()) == {None}


def test_the_network_and_the_random_numbers_of_others_stay() -> None:
    network, state = net("net_dropout"), torch.get_rng_state()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    walk(network, *batch(), LR)
    assert same(before, network.state_dict())
    assert torch.equal(state, torch.get_rng_state())
    assert all(parameter.grad is None for parameter in network.parameters())


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(UserError, match="There is no loop 'backwards': choose one of chapter, "):
        walk(net(), *batch(), LR, "backwards")
