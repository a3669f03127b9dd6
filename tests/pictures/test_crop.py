"""The window: exact pixels, padding by hand, the default, zoom; against a canvas padded in full."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from convlab.errors import UserError
from convlab.pictures import crop, images
from convlab.pictures.crop import PADDINGS, Square, centred, cut, whole


def picture(height: int, width: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 256, (3, height, width), dtype=torch.uint8, generator=generator)


sides = st.integers(1, 90)


@given(height=sides, width=sides)
def test_the_default_is_the_working_picture(height: int, width: int) -> None:
    image = picture(height, width)
    assert torch.equal(cut(image), images.working(image, 32, grey=False))
    assert cut(image).dtype == torch.uint8


@given(height=st.integers(32, 90), width=st.integers(32, 90), data=st.data())
def test_a_window_of_32_pixels_inside_is_those_pixels(height: int, width: int, data: st.DataObject) -> None:
    left, top = data.draw(st.integers(0, width - 32)), data.draw(st.integers(0, height - 32))
    image = picture(height, width)
    wanted = image[:, top : top + 32, left : left + 32]
    for padding in PADDINGS:
        assert torch.equal(cut(image, Square(left, top, 32), padding), wanted)


@given(height=st.integers(4, 90), width=sides, data=st.data())
def test_a_window_of_32_pixels_anywhere_by_hand(height: int, width: int, data: st.DataObject) -> None:
    left, top = data.draw(st.integers(-31, width - 1)), data.draw(st.integers(-31, height - 1))
    image, window = picture(height, width), Square(left, top, 32)
    for padding, colour in (("black", (0, 0, 0)), ("mean", (125, 123, 114)), ("edge", None)):
        found = cut(image, window, padding)
        for y, x in ((0, 0), (0, 31), (31, 0), (31, 31), (13, 17)):
            row, col = top + y, left + x
            inside = 0 <= row < height and 0 <= col < width
            if inside or colour is None:
                wanted = image[:, min(max(row, 0), height - 1), min(max(col, 0), width - 1)].tolist()
            else:
                wanted = list(colour)
            assert found[:, y, x].tolist() == wanted


@given(
    height=st.integers(4, 60),
    width=st.integers(4, 60),
    side=st.integers(1, 120),
    shift=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_any_window_is_the_working_picture_of_a_padded_one(
    height: int, width: int, side: int, shift: tuple[float, float]
) -> None:
    side = min(side, crop.MAX_ZOOM_OUT * max(height, width))
    left = 1 - side + round(shift[0] * (width + side - 2))
    top = 1 - side + round(shift[1] * (height + side - 2))
    image = picture(height, width)
    for padding, mode in (("black", "constant"), ("edge", "edge")):
        options = {"constant_values": 0} if mode == "constant" else {}
        padded = np.pad(image.numpy(), ((0, 0), (side, side), (side, side)), mode=mode, **options)  # type: ignore[call-overload]
        square = torch.from_numpy(padded[:, top + side : top + 2 * side, left + side : left + 2 * side])
        assert torch.equal(
            cut(image, Square(left, top, side), padding), images.working(square, 32, grey=False)
        )


def test_mean_padding_enters_the_network_as_nearly_0() -> None:
    found = cut(picture(40, 40), Square(-200, -200, 220), "mean")
    x = images.normalise(images.to_float(found), images.CIFAR10_MEAN, images.CIFAR10_STD)
    assert float(x[:, :25, :25].abs().max()) < 0.5 / 255 / min(images.CIFAR10_STD) + 1e-6
    other = cut(picture(40, 40), Square(-200, -200, 220), "mean", mean=(0.0, 0.5, 1.0))
    assert other[:, 0, 0].tolist() == [0, 128, 255]


def test_zoom_by_hand() -> None:
    assert centred(60, 100) == Square(20, 0, 60)
    assert centred(60, 100, zoom=2) == Square(35, 15, 30)
    assert centred(60, 100, zoom=0.5) == Square(-10, -30, 120)
    assert centred(60, 100, zoom=1e-9) == Square(-350, -370, 800)
    assert centred(60, 100, zoom=1e9).side_px == 1
    assert whole(60, 100) == Square(0, -20, 100)
    assert whole(101, 60) == Square(-21, 0, 101)


def test_zooming_in_shows_crisp_squares() -> None:
    image = picture(50, 50)
    found = cut(image, Square(10, 20, 8))
    assert torch.equal(found[:, ::4, ::4], image[:, 20:28, 10:18])
    assert torch.equal(found, found[:, ::4, ::4].repeat_interleave(4, 1).repeat_interleave(4, 2))


def test_zooming_out_averages_and_does_not_skip() -> None:
    stripes = torch.zeros(3, 512, 512, dtype=torch.uint8)
    stripes[:, :, ::2] = 254  # one pixel in two: skipping would give all or nothing
    assert int((cut(stripes).int() - 127).abs().max()) <= 2  # at the edge


def test_a_far_window_takes_little_memory_and_is_nearly_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    image = images.working(picture(16, 16), 256, grey=False)[:, :, :200]
    windows = [Square(-120, -80, 512), Square(100, 50, 300), whole(256, 200)]
    exact = [cut(image, window, padding) for window in windows for padding in PADDINGS]
    monkeypatch.setattr(crop, "_MAX_CANVAS_PX", 140)
    assert [crop.reduction(window, 256, 200)[0] for window in windows] == [4, 3, 2]
    nearly = [cut(image, window, padding) for window in windows for padding in PADDINGS]
    for one, other in zip(exact, nearly, strict=True):
        assert 0 < float((one.float() - other.float()).abs().mean()) < 12  # of 255, on a chessboard's edges


def test_the_longest_strip_is_cut() -> None:
    strip = torch.full((3, 1, images.MAX_PIXELS), 200, dtype=torch.uint8)
    found = cut(strip, whole(1, images.MAX_PIXELS), "edge")
    assert found.float().mean() == 200
    black = cut(strip, Square(0, -16, 32))
    assert torch.equal(black[:, 16].unique(), torch.tensor([200], dtype=torch.uint8))
    assert int(black.float().sum()) == 200 * 3 * 32


def test_the_picture_is_left_alone() -> None:
    image = picture(40, 40)
    before = image.clone()
    for window in (Square(-5, -5, 60), Square(4, 4, 32), Square(0, 0, 40)):
        cut(image, window).zero_()
    assert torch.equal(image, before)


@pytest.mark.parametrize(
    ("window", "message"),
    [
        (Square(0, 0, 0), "The window is 0 px wide: choose 1 to 480."),
        (Square(0, 0, -3), "The window is -3 px wide"),
        (Square(-200, -200, 481), "The window is 481 px wide"),
        (Square(60, 0, 20), "The window lies beside the picture: move it back."),
        (Square(-20, 0, 20), "beside the picture"),
        (Square(0, 50, 20), "beside the picture"),
        (Square(0, -20, 20), "beside the picture"),
    ],
)
def test_what_is_no_window(window: Square, message: str) -> None:
    with pytest.raises(UserError, match=message):
        cut(picture(50, 60), window)


def test_what_is_no_padding_or_zoom() -> None:
    with pytest.raises(UserError, match="There is no padding 'pink': choose one of black, edge, mean"):
        cut(picture(50, 60), padding="pink")
    for zoom in (0.0, -1.0, float("nan")):
        with pytest.raises(UserError, match="choose a number above 0"):
            centred(50, 60, zoom)
