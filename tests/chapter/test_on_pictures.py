"""The slips of 8.1.1, 8.2.1 (footnote 3) and 8.2.2, computed on a picture and a kernel."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from convlab.chapter import on_pictures
from convlab.convolution import kernels

VERTICAL = kernels.preset("vertical_edges")[None]


def picture(channels: int, seed: int = 0) -> Tensor:
    return torch.rand(channels, 12, 10, generator=torch.Generator().manual_seed(seed))


def live(key: str, image: Tensor, kernel: Tensor = VERTICAL) -> dict[str, float | int | str | None]:
    return {fact.key: fact.value for fact in getattr(on_pictures, key)(image, kernel)}


def test_8_1_1_only_i13_gives_what_conv2d_gives() -> None:
    image = torch.arange(25.0).reshape(1, 5, 5)
    i22, i13 = 12.0, 8.0
    found = live("first_output", image)
    assert found["conv2d"] == found["corrected"] == 6
    assert found["printed"] == 6 + (i22 - i13) * 1
    assert found["largest_error"] == 4


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(3, 3), (5, 4), (1, 7)])
def test_8_1_1_for_any_kernel_and_picture(channels: int, size: tuple[int, int]) -> None:
    image, kernel = picture(channels), torch.randn(1, *size, generator=torch.Generator().manual_seed(1))
    found = live("first_output", image, kernel)
    weights = kernels.resize(kernel, 3, 3)
    wanted = F.conv2d(image[:1][None], weights[None])[0, 0]
    assert found["conv2d"] == pytest.approx(wanted[1, 1].item(), abs=1e-5)
    assert found["corrected"] == pytest.approx(found["conv2d"], abs=1e-5)
    terms = image[0, 1:4, 1:4] * weights[0]
    swapped = terms.sum() - terms[0, 2] + image[0, 2, 2] * weights[0, 0, 2]
    assert found["printed"] == pytest.approx(swapped.item(), abs=1e-5)
    row, col = found["worst_row"], found["worst_col"]
    assert isinstance(row, int)
    assert isinstance(col, int)
    error = (image[0, row + 1, col + 1] - image[0, row, col + 2]) * weights[0, 0, 2]
    assert found["largest_error"] == pytest.approx(abs(error.item()), abs=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
def test_8_1_a_map_moves_along_with_its_picture(channels: int) -> None:
    image = picture(channels)
    found = live("moved", image)
    assert found["gap"] == pytest.approx(0, abs=1e-6)  # nothing but rounding, on some processors
    padded = F.pad(image.sum(0)[None, None], (1, 1, 1, 1), mode="circular")
    by_hand = F.conv2d(padded, VERTICAL[None])[0, 0]
    change = (by_hand.roll(2, 1) - by_hand).abs().max().item()
    assert found["change"] == pytest.approx(change, abs=1e-5)
    assert change > 0.5


def test_8_2_2_one_does_not_exist_and_fill_makes_sums() -> None:
    image = picture(3)
    found = live("ones", image)
    assert found["message"] == "AttributeError: 'Parameter' object has no attribute 'one_'"
    assert found["weight_sum"] == 27
    assert found["mean_of_sums"] == pytest.approx(27 * image.mean().item(), rel=1e-5)
    assert found["ratio"] == pytest.approx(9, rel=1e-5)
    assert live("ones", picture(1), torch.ones(1, 2, 5))["ratio"] == pytest.approx(10, rel=1e-5)


@pytest.mark.parametrize("channels", [1, 3])
def test_8_2_2_a_ninth_is_three_times_the_mean_and_a_twenty_seventh_the_mean(channels: int) -> None:
    image = picture(channels)
    found = live("blur_of_rgb", image)
    assert found["mean"] == pytest.approx(image.mean().item(), rel=1e-6)
    assert found["ratio_ninth"] == pytest.approx(3, rel=1e-5)
    assert found["ratio_twenty_seventh"] == pytest.approx(1, rel=1e-5)


def test_a_black_picture_has_no_ratio() -> None:
    black = torch.zeros(3, 8, 8)
    assert live("ones", black)["ratio"] is None
    assert live("blur_of_rgb", black)["ratio_ninth"] is None
    assert live("blur_of_rgb", black)["mean_ninth"] == 0


@pytest.mark.parametrize(
    ("size", "even", "amounts"),
    [
        ((4, 4), "4 x 4", (1, 2, 1, 2)),
        ((3, 3), "4 x 4", (1, 2, 1, 2)),
        ((1, 6), "2 x 6", (2, 3, 0, 1)),
        ((7, 2), "6 x 2", (0, 1, 2, 3)),
    ],
)
def test_8_2_1_footnote_3_same_pads_unequally_by_itself(
    size: tuple[int, int], even: str, amounts: tuple[int, ...]
) -> None:
    kernel = torch.randn(1, *size, generator=torch.Generator().manual_seed(0))
    found = live("even_kernel", picture(3), kernel)
    assert found["largest_difference"] == 0
    assert found["kernel_size"] == even
    assert tuple(found[side] for side in ("left", "right", "top", "bottom")) == amounts
