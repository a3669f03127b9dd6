"""Item A4: what a shift of the picture does to the feature map."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from convlab.convolution.conv2d import ConvSettings
from convlab.convolution.equivariance import equivariance, shift_image
from convlab.errors import UserError

CIRCULAR = ConvSettings(padding="same", padding_mode="circular")


def exact_picture(seed: int, channels: int, height: int, width: int) -> Tensor:
    """Whole 256ths: with whole weights every order of summing gives the same bits."""
    return (
        torch.randint(0, 256, (channels, height, width), generator=torch.Generator().manual_seed(seed)) / 256
    )


def exact_kernel(seed: int, kh: int, kw: int) -> Tensor:
    return torch.randint(-9, 10, (1, kh, kw), generator=torch.Generator().manual_seed(seed)).float()


def test_shift_by_hand() -> None:
    picture = torch.arange(1, 7).reshape(1, 2, 3)
    assert shift_image(picture, 1, 0, wrap=False).tolist() == [[[0, 1, 2], [0, 4, 5]]]
    assert shift_image(picture, 1, 0, wrap=True).tolist() == [[[3, 1, 2], [6, 4, 5]]]
    assert shift_image(picture, -2, 1, wrap=False).tolist() == [[[0, 0, 0], [3, 0, 0]]]
    assert shift_image(picture, -2, 1, wrap=True).tolist() == [[[6, 4, 5], [3, 1, 2]]]
    assert shift_image(picture, 0, 0, wrap=False).tolist() == picture.tolist()
    for dx, dy in [(3, 0), (-3, 0), (0, 2), (0, -2)]:
        with pytest.raises(UserError, match="leaves nothing of 3 x 2"):
            shift_image(picture, dx, dy, wrap=False)


@settings(max_examples=40)
@given(
    st.integers(0, 999),
    st.integers(1, 7),
    st.integers(1, 7),
    st.integers(-7, 7),
    st.integers(-7, 7),
    st.booleans(),
)
def test_circular_padding_and_wrap_differ_by_exactly_0(
    seed: int, kh: int, kw: int, dx: int, dy: int, flip: bool
) -> None:
    circular = CIRCULAR.model_copy(update={"flip": flip, "bias": 0.5, "activation": "relu"})
    found = equivariance(
        exact_picture(seed, 3, 8, 9), exact_kernel(seed, kh, kw), circular, dx, dy, wrap=True
    )
    assert found.largest == 0
    assert (found.out_dx, found.out_dy) == (dx, dy)
    assert found.shifted_conv is not None
    assert torch.equal(found.conv_of_shifted, found.shifted_conv)


@settings(max_examples=40)
@given(
    st.integers(0, 999),
    st.integers(1, 5),
    st.integers(1, 5),
    st.integers(-4, 4),
    st.integers(-4, 4),
    st.booleans(),
)
def test_away_from_the_borders_the_difference_is_0_whatever_the_padding(
    seed: int, kh: int, kw: int, dx: int, dy: int, wrap: bool
) -> None:
    picture, kernel = exact_picture(seed, 1, 14, 15), exact_kernel(seed, kh, kw)
    for padded in (ConvSettings(padding=1, bias=2), ConvSettings(padding="same", padding_mode="reflect")):
        found = equivariance(picture, kernel, padded, dx, dy, wrap)
        assert found.inside is not None
        assert int(found.inside.sum()) > 0
        assert found.largest_inside == 0


def test_zero_padding_differs_at_the_borders_alone() -> None:
    found = equivariance(torch.ones(1, 8, 8), torch.ones(1, 3, 3), ConvSettings(padding=1), 2, 0, wrap=False)
    assert found.difference is not None
    assert found.inside is not None
    assert found.difference[4].tolist() == [0, 3, 0, 0, 0, 0, 0, -3]
    assert found.inside[4].tolist() == [False, False, False, True, True, True, True, False]
    assert found.largest == 3
    assert found.largest_inside == 0


def test_a_stride_that_divides_the_shift_moves_the_map_by_less() -> None:
    strided = ConvSettings(padding=1, padding_mode="circular", stride=2)
    picture, kernel = exact_picture(0, 3, 8, 8), exact_kernel(0, 3, 3)
    found = equivariance(picture, kernel, strided, 4, -2, wrap=True)
    assert (found.out_dx, found.out_dy, found.largest) == (2, -1, 0)


def test_a_stride_that_does_not_divide_the_shift_has_nothing_to_compare() -> None:
    strided = ConvSettings(padding=1, padding_mode="circular", stride=2)
    found = equivariance(exact_picture(0, 1, 8, 8), exact_kernel(0, 3, 3), strided, 3, 0, wrap=True)
    assert found.conv_of_shifted.shape == (4, 4)
    assert (found.shifted_conv, found.out_dx, found.difference, found.inside) == (None, None, None, None)
    assert (found.largest, found.largest_inside) == (None, None)


def test_no_pixel_inside_is_no_difference_inside() -> None:
    found = equivariance(torch.ones(1, 8, 8), torch.ones(1, 7, 7), ConvSettings(padding=3), 5, 0, wrap=False)
    assert found.inside is not None
    assert int(found.inside.sum()) == 0
    assert found.largest_inside == 0
    assert found.largest is not None
    assert found.largest > 0


def test_what_the_shift_leaves_is_filled_channel_by_channel() -> None:
    picture = exact_picture(0, 3, 5, 6)
    moved = shift_image(picture, 2, -1, wrap=False, fill=[-1.5, 0, 2])
    assert torch.equal(moved[:, :-1, 2:], picture[:, 1:, :-2])
    for channel, value in zip(moved, (-1.5, 0, 2), strict=True):
        assert set(channel[-1].tolist()) == set(channel[:, :2].flatten().tolist()) == {value}
    assert torch.equal(shift_image(picture, 2, -1, True, [7, 7, 7]), shift_image(picture, 2, -1, wrap=True))
