"""What changes the parameters, and the lengths of their gradients."""

import pytest
import torch

from convlab.training.optimizers import by_layer, optimizer, restored, set_rate
from tests.training.small import settings


def test_a_rate_is_set_whether_it_is_a_number_or_a_tensor() -> None:
    for lr in (0.1, torch.tensor(0.1)):
        group = {"lr": lr}
        set_rate(group, 0.25)
        assert float(group["lr"]) == 0.25
        assert isinstance(group["lr"], type(lr))


def test_an_optimizer_is_what_the_settings_say() -> None:
    weights = [torch.zeros(3, requires_grad=True)]
    sgd = optimizer(settings(momentum=0.9, nesterov=True, optimizer="sgd", lr=0.3), weights)
    assert isinstance(sgd, torch.optim.SGD)
    assert {name: sgd.defaults[name] for name in ("lr", "momentum", "nesterov")} == {
        "lr": 0.3,
        "momentum": 0.9,
        "nesterov": True,
    }
    for name, kind in (("adam", torch.optim.Adam), ("adamw", torch.optim.AdamW)):
        assert type(optimizer(settings(optimizer=name, momentum=0.0), weights)) is kind


def test_a_layers_gradient_is_that_of_weight_and_bias() -> None:
    assert by_layer(["conv1", "conv1", "fc"], [3.0, 4.0, 2.0]) == {"conv1": 5.0, "fc": 2.0}


def test_what_is_restored_stands_in_memory_as_its_parameter() -> None:
    """A fused step takes the numbers one after another, whatever the strides say."""
    weight = torch.randn(4, 3, 2, 2).contiguous(memory_format=torch.channels_last)
    kept = {"0.momentum_buffer": torch.randn(4, 3, 2, 2), "0.step": torch.tensor(7.0)}
    state = restored(kept, [weight])[0]
    assert state["momentum_buffer"].stride() == weight.stride()
    assert torch.equal(state["momentum_buffer"], kept["0.momentum_buffer"])
    assert float(state["step"]) == 7
    with pytest.raises(ValueError, match="momentum_buffer"):
        restored({"0.momentum_buffer": torch.zeros(4, 3, 2, 1)}, [weight])
