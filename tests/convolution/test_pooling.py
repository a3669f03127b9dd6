"""convlab.convolution.pooling against torch.nn and by hand: three ways to halve."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from convlab.convolution import pooling

HAND = torch.tensor([[1.0, 5, -1, -2], [7, 3, -4, -3], [0, 0, 2, 2], [0, 9, 2, 2]])


def picture(seed: int, height: int, width: int) -> Tensor:
    return torch.randn(height, width, generator=torch.Generator().manual_seed(seed))


def test_halved_by_hand() -> None:
    halved = pooling.halve(HAND)
    assert halved.largest.tolist() == [[7, -1], [9, 2]]
    assert halved.mean.tolist() == [[4, -2.5], [2.25, 2]]
    assert halved.strided.allclose(torch.tensor([[16, -2], [19, 13]]) / 9)
    assert halved.survivors.nonzero().tolist() == [[0, 2], [1, 0], [2, 2], [3, 1]]


@given(st.integers(0, 2**31), st.integers(2, 33), st.integers(2, 33))
def test_halves_are_pytorchs(seed: int, height: int, width: int) -> None:
    image = picture(seed, height, width)
    halved = pooling.halve(image)
    strided = nn.Conv2d(1, 1, 3, stride=2, padding=1, bias=False)
    nn.init.constant_(strided.weight, 1 / 9)
    with torch.no_grad():
        wanted = strided(image[None, None])[0, 0]
    assert torch.equal(halved.largest, nn.MaxPool2d(2)(image[None, None])[0, 0])
    assert torch.equal(halved.mean, nn.AvgPool2d(2)(image[None, None])[0, 0])
    assert halved.strided.shape == halved.mean.shape
    assert halved.strided.allclose(wanted[: height // 2, : width // 2], atol=1e-6)
    assert int(halved.survivors.sum()) == halved.largest.numel() == (height // 2) * (width // 2)
    assert torch.equal(image[halved.survivors].sort().values, halved.largest.flatten().sort().values)
