"""convlab.pictures.drawings: exact pixels of the patterns, figure 8.8, the bird and the airplane."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F

from convlab.errors import UserError
from convlab.pictures.drawings import DRAWINGS, draw

CROSS = torch.tensor([[0.0, 1, 0], [1, 1, 1], [0, 1, 0]])
EXACT = sorted(DRAWINGS.keys() - {"bird", "airplane", "test_card"})


LEVELS = {"house": {0, 51, 102, 153, 255}}


def luma(key: str, size_px: int) -> Tensor:
    return draw(key, size_px)[0].float() / 255


def convolve(plane: Tensor, kernel: Tensor, padding: int = 0) -> Tensor:
    return F.conv2d(plane[None, None], kernel[None, None], padding=padding)[0, 0]


@pytest.mark.parametrize("key", DRAWINGS)
@given(size=st.integers(8, 256))
@settings(max_examples=12)
def test_every_drawing_fills_every_size(key: str, size: int) -> None:
    picture = draw(key, size)
    assert picture.dtype == torch.uint8
    assert picture.shape == (3, size, size)
    assert picture.is_contiguous()
    assert picture.min() < picture.max()


@pytest.mark.parametrize("key", DRAWINGS)
def test_a_drawing_belongs_to_its_caller_and_is_the_same_each_time(key: str) -> None:
    first = draw(key, 33)
    before = first.clone()
    first.zero_()
    assert torch.equal(draw(key, 33), before)


@pytest.mark.parametrize("key", EXACT)
@pytest.mark.parametrize("size", [8, 9, 31, 100, 256])
def test_patterns_are_grey_and_crisp(key: str, size: int) -> None:
    picture = draw(key, size)
    assert torch.equal(picture[0], picture[1])
    assert torch.equal(picture[0], picture[2])
    assert set(picture.unique().tolist()) <= LEVELS.get(key, {0, 64, 128, 191, 255})


def test_the_house_has_whole_tenths_and_every_kind_of_edge() -> None:
    plane = luma("house", 8)
    assert torch.equal((plane * 10).round() / 10, plane)
    edges = convolve(plane, torch.tensor([[-1.0, 0, 1]] * 3))
    assert edges.max() > 1
    assert edges.min() < -1
    assert (edges.abs() < 1e-6).any()  # a flat region
    down = convolve(plane, torch.tensor([[-1.0, 0, 1]] * 3).T)
    assert down.max() > 1
    assert down.min() < -1
    assert torch.equal(luma("house", 64).reshape(8, 8, 8, 8)[:, 3, :, 5], plane)


def test_vertical_edges_rise_and_fall_by_known_steps() -> None:
    picture = draw("vertical_edges", 12)[0].int()
    assert picture[5].tolist() == [0] * 3 + [255] * 3 + [64] * 3 + [191] * 3
    assert (picture == picture[0]).all()
    kernel = torch.tensor([[-1.0, 0, 1]] * 3)  # figure 8.5
    steps = convolve(picture.float(), kernel)[0].tolist()
    assert steps == [0, 765, 765, 0, -573, -573, 0, 381, 381, 0]
    assert (convolve(picture.float(), kernel.T) == 0).all()


def test_horizontal_edges_are_the_vertical_ones_turned() -> None:
    assert torch.equal(draw("horizontal_edges", 50), draw("vertical_edges", 50).mT)


@pytest.mark.parametrize("size", [8, 17, 64])
def test_diagonal_edges_are_symmetric_and_lie_on_diagonals(size: int) -> None:
    plane = draw("diagonal_edges", size)[0]
    for turned in (plane.T, plane.flip(0), plane.flip(1)):
        assert torch.equal(plane, turned)
    quarter = plane[: size // 2, : size // 2]
    assert torch.equal(quarter[1:, :-1], quarter[:-1, 1:]), "constant along the diagonal"
    assert set(draw("diagonal_edges", 64)[0].unique().tolist()) == {0, 64, 128, 191, 255}


@pytest.mark.parametrize("size", [8, 9, 256])
def test_the_impulse_is_one_pixel_and_gives_back_the_kernel_turned_round(size: int) -> None:
    plane = luma("impulse", size)
    assert plane.sum() == 1
    middle = size // 2
    assert plane[middle, middle] == 1
    kernel = torch.arange(9.0).view(3, 3)
    answer = convolve(plane, kernel, padding=1)[middle - 1 : middle + 2, middle - 1 : middle + 2]
    assert torch.equal(answer, kernel.flip(0, 1))


@pytest.mark.parametrize(("size", "cell"), [(8, 1), (32, 1), (63, 1), (64, 2), (256, 8)])
def test_the_checkerboard_alternates_cell_by_cell(size: int, cell: int) -> None:
    plane = draw("checkerboard", size)[0]
    assert plane[0, 0] == 255
    assert torch.equal(plane[:, cell:], 255 - plane[:, :-cell])
    assert torch.equal(plane[cell:], 255 - plane[:-cell])


def test_the_crosses_at_8_px_are_these() -> None:
    small, large = (
        ["".join(".#"[int(v)] for v in row) for row in luma(key, 8).tolist()]
        for key in ("small_cross", "large_cross")
    )
    assert small == [
        ".#......",
        "###.....",
        ".#......",
        "........",
        ".....#..",
        "....###.",
        ".....#..",
        "........",
    ]
    assert large == ["...#...."] * 3 + ["#######."] + ["...#...."] * 3 + ["........"]


def test_figure_8_8_two_small_kernels_find_the_large_cross() -> None:
    answers = {}
    for key in ("small_cross", "large_cross"):
        first = convolve(luma(key, 8), CROSS, padding=1)
        assert first.max() == 5, "the first kernel sees a whole small cross in either picture"
        answers[key] = convolve(F.max_pool2d(first[None], 2)[0], CROSS, padding=1)
    # By hand: pooled, the large cross is 5 in the middle with 3 on each side: 5 + 4 * 3.
    assert answers["large_cross"].max() == answers["large_cross"][1, 1] == 17
    assert answers["small_cross"].max() <= 12


def test_a_large_cross_stands_among_six_small_ones() -> None:
    for size in (16, 32, 64):
        plane = luma("crosses", size)
        whole = convolve(plane, CROSS, padding=1) == 5  # the middles, the large one's too
        assert int(whole.sum()) == 7 * (size // 16) ** 2
        assert int(plane.sum()) == (13 + 6 * 5) * (size // 16) ** 2
    assert torch.equal(luma("crosses", 16)[:8, :8], luma("large_cross", 8))


def test_small_crosses_keep_their_size_and_the_large_one_grows() -> None:
    for size in (16, 64, 256):
        hits = convolve(luma("small_cross", size), CROSS) == 5
        assert int(hits.sum()) == 2 * (size // 8) ** 2
        large = luma("large_cross", size)
        assert int(large.any(dim=1).sum()) == int(large.any(dim=0).sum()) == size * 7 // 8
        assert int(large[0].sum()) == size // 8


@pytest.mark.parametrize("size", [8, 32, 100, 256])
def test_the_test_card_has_its_ramp_bars_and_dot(size: int) -> None:
    card = draw("test_card", size)
    ramp = card[0, 0].int()
    assert ramp[[0, -1]].tolist() == [0, 255]
    steps = ramp.diff()
    assert int(steps.max() - steps.min()) <= 1, "even steps"
    bars = card[:, size * 3 // 8]
    columns = [(2 * i + 1) * size // 16 for i in range(8)]
    brightness = (bars[:, columns].float() * torch.tensor([0.299, 0.587, 0.114])[:, None]).sum(0)
    assert (brightness.diff() < 0).all()
    assert set(bars.unique().tolist()) == {0, 255}
    dot = card[0, size // 2 : size * 3 // 4, size * 3 // 4 :]
    assert int(dot.sum()) == 255


def test_the_test_card_has_checks_of_three_frequencies_and_lines_of_four_directions() -> None:
    card = draw("test_card", 256)[0]
    checks = [card[128:192, 64 * i : 64 * (i + 1)] for i in range(3)]
    for check, cell in zip(checks, (1, 8, 16), strict=True):
        assert torch.equal(check[:, cell:], 255 - check[:, :-cell])
    upright, level, rising, falling = (card[192:, 64 * i : 64 * (i + 1)] for i in range(4))
    assert torch.equal(upright[1:], upright[:-1])
    assert torch.equal(level[:, 1:], level[:, :-1])
    assert torch.equal(rising[1:, :-1], rising[:-1, 1:])
    assert torch.equal(falling[1:, 1:], falling[:-1, :-1])
    for lines in (upright, level, rising, falling):
        assert float(lines.float().mean()) == 255 / 4


def parts(key: str, size: int, rgb: tuple[int, int, int]) -> Tensor:
    """Where the drawing is within 40 of a colour."""
    return (draw(key, size).int() - torch.tensor(rgb)[:, None, None]).abs().amax(0) < 40


@pytest.mark.parametrize("size", [16, 32, 256])
def test_the_bird_has_its_breast_beak_and_back_where_they_belong(size: int) -> None:
    breast, beak, tail = (parts("bird", size, c) for c in ((226, 96, 34), (240, 178, 44), (72, 52, 42)))
    assert 0.05 < float(breast.float().mean()) < 0.15

    def column(mask: Tensor) -> float:
        return float(mask.nonzero()[:, 1].float().mean() / size)

    assert column(tail) < 0.45 < column(breast) < 0.8
    assert column(breast) < column(beak)


@pytest.mark.parametrize("size", [16, 32, 256])
def test_the_airplane_is_white_with_a_red_fin_before_a_blue_sky(size: int) -> None:
    red, white = parts("airplane", size, (208, 34, 40)), parts("airplane", size, (248, 250, 252))
    rows, columns = red.nonzero().float().div(size).T
    assert 0.02 < float(red.float().mean()) < 0.06
    assert columns.max() < 0.45
    assert rows.max() < 0.6
    assert 0.1 < float(white.float().mean()) < 0.3
    red_sky, green_sky, blue_sky = draw("airplane", size)[:, 0, -1].tolist()
    assert red_sky < green_sky < blue_sky


def test_edges_of_the_bird_are_softened() -> None:
    assert len(draw("bird", 64).flatten(1).unique(dim=1).T) > 200


@pytest.mark.parametrize("size", [-8, 0, 7, 257, 10**9])
def test_other_sizes_are_refused(size: int) -> None:
    with pytest.raises(UserError, match="please choose 8 to 256 px"):
        draw("impulse", size)


@pytest.mark.parametrize("key", ["", "cat", "../bird", "Bird", "x" * 100_000])
def test_unknown_keys_are_refused(key: str) -> None:
    with pytest.raises(UserError, match=r"no drawing '.{0,40}': please choose one"):
        draw(key, 32)
