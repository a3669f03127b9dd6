"""The figures of the sketches: turned by hand, and as large and where they are told to be."""

from collections.abc import Callable

import numpy as np
import pytest

from convlab.datasets.sketch_canvas import Canvas
from convlab.datasets.sketch_figures import Coat, Part, Tube, airplane, bird, put, turn

WHITE = Coat(*[(255, 255, 255)] * 4)
FIGURES = {"bird": bird, "airplane": airplane}


def box(canvas: Canvas) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is not black, in pixels."""
    rows, columns = np.nonzero(canvas.pixels(blur_px=0)[..., 0] > 30)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


@pytest.mark.parametrize(
    ("axis", "start", "end"),
    [(0, (0, 1, 0), (0, 0, 1)), (1, (0, 0, 1), (1, 0, 0)), (2, (1, 0, 0), (0, 1, 0))],
)
def test_a_quarter_turn_takes_each_axis_to_the_next(
    axis: int, start: tuple[int, int, int], end: tuple[int, int, int]
) -> None:
    assert turn(axis, 90) @ np.array(start) == pytest.approx(np.array(end))


@pytest.mark.parametrize("kind", FIGURES)
@pytest.mark.parametrize("standing", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_a_figure_has_its_size_and_place(kind: str, standing: bool, seed: int) -> None:
    draw: Callable[[np.random.Generator, Coat, bool], list[Part]] = FIGURES[kind]
    canvas = Canvas((0, 0, 0), (0, 0, 0))
    parts = draw(np.random.default_rng(seed), WHITE, standing)
    put(canvas, parts, np.eye(3), 20, 16, 28 if standing else 16, standing)
    left, top, right, bottom = box(canvas)
    assert max(right - left, bottom - top) == pytest.approx(
        20, abs=3
    )  # outlines and balls are counted by their middles
    assert (left + right) / 2 == pytest.approx(16, abs=2)
    assert (bottom if standing else (top + bottom) / 2 + 12) == pytest.approx(28, abs=2)


def test_a_standing_figure_keeps_its_head_in_the_picture() -> None:
    canvas = Canvas((0, 0, 0), (0, 0, 0))
    tower = Tube(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]), np.full(2, 0.05), (255, 255, 255))
    put(canvas, [tower], np.eye(3), 30, 16, 12, standing=True)
    _, top, _, bottom = box(canvas)
    assert top <= 2
    assert bottom == pytest.approx(12, abs=1)
    inner = canvas.pixels(blur_px=0)[4:10, 16, 0]
    assert inner.min() > 100


def test_what_is_nearer_hides_what_is_farther() -> None:
    canvas = Canvas((0, 0, 0), (0, 0, 0))
    near, far = (
        Tube(np.array([[-0.5, y, -0.1], [0.5, y, 0.1]]), np.full(2, 0.2), colour)
        for y, colour in ((-1.0, (255, 0, 0)), (1.0, (0, 0, 255)))
    )
    put(canvas, [near, far], np.eye(3), 16, 16, 16, standing=False)
    assert canvas.pixels(blur_px=0)[16, 16].tolist() == [255, 0, 0]
