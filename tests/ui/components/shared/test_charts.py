"""Charts and kernels as several components are told of them."""

import numpy as np

from convlab.ui.components.shared import charts


def test_a_chart_tells_its_lines_apart_from_their_points() -> None:
    lines = [
        charts.Line("Training", "solid", charts.TRAIN, np.array([[1.0, 0.5], [2.0, 0.25]])),
        charts.Line("", "band", charts.TRAIN, np.array([[1.0, 0.4, 0.6]])),
    ]
    chart = charts.ChartShown("loss", "Loss", "cross-entropy", lines, log=True, turns=True)
    told = chart.header(reached=2, planned=10)
    assert {name: told[name] for name in ("key", "kind", "log", "turns")} == {
        "key": "loss",
        "kind": "number",
        "log": True,
        "turns": True,
    }
    assert (told["reached"], told["planned"]) == (2, 10)
    assert [line["style"] for line in told["series"]] == ["solid", "band"]
    points = chart.blobs()
    assert list(points) == ["loss_0", "loss_1"]
    assert np.asarray(points["loss_0"]).dtype == np.float32
    assert np.asarray(points["loss_1"]).shape == (1, 3)


def test_layers_go_from_one_colour_to_another() -> None:
    first, middle, last = (charts.depth_colour(layer, 3) for layer in range(3))
    assert first == "light-dark(rgb(168.0, 18.0, 63.0), rgb(255.0, 143.0, 90.0))"
    assert last == "light-dark(rgb(0.0, 103.0, 168.0), rgb(90.0, 180.0, 240.0))"
    assert middle not in (first, last)
    assert charts.depth_colour(0, 1) == first  # one layer alone
    assert len(set(charts.RUNS)) == len(charts.RUNS)


def test_kernels_tell_their_shape_and_the_end_of_their_scale() -> None:
    shown = charts.KernelsShown("First layer", "two kernels", np.zeros((2, 3, 3, 3), np.uint8), 1.5)
    assert shown.header() == {
        "title": "First layer",
        "words": "two kernels",
        "shape": [2, 3, 3, 3],
        "end": 1.5,
    }
