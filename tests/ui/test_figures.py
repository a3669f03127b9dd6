"""Plotly figures: names of strangers are no markup, and zero is the neutral middle."""

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.ui import figures


def test_a_name_of_unknown_origin_is_no_markup() -> None:
    assert figures.safe("<b>x</b> & $y$") == "‹b›x‹/b› ＆ ＄y＄"
    assert figures.safe("plain name 1") == "plain name 1"


def test_the_largest_value_of_several_maps_by_size() -> None:
    assert figures.largest(torch.tensor([[1.0, -3.0]]), torch.tensor([[2.0]])) == 3
    assert figures.largest(torch.zeros(2, 2)) == 1  # a scale needs an end


def test_a_matrix_has_zero_in_the_middle_of_its_colours() -> None:
    figure = figures.matrix_figure(torch.tensor([[-1.0, 0.5]]), [["a", "b"]], "rows", "columns")
    heatmap = figure.data[0]
    assert (heatmap.zmin, heatmap.zmax) == (-1, 1)
    assert [list(row) for row in heatmap.z] == [[-1.0, 0.5]]
    assert figure.layout.yaxis.autorange == "reversed"  # the first row is on top


def test_lines_are_told_apart_by_colour_then_by_dash() -> None:
    figure = figures.lines_figure([0, 1], [(f"line {n}", [0.0, 1.0]) for n in range(10)], "x", "y", mark=0.5)
    looks = [(line.line.color, line.line.dash) for line in figure.data]
    assert len(set(looks)) == 10
    assert {dash for _colour, dash in looks[:8]} == {"solid"}
    assert figure.layout.shapes[0].x0 == 0.5


def test_bars_show_the_level_of_the_whole_and_all_that_is_below() -> None:
    figure = figures.bars_figure([0.9, 0.2], 0.8, "channel", "accuracy")
    assert list(figure.data[0].y) == [0.9, 0.2]
    assert figure.layout.shapes[0].y0 == 0.8
    assert figure.layout.yaxis.range[0] == pytest.approx(0.15)


def test_a_histogram_stands_on_the_middle_of_its_bins() -> None:
    figure = figures.histogram_figure([0, 0.5, 1], [0.25, 0.75], [1, 0], 0.4, "score")
    assert figure.data[0].x == (0.25, 0.75)
    assert figure.data[0].width == 0.5
    assert figure.layout.shapes[0].x0 == 0.4


def page() -> None:
    import torch

    from convlab.ui import figures

    figures.row([(torch.zeros(3, 4, 4, dtype=torch.uint8), "a **name**")], "plain")
    figures.map_row([("map 1", torch.tensor([[1.0, -2.0]]))], "maps")


def test_captions_are_plain_text_and_a_row_of_maps_tells_its_scale() -> None:
    app = AppTest.from_function(page).run()
    assert not app.exception
    assert app.caption[0].value == r"a \*\*name\*\*"
    assert app.markdown[0].value == "**map 1**"
    assert "red is 2" in app.caption[1].value
