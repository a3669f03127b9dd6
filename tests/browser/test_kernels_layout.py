"""The Kernels lab's first screen: where picture, kernel, sum and output stand, and how large."""

import pytest

from tests.browser import harness
from tests.browser.kernels_page import Lab

GAP_PX = 0.5  # rounding of the browser's boxes


def kernel_text(rows: int, columns: int, kernels: int) -> str:
    """A kernel of that shape whose weights are as long as those of an ordinary one."""
    grid = "; ".join(" ".join(["-0.11"] * columns) for _row in range(rows))
    return " | ".join([grid] * kernels)


SHAPES = [(1, 1), (3, 3), (4, 4), (5, 5), (1, 5), (5, 1)]  # rows and columns of a kernel


@pytest.mark.parametrize("size", [8, 128])
@pytest.mark.parametrize(("colour", "kernels"), [("grey", 1), ("rgb", 1), ("rgb", 3)])
def test_the_four_parts_are_whole_on_the_first_screen(lab: Lab, size: int, colour: str, kernels: int) -> None:
    for rows, columns in SHAPES:
        kernel = kernel_text(rows, columns, kernels)
        lab.open(size=size, colour=colour, kernel=kernel, bias=-0.25, activation="relu")
        parts = lab.parts()
        width, height = harness.DESKTOP_PX
        for name, (left, top, right, bottom) in parts.items():
            assert left >= 0, (name, rows, columns)
            assert top >= 0, (name, rows, columns)
            assert right <= width, (name, rows, columns)
            assert bottom <= height, (name, rows, columns)
        picture, output, total, weights = (parts[name] for name in ("picture", "output", "sum", "kernel"))
        assert total[0] >= picture[2] - GAP_PX
        assert total[2] <= output[0] + GAP_PX
        assert total[1] >= weights[3] - GAP_PX
        assert 480 <= total[2] - total[0] <= 680


@pytest.mark.parametrize(
    ("controls", "columns"),
    [
        ({}, (8, 6)),
        ({"stride": 2}, (8, 3)),
        ({"padding": "1", "stride": 2}, (10, 4)),
        ({"padding": "2", "dilation": 2}, (12, 8)),
        ({"size": 128, "stride": 2}, (128, 63)),
    ],
)
def test_a_pixel_is_as_large_in_the_output_as_in_the_input(
    lab: Lab, controls: dict[str, object], columns: tuple[int, int]
) -> None:
    lab.open(**{"size": 8, **controls})
    sizes = [lab.cell_px(side, count) for side, count in zip(("in", "out"), columns, strict=True)]
    assert sizes[0] == pytest.approx(sizes[1], abs=0.5)
    frames = lab.stage("in"), lab.stage("out")
    middles = [(top + bottom) / 2 for _left, top, _right, bottom in frames]
    assert middles[0] == pytest.approx(middles[1], abs=1)  # a row of the output is level with its windows
    lab.open(**{"size": 8, **controls}, equal_pixels=False)
    assert lab.stage("in") == pytest.approx(frames[0], abs=0.5)
    assert lab.cell_px("out", columns[1]) > 1.05 * sizes[1]
    left, _top, right, _bottom = lab.stage("out")
    assert right - left == pytest.approx(frames[0][2] - frames[0][0], rel=0.15)


LINES = """(root) => {
  const path = root.querySelector(".lines .line");
  const { left, top } = path.ownerSVGElement.getBoundingClientRect();
  return path.getAttribute("d").match(/-?[\\d.]+/g).map(Number).map((v, n) => v + (n % 2 ? top : left));
}"""


def test_lines_follow_the_cursor_from_window_to_sum_to_output(lab: Lab) -> None:
    lab.open(size=8)
    for row, column in [(0, 0), (2, 3), (5, 5)]:
        lab.point("out", row, column, 6, 6)
        ends = lab.root.evaluate(LINES)
        cell, parts = lab.cell_px("in", 8), lab.parts()
        left, top, _right, _bottom = lab.stage("in")
        grid = lab.find(".arithmetic canvas.values").first.bounding_box()
        assert grid
        upper, lower, after = ends[:10], ends[10:20], ends[20:]
        for line, edge, level in ((upper, 0, grid["y"]), (lower, 3, grid["y"] + grid["height"])):
            assert line[:2] == pytest.approx([left + (column + 3) * cell, top + (row + edge) * cell], abs=1)
            assert line[2:4] == pytest.approx([parts["picture"][2], line[1]], abs=1)  # along the cells' edges
            assert line[-2:] == pytest.approx([grid["x"], level], abs=1)
        result = lab.find(".result").bounding_box()
        assert result
        level = result["y"] + result["height"] / 2
        assert after[:2] == pytest.approx([result["x"] + result["width"], level], abs=1)
        assert after[2:4] == pytest.approx([parts["sum"][2], level], abs=1)
        left, top, _right, _bottom = lab.stage("out")
        below = top + (row + 1) * cell
        assert after[-4:-2] == pytest.approx([parts["output"][0], below], abs=1)  # between the columns
        assert after[-2:] == pytest.approx([left + column * cell, below], abs=1)


def test_channels_have_a_block_each_with_its_part_of_the_sum(lab: Lab) -> None:
    lab.open(size=8, colour="rgb", kernel="1 0; 0 1")
    lab.point("out", 1, 1, 7, 7)
    assert lab.find(".grids .channel-name").all_inner_texts() == ["red", "green", "blue"]
    parts = [float(text.removeprefix("sum ")) for text in lab.find(".grids .part").all_inner_texts()]
    total = float(lab.find(".result").inner_text())
    assert sum(parts) == pytest.approx(total, abs=0.002)
    tops = [box["y"] for grid in lab.find(".grids canvas").all() if (box := grid.bounding_box())]
    assert tops[0] == tops[1] == tops[2] < tops[3] == tops[4] == tops[5] < tops[6]


def test_the_result_stays_at_its_place_behind_an_activation(lab: Lab) -> None:
    lab.open(size=128, colour="rgb", kernel="0 1 0; 1 -4 1; 0 1 0", bias=-0.25, activation="relu")
    places = set()
    for row, column in [(0, 0), (20, 31), (63, 63), (100, 5), (125, 125)]:
        lab.point("out", row, column, 126, 126)
        chip, total = lab.find(".result").bounding_box(), lab.parts()["sum"]
        assert chip
        assert chip["x"] + chip["width"] <= total[2]
        places.add((round(chip["x"]), round(chip["y"])))
    assert len(places) == 1


def test_nothing_moves_while_one_points(lab: Lab) -> None:
    lab.open(size=24, colour="rgb", normalised=True, kernel="0.5 -1; 2 -0.125", activation="tanh")
    lab.point("out", 0, 0, 23, 23)
    before = lab.parts()
    for step in range(12):
        lab.point("out", (7 * step) % 23, (5 * step) % 23, 23, 23)
        assert lab.parts() == before


def test_the_question_takes_one_line(lab: Lab) -> None:
    lab.open(size=8)
    question = lab.tab.page.get_by_text("This is a convolution.").first
    assert (
        question.evaluate(
            """(node) => {
          const line = document.createRange();
          line.selectNodeContents(node);
          return new Set([...line.getClientRects()].map(({ top }) => Math.round(top))).size;
        }"""
        )
        == 1
    )
