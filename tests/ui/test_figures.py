"""Plotly figures: names of strangers are no markup, and zero is the neutral middle."""

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.networks.evaluation import Evaluation
from convlab.probing import evaluation
from convlab.probing.evaluation import Calibration
from convlab.ui import figures


def test_a_name_of_unknown_origin_is_no_markup() -> None:
    assert figures.safe("<b>x</b> & $y$") == "&lt;b&gt;x&lt;/b&gt; &amp; ＄y＄"
    assert figures.safe("plain name 1") == "plain name 1"


def test_a_figure_that_did_not_change_has_no_arrow() -> None:
    def page() -> None:
        from convlab.ui import figures

        for difference in ("+0.00%", "-0.000", "+0.01%", "-0.016"):
            figures.changed("after", "0.5", difference)

    protos = [one.proto for one in AppTest.from_function(page).run().metric]
    assert [proto.direction == proto.MetricDirection.NONE for proto in protos] == [True, True, False, False]
    assert [proto.color == proto.MetricColor.GRAY for proto in protos] == [True, True, False, False]


def test_the_bars_of_a_calibration_are_counted_and_those_of_few_pictures_are_pale() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(60, 2, generator=generator)
    found = evaluation.calibration(Evaluation(logits, logits.argmax(1)))
    _line, bars, counts = figures.calibration_figure(found).data
    filled = [one for one in found.bins if one.count]
    assert list(counts.y) == [one.count for one in filled]
    assert list(counts.text) == [str(one.count) for one in filled]
    assert sum(counts.y) == 60
    pale = [count < figures.SPARSE for count in counts.y]
    assert {True, False} == set(pale)
    assert [opacity < 1 for opacity in bars.marker.opacity] == pale
    assert list(bars.y) == [1.0] * len(filled)
    assert figures.calibration_figure(Calibration((), 0.0)).data[2].y is not None  # no picture at all


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


def clipped() -> None:
    import torch

    from convlab.ui import figures

    figures.map_row([("map 1", torch.tensor([[1.0, -2.0]]))], "maps", end=0.5)
    figures.map_row([("map 1", torch.tensor([[1.0, -2.0]]))], "wider", end=4.0)


def test_a_row_of_maps_clips_nothing_that_its_legend_does_not_say() -> None:
    app = AppTest.from_function(clipped).run()
    assert not app.exception
    assert "red is 2" in app.caption[0].value
    assert "red is 4" in app.caption[1].value


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
