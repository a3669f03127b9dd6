"""The canvas of the sketches: sizes and colours computed by hand."""

import numpy as np
import pytest

from convlab.datasets.sketch_canvas import Canvas, luma, mixed, shaded

BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def covered(canvas: Canvas) -> float:
    """Pixels that are white on black, parts counted as parts."""
    return float(canvas.pixels(blur_px=0)[..., 0].sum() / 255)


def test_colours_by_hand() -> None:
    assert mixed((0, 100, 200), (100, 100, 0), 0.25) == (25, 100, 150)
    assert shaded((100, 200, 255), 1.2) == (120, 240, 255)
    assert luma((100, 0, 0)) == pytest.approx(29.9)
    assert luma(WHITE) == pytest.approx(255)


def test_a_gradient_goes_from_its_first_row_to_its_last() -> None:
    canvas = Canvas(BLACK, BLACK)
    canvas.gradient((10, 20, 30), (210, 220, 230), 8, 16)
    rows = canvas.pixels(blur_px=0).mean(axis=1)
    assert np.all(rows[:8] == 0)
    assert np.all(rows[16:] == 0)
    assert np.all(np.diff(rows[8:16], axis=0) > 20)
    assert rows[8:16].mean(axis=0) == pytest.approx([110, 120, 130], abs=0.6)


def test_shapes_cover_what_they_should() -> None:
    square, disc, tube = (Canvas(BLACK, BLACK) for _ in range(3))
    square.polygon(WHITE, np.array([[8.0, 8.0], [24.0, 8.0], [24.0, 24.0], [8.0, 24.0]]))
    assert covered(square) == pytest.approx(256, rel=0.04)
    disc.ellipse(WHITE, 16, 16, 20, 10)
    assert covered(disc) == pytest.approx(np.pi * 10 * 5, rel=0.04)
    tube.tube(WHITE, np.array([[8.0, 16.0], [16.0, 16.0], [24.0, 16.0]]), np.full(3, 4.0))
    assert covered(tube) == pytest.approx(16 * 8 + np.pi * 16, rel=0.05)


def test_the_middle_is_the_mean_of_the_inner_square() -> None:
    canvas = Canvas(WHITE, WHITE)
    canvas.polygon(BLACK, np.array([[-1.0, -1.0], [15.9, -1.0], [15.9, 33.0], [-1.0, 33.0]]))
    assert canvas.middle() == pytest.approx((128, 128, 128), abs=5)


def test_blur_keeps_the_sum_and_lowers_the_peak() -> None:
    canvas = Canvas(BLACK, BLACK)
    canvas.ellipse(WHITE, 16, 16, 4, 4)
    sharp, soft = canvas.pixels(blur_px=0), canvas.pixels(blur_px=1.5)
    assert soft.sum() == pytest.approx(sharp.sum(), rel=0.1)
    assert soft.max() < 0.8 * sharp.max()
