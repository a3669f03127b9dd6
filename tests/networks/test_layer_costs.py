"""The cost of layers against PyTorch's own counts, and the chapter's widths (8.5.1)."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from convlab.networks.designs import DESIGNS, design, parameter_counts
from convlab.networks.layer_costs import layer_costs
from convlab.networks.saved_tensors import saved

WIDTHS = {8: 8_806, 16: 18_090, 32: 38_386, 64: 85_890}


@pytest.mark.parametrize(("width", "count"), WIDTHS.items())
def test_the_parameters_of_the_chapter_s_widths(width: int, count: int) -> None:
    module = design("net_width").build(n_chans1=width)
    found = {one.name: one.parameters for one in layer_costs(module)}
    assert sum(found.values()) == sum(parameter_counts(module)) == count
    half = width // 2
    conv1, conv2, fc1 = 28 * width, (9 * width + 1) * half, 32 * (64 * half + 1)
    assert found == {"conv1": conv1, "conv2": conv2, "fc1": fc1, "fc2": 66}


@pytest.mark.parametrize("key", DESIGNS)
def test_multiply_adds_are_half_of_pytorch_s_floating_point_operations(key: str) -> None:
    module = design(key).build(**({"n_blocks": 3} if key == "net_res_deep" else {})).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.zeros(1, 3, 32, 32))
    assert 2 * sum(one.multiply_adds for one in layer_costs(module)) == counter.get_total_flops()


@pytest.mark.parametrize("key", DESIGNS)
def test_all_that_autograd_saves_is_some_layer_s(key: str) -> None:
    module = design(key).build(**({"n_blocks": 3} if key == "net_res_deep" else {})).eval()
    with saved(module) as kept:
        module(torch.zeros(2, 3, 32, 32))
    whole = sum(tensor.untyped_storage().nbytes() for tensor in kept.values()) / 2
    costs = layer_costs(module)
    assert sum(one.saved_bytes for one in costs) == whole
    assert sum(one.parameters for one in costs) == sum(parameter_counts(module))


def test_the_memory_of_net_width_by_hand() -> None:
    """Of a picture: a convolution keeps what it reads, tanh its result, the pool places of 8 bytes."""
    conv1, conv2, *_ = layer_costs(design("net_width").build(n_chans1=16))
    assert conv1.saved_bytes == 4 * 3 * 32 * 32 + 4 * 16 * 32 * 32 + 8 * 16 * 16 * 16
    assert conv2.saved_bytes == 4 * 16 * 16 * 16 + 4 * 8 * 16 * 16 + 8 * 8 * 8 * 8


def test_a_module_is_left_alone() -> None:
    module = design("net").build().requires_grad_(False)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    layer_costs(module)
    assert not any(parameter.requires_grad or parameter.grad is not None for parameter in module.parameters())
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())
