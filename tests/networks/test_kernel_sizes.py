"""Exercise 1 of 8.7: parameters, padding and what the units see, against PyTorch."""

import pytest
import torch

from convlab.networks.designs import INPUT_SHAPE, Net, parameter_counts, seeded
from convlab.networks.kernel_sizes import SIZES, KernelSize, NetPadded, attempt, row_order, windows

COUNTS = {
    3: [432, 16, 1152, 8, 16384, 32, 64, 2],
    5: [1200, 16, 3200, 8, 16384, 32, 64, 2],
    (1, 3): [144, 16, 384, 8, 16384, 32, 64, 2],
}


@pytest.mark.parametrize(("size", "total"), [(3, 18_090), (5, 20_906), ((1, 3), 17_034)])
def test_the_parameters_of_the_exercise(size: KernelSize, total: int) -> None:
    assert parameter_counts(Net(size)) == parameter_counts(NetPadded(size)) == COUNTS[size]
    assert sum(parameter_counts(Net(size))) == total


@pytest.mark.parametrize(("size", "arriving"), [(3, None), (5, 288), ((1, 3), 576)])
def test_padding_left_at_one(size: KernelSize, arriving: int | None) -> None:
    found = attempt(size)
    if arriving is None:
        assert found.output is not None
        return
    message = f"mat1 and mat2 shapes cannot be multiplied (1x{arriving} and 512x32)"
    assert found.error == message
    with pytest.raises(RuntimeError) as error:
        NetPadded(size)(torch.zeros(1, *INPUT_SHAPE))
    assert str(error.value) == message


@pytest.mark.parametrize("size", SIZES)
def test_the_kernel_s_own_padding_fits(size: KernelSize) -> None:
    assert Net(size)(torch.zeros(2, *INPUT_SHAPE)).shape == (2, 2)


@pytest.mark.parametrize(("size", "conv2", "pool2"), [
    (3, (8, 8), (10, 10)), (5, (14, 14), (16, 16)), ((1, 3), (2, 8), (4, 10)),
])  # fmt: skip
def test_what_a_unit_sees_is_what_its_gradient_reaches(
    size: KernelSize, conv2: tuple[int, int], pool2: tuple[int, int]
) -> None:
    found = windows(size)
    assert (found["conv2"], found["pool2"]) == (conv2, pool2)
    net = seeded(lambda: Net(size), 0).double()
    pictures = torch.randn(1, *INPUT_SHAPE, dtype=torch.float64, requires_grad=True)
    maps = net.conv2(torch.nn.functional.avg_pool2d(torch.tanh(net.conv1(pictures)), 2))  # reaches all
    maps[0, 0, 8, 8].backward()
    assert pictures.grad is not None
    reached = pictures.grad[0].abs().sum(0).nonzero()
    assert tuple((reached.max(0).values - reached.min(0).values + 1).tolist()) == conv2


def test_only_one_row_kernels_do_not_know_what_stands_above() -> None:
    torch.manual_seed(0)
    pictures, order = torch.randn(4, *INPUT_SHAPE), torch.randperm(32)
    found = {size: row_order(Net(size).conv1, pictures, order) for size in SIZES}
    assert found[1, 3] == 0.0
    assert found[3] > 0.1
    assert found[5] > 0.1
    assert row_order(Net(3).conv1, pictures, torch.arange(32)) == 0.0
