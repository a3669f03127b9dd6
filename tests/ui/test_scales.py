"""convlab.ui.scales: zero is neutral, colours grow away from it, and every kind of eye can tell the ends."""

import pytest
import torch
from torch import Tensor

from convlab.ui import scales
from tests.pictures.test_board import EYES, oklab

DIVERGING = {"values": scales.DIVERGING, "weights": scales.WEIGHTS}
NAMES = list(DIVERGING)


def rows(scale: str | tuple[str, ...]) -> Tensor:
    return torch.tensor(list(scales.table(scale)), dtype=torch.uint8).reshape(256, 3)


def linear(rgb: Tensor) -> Tensor:
    """Bytes to linear RGB 0..1 (sRGB's curve)."""
    x = rgb.float() / 255
    return torch.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def lightness(rgb: Tensor) -> Tensor:
    """CIE L*, 0..100: even steps look even."""
    y = linear(rgb) @ torch.tensor([0.2126, 0.7152, 0.0722])
    return torch.where(y > 0.008856, 116 * y.clamp(min=1e-9) ** (1 / 3) - 16, 903.3 * y)


def seen(rgb: Tensor, eye: str) -> Tensor:
    """What such an eye sees, in OKLab."""
    return oklab((linear(rgb) @ torch.tensor(EYES[eye]).T).clamp(0, 1))


@pytest.mark.parametrize("scale", [*DIVERGING.values(), scales.GREY])
def test_a_table_has_256_colours(scale: str | tuple[str, ...]) -> None:
    assert len(scales.table(scale)) == 256 * 3
    assert len(rows(scale).unique(dim=0)) > 200


def test_grey_is_grey_in_even_steps() -> None:
    assert rows(scales.GREY).tolist() == [[n, n, n] for n in range(256)]


@pytest.mark.parametrize("name", NAMES)
def test_zero_is_neutral(name: str) -> None:
    middle = rows(DIVERGING[name])[127:129].int()
    assert int(middle.min()) >= 240
    assert int((middle.max(1).values - middle.min(1).values).max()) <= 3


@pytest.mark.parametrize("name", NAMES)
def test_the_further_from_zero_the_darker(name: str) -> None:
    light = lightness(rows(DIVERGING[name]))
    assert bool((light[:128].diff() > 0).all())
    assert bool((light[128:].diff() < 0).all())


@pytest.mark.parametrize("name", NAMES)
def test_both_signs_weigh_the_same(name: str) -> None:
    light = lightness(rows(DIVERGING[name]))
    assert float((light - light.flip(0)).abs().max()) < 13  # of 100; purple is darker than green


@pytest.mark.parametrize("eye", list(EYES))
@pytest.mark.parametrize("name", NAMES)
def test_minus_and_plus_look_different_to_every_eye(name: str, eye: str) -> None:
    colours = seen(rows(DIVERGING[name]), eye)
    apart = (colours - colours.flip(0)).norm(dim=1)
    assert float(apart[0]) > 0.09  # the ends; the two lightest greys of the board's palette differ by 0.096
    assert float(apart[64]) > 0.09  # half way
    assert float((colours[0] - colours[128]).norm()) > 0.3


def test_a_scale_that_red_blind_eyes_cannot_read_would_fail() -> None:
    red, green = torch.tensor([[200, 60, 60]]), torch.tensor([[111, 111, 30]])
    normal, blind = ((seen(red, eye) - seen(green, eye)).norm() for eye in ("typical", "deuteranopia"))
    assert float(normal) > 2 * float(blind)


def test_colourise_by_hand() -> None:
    table = rows(scales.DIVERGING)
    values = torch.tensor([[-2.0, -1.0, 0.0], [1.0, 2.0, 9.0]])
    got = scales.colourise(values, end=2.0)
    wanted = [[table[0], table[64], table[128]], [table[191], table[255], table[255]]]
    assert got.dtype == torch.uint8
    assert got.permute(1, 2, 0).tolist() == [[colour.tolist() for colour in row] for row in wanted]


def test_colourise_grey_by_hand() -> None:
    got = scales.colourise(torch.tensor([[-1.0, 0.0, 0.25, 0.5, 1.0]]), end=0.5, scale=scales.GREY)
    assert got.tolist() == [[[0, 0, 128, 255, 255]]] * 3


def test_an_unchanged_picture_stays_as_it_is() -> None:
    pixels = torch.arange(256, dtype=torch.uint8).reshape(16, 16)
    assert torch.equal(scales.colourise(pixels.float() / 255, 1.0, scales.GREY), pixels.expand(3, -1, -1))


def test_the_largest_value_of_several_maps_by_size() -> None:
    assert scales.largest(torch.tensor([[1.0, -3.0]]), torch.tensor([[2.0]])) == 3
    assert scales.largest(torch.zeros(2, 2)) == 1  # a scale needs an end
