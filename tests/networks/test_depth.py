"""A plain stack: what each layer gives, what its weight gets (8.5.3)."""

from dataclasses import replace
from typing import cast

import pytest
import torch
import torch.nn.functional as F

from convlab.networks.depth import Asked, Layer, PlainStack, batch, measure
from convlab.networks.designs import seeded
from convlab.networks.initialisation import initialise

PLAIN = Asked()


def by_hand(asked: Asked) -> tuple[float, list[float], list[float]]:
    """The same without a hook, in float64."""

    def make() -> PlainStack:
        made = PlainStack(asked.depth, asked.width, asked.activation, asked.skip, asked.norm)
        initialise(made, asked.initialisation)
        return made

    stack, (x, labels) = seeded(make, asked.seed).double(), batch()
    x, given = x.double(), []
    layers = [cast(Layer, layer) for layer in stack.layers]
    for n, layer in enumerate(layers):
        out = layer.batch_norm(layer.conv(x))
        out = {"relu": torch.relu, "tanh": torch.tanh, "none": torch.clone}[asked.activation](out)
        x = out + x if asked.skip and n else out
        given.append(x.pow(2).mean().sqrt().item())
    loss = F.cross_entropy(stack.fc(x.mean((2, 3))), labels)
    kernels = [layer.conv.weight for layer in layers]
    return loss.item(), given, [one.norm().item() for one in torch.autograd.grad(loss, kernels)]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"skip": True},
        {"activation": "tanh", "initialisation": "xavier", "width": 8},
        {"activation": "none", "depth": 5},
        {"skip": True, "norm": 0.5, "initialisation": "kaiming", "seed": 4},
        {"depth": 1},
    ],
)
def test_norms_are_pytorchs(changes: dict[str, object]) -> None:
    asked = replace(PLAIN, **changes)  # type: ignore[arg-type]
    found, (loss, given, gradients) = measure(asked), by_hand(asked)
    assert len(found.activations) == len(found.gradients) == asked.depth
    assert found.loss == pytest.approx(loss, rel=1e-4)
    assert list(found.activations) == pytest.approx(given, rel=1e-4)
    assert list(found.gradients) == pytest.approx(gradients, rel=1e-2)


def test_twenty_relu_convolutions_leave_nothing_for_the_first() -> None:
    found = measure(PLAIN)
    assert found.gradients[0] == pytest.approx(1.54e-10, rel=0.05)
    assert found.gradients[-1] == pytest.approx(4.4e-3, rel=0.05)
    assert found.parameters == 44_562
    assert found.loss == pytest.approx(0.70, abs=0.01)  # as good as guessing


def test_skips_hand_the_gradient_on_and_add_up() -> None:
    found = measure(replace(PLAIN, skip=True))
    assert found.gradients[0] == pytest.approx(3.49, rel=0.05)
    assert found.gradients[-1] == pytest.approx(49.2, rel=0.05)
    assert found.loss == pytest.approx(6.91, rel=0.05)
    assert found.activations[-1] / found.activations[0] > 50


def test_batch_norm_of_weight_a_half_makes_each_share_known() -> None:
    """Half of a normal distribution's mean square is left behind ReLU: 0.5 / sqrt(2)."""
    found = measure(replace(PLAIN, norm=0.5, skip=True))
    assert found.activations[0] == pytest.approx(0.5 / 2**0.5, rel=0.02)
    assert 0.3 < found.gradients[0] / found.gradients[-1] < 3


@pytest.mark.parametrize(
    ("initialisation", "factor"), [("pytorch", (1 / 6) ** 0.5), ("xavier", 0.5**0.5), ("kaiming", 1.0)]
)
def test_a_layer_hands_on_what_the_formula_says(initialisation: str, factor: float) -> None:
    """Of the second layer, in many channels; biases and ghost pixels change a little."""
    found = measure(Asked(depth=2, width=64, initialisation=initialisation))
    assert found.activations[1] / found.activations[0] == pytest.approx(factor, rel=0.15)


def test_first_weights_made_for_the_activation_keep_the_gradient_level() -> None:
    for asked in (Asked(initialisation="kaiming"), Asked(activation="tanh", initialisation="xavier")):
        found = measure(asked)
        assert 0.1 < found.gradients[0] / found.gradients[-1] < 10
