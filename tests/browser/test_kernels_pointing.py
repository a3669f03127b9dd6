"""Pointing at the pictures and the player: everything happens in the browser, and its numbers add up."""

import re
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from convlab.convolution import conv2d
from convlab.convolution.arithmetic import window
from convlab.convolution.conv2d import Geometry
from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.picture import working_picture
from tests.browser.kernels_page import Lab, convolved, number

ROUNDED = 0.000501  # three decimals are shown


@pytest.fixture
def small(lab: Lab) -> Lab:
    """The cat at 24 px, 22 x 22 places for a window."""
    lab.open(size=24)
    return lab


def shape_of(controls: KernelsControls) -> Geometry:
    """Where the windows of these controls lie."""
    _, kh, kw = controls.weights.shape
    return conv2d.geometry(controls.size, controls.size, (kh, kw), controls.settings)


def shown_numbers(lab: Lab) -> list[list[float]]:
    """Window, weights and products as the arithmetic shows them, channel by channel."""
    grids = lab.find(".arithmetic canvas.values").evaluate_all(
        "grids => grids.map((grid) => grid.getAttribute('aria-label'))"
    )
    names, channels = ["Window", "Weights", "Products"], len(grids) // 3
    ends = [", red", ", green", ", blue"] if channels == 3 else [""]
    assert [grid.partition(":")[0] for grid in grids] == [name + end for end in ends for name in names]
    numbers = [[number(text) for text in re.findall(r"[^\s;]+", grid.partition(":")[2])] for grid in grids]
    return [[value for grid in numbers[kind::3] for value in grid] for kind in range(3)]


def check_arithmetic(lab: Lab, controls: KernelsControls, row: int, column: int) -> None:
    """Point at an output pixel: the numbers shown are the library's, and add up as shown."""
    shape = shape_of(controls)
    lab.point("out", row, column, shape.out_height, shape.out_width)
    expect(lab.find(".arithmetic h3")).to_have_text(f"Output pixel: row {row}, column {column}")
    values = working_picture(controls)[0].values
    expected = window(values, controls.weights, controls.settings, row, column)
    shown = shown_numbers(lab)
    for texts, name in zip(shown, ("value", "weight", "product"), strict=True):
        assert texts == pytest.approx([getattr(tap, name) for tap in expected.taps], abs=ROUNDED)
    equation = lab.find(".equation").inner_text()
    assert equation.startswith(f"Sum of {len(expected.taps)} products ")
    total, bias, pre, *rest = [number(text) for text in re.findall(r"[\N{MINUS SIGN}]?\d+\.\d+", equation)]
    bias = -bias if "\N{MINUS SIGN} bias" in equation else bias
    assert (total, bias, pre) == pytest.approx((expected.total, expected.bias, expected.pre), abs=ROUNDED)
    if controls.activation == "none":
        assert rest == []
    else:
        assert rest == pytest.approx([expected.out], abs=ROUNDED)
    if "=" in equation:  # else the sign says that the rounded numbers do not add up exactly
        assert sum(shown[2]) == pytest.approx(total, abs=1e-9)
        assert total + bias == pytest.approx(pre, abs=1e-9)
    assert ("=" in equation) != ("\N{ALMOST EQUAL TO}" in equation)


def check_window_box(lab: Lab, shape: Geometry, row: int, column: int) -> None:
    """The window of the output pixel pointed at is framed in the input."""
    top, left = row * shape.stride, column * shape.stride
    extents = [shape.dilation * (k - 1) + 1 for k in shape.kernel_size]
    rows, columns = len(shape.rows), len(shape.cols)
    box = (top, left, top + extents[0], left + extents[1])
    assert lab.marked_cells("in", rows, columns) == pytest.approx(box, abs=0.2)


PLAIN = KernelsControls(size=24)
STRIDED = KernelsControls(
    size=24, padding="2", stride=3, dilation=2, bias=-0.25, activation="relu", kernel="0.3 -0.7; 0.1 1; 0.2 0"
)
COLOURED = KernelsControls(
    size=24,
    colour="rgb",
    normalised=True,
    padding="same",
    padding_mode="reflect",
    flip=True,
    bias=0.5,
    activation="tanh",
    kernel="0.1 0.2 -0.3 | 1 0 -1 | 0.5 0.25 0.125",
)


@pytest.mark.parametrize("controls", [PLAIN, STRIDED, COLOURED], ids=["plain", "strided", "coloured"])
def test_pointing_at_the_output_shows_its_window_and_its_sum(lab: Lab, controls: KernelsControls) -> None:
    lab.open(**dict(controls))
    shape = shape_of(controls)
    places = [(0, 0), (1, 5), (3, 2), (6, 7), (shape.out_height - 1, shape.out_width - 1)]
    for row, column in places:
        check_arithmetic(lab, controls, row, column)
    check_arithmetic(lab, controls, 4, 3)
    check_window_box(lab, shape, 4, 3)


def test_pointing_at_the_input_counts_and_marks_the_outputs_it_feeds(lab: Lab) -> None:
    controls = lab.open(size=16, padding="2", stride=2, dilation=2, kernel="1 2 3; 4 5 6")
    shape = shape_of(controls)
    rows, columns = len(shape.rows), len(shape.cols)
    for row, column in [(0, 0), (5, 6), (8, 3), (15, 15), (7, 0)]:
        lab.point("in", row + 2, column + 2, rows, columns)
        fed = shape.feeds(row, column)
        reading = lab.find(".reading")
        expect(reading).to_contain_text(f"Row {row}, column {column}:")
        counted = re.search(r"Outputs that it feeds: (\d+)\.", reading.inner_text())
        assert counted
        assert int(counted[1]) == len(fed)
        if fed:
            box = (fed[0][0], fed[0][1], fed[-1][0] + 1, fed[-1][1] + 1)
            assert lab.marked_cells("out", shape.out_height, shape.out_width) == pytest.approx(box, abs=0.2)
    lab.point("in", 1, 5, rows, columns)
    expect(lab.find(".reading")).to_contain_text("Ghost pixel, row −1, column 3: 0")
    assert "utput" not in lab.find(".reading").inner_text()


def test_a_hundred_moves_send_nothing(small: Lab) -> None:
    sent = len(small.tab.sent)
    for step in range(50):
        small.point("out", step * 7 % 22, step % 22, 22, 22)
    check_arithmetic(small, KernelsControls(size=24), 49 * 7 % 22, 49 % 22)
    for step in range(50):
        small.point("in", step * 5 % 24, step % 24, 24, 24)
    expect(small.find(".reading")).to_contain_text(f"Row {49 * 5 % 24}, column 1:")
    small.tab.wait_idle()
    assert len(small.tab.sent) == sent


def test_keys_move_over_the_output_and_are_read_out(small: Lab) -> None:
    small.find(".out canvas.cursor").focus()
    assert small.place() == (11, 11)
    moves = [
        ("ArrowRight", (11, 12)),
        ("ArrowDown", (12, 12)),
        ("PageDown", (20, 12)),
        ("PageDown", (21, 12)),
        ("End", (21, 21)),
        ("ArrowRight", (21, 21)),
        ("PageUp", (13, 21)),
        ("Home", (13, 0)),
        ("ArrowLeft", (13, 0)),
        ("ArrowUp", (12, 0)),
    ]
    for key, place in moves:
        small.tab.page.keyboard.press(key)
        assert small.place() == place
        said = f"Output pixel: row {place[0]}, column {place[1]}: {small.find('.equation').inner_text()}"
        expect(small.find("[aria-live=polite]")).to_have_text(said)
    small.find(".in canvas.cursor").focus()
    small.tab.page.keyboard.press("ArrowUp")
    expect(small.find("[aria-live=polite]")).to_contain_text("Row 12, column 1:")  # above the window's middle
    expect(small.find("[aria-live=polite]")).to_contain_text("Outputs that it feeds: 6.")
    assert small.place() == (11, 0)


def test_the_link_is_not_changed_by_pointing(small: Lab) -> None:
    small.point("out", 3, 3, 22, 22)
    assert parse_qs(urlsplit(small.tab.page.url).query) == {"size": ["24"]}


def test_a_sum_without_activation_ends_with_pytorchs_own_number(lab: Lab) -> None:
    weights = "; ".join(
        " ".join("0.1" if (row + column) % 2 else "-0.1" for column in range(7)) for row in range(7)
    )
    controls = lab.open(size=32, kernel=weights.replace("-0.1", "-0.09615385", 1))
    output = convolved(controls).numpy()
    place = np.unravel_index(np.abs(output).argmin(), output.shape)
    for row, column in ((int(place[0]), int(place[1])), (0, 0), (12, 25)):
        lab.point("out", row, column, *output.shape)
        text = lab.find(".result").inner_text()
        exact = "e" in text  # three digits of what is small, else three decimals
        assert number(text) == pytest.approx(
            float(output[row, column]), rel=0.006 if exact else 0, abs=0 if exact else ROUNDED
        )
