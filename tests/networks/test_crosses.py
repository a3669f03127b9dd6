"""convlab.networks.crosses: figure 8.8 by PyTorch's functions, and what it finds in which picture."""

import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from convlab.convolution import kernels
from convlab.networks.crosses import find_cross
from convlab.networks.recording import record
from convlab.pictures import drawings, images

CROSS = kernels.preset("cross")[None]


def random(seed: int, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@given(st.integers(0, 2**31), st.integers(4, 20), st.integers(4, 20))
def test_two_kernels_are_two_layers_with_a_pool_between(seed: int, height: int, width: int) -> None:
    image, weights = random(seed, 1, 1, height, width), random(seed + 1, 2, 1, 3, 3)
    outputs = record(find_cross(weights[0], weights[1]), image).outputs
    convolved = F.conv2d(image, weights[:1], padding=1)
    found = F.conv2d(F.max_pool2d(convolved, 2), weights[1:], padding=1)
    assert outputs["conv1"].allclose(convolved, atol=1e-5)
    assert torch.equal(outputs["pool1"], F.max_pool2d(outputs["conv1"], 2))
    assert outputs["conv2"].allclose(found, atol=1e-4)
    assert outputs["score"].tolist() == [[float(outputs["conv2"].max())]]


def figure(key: str, size: int) -> Tensor:
    """The last map for a drawing."""
    picture = images.to_float(images.working(drawings.draw(key, size), size, grey=True))
    return record(find_cross(CROSS, CROSS), picture[None]).outputs["conv2"][0, 0]


def test_figure_8_8_two_small_crosses_find_the_large_one() -> None:
    peaks = {key: float(figure(key, 8).max()) for key in ("large_cross", "small_cross")}
    assert peaks["large_cross"] > 2 * peaks["small_cross"] > 0


def test_among_small_crosses_only_the_large_one_is_lit() -> None:
    found = figure("crosses", 16)
    assert found.shape == (8, 8)
    assert found.argmax() == 1 * 8 + 1  # whose window is the middle of the large cross
    largest, second = found.flatten().sort(descending=True).values[:2].tolist()
    assert largest > 2 * second
