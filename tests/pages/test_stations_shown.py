"""Stations of 8.1 to 8.2.3: the page that a station opens shows the very answer that its function finds."""

from collections.abc import Callable
from urllib.parse import parse_qsl

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor

from convlab.course import asking, stations
from tests.ui.driver import lab, open_page, received, troubles

STATIONS = {station.id: station for station in stations.shipped()}


def opened(name: str, **changed: str) -> AppTest:
    station = STATIONS[name]
    query = dict(parse_qsl(station.link, keep_blank_values=True)) | changed
    app = open_page(f"pages/{station.lesson}.py", **query, station=name)
    assert troubles(app) == []
    assert [warning.value for warning in app.warning] == []
    return app


def found(name: str) -> asking.Figures:
    return asking.answer(STATIONS[name])


def places(values: Tensor, wanted: Tensor) -> list[str]:
    close = torch.isclose(values, wanted, atol=1e-5)
    return [f"{row},{column}" for row, column in close.nonzero().tolist()]


def metric(app: AppTest, label: str) -> str:
    (value,) = [metric.value for metric in app.metric if metric.label == label]
    return str(value)


def by_numbers(app: AppTest, name: str) -> str:
    """A row of what Feature maps lists of the open unit."""
    app.session_state["feature_maps.by_numbers"] = True
    app.run()
    return str(dict(app.expander[0].table[0].value.values)[name])


def widths(app: AppTest) -> list[int]:
    """Of the receptive field of the open unit, down and across."""
    return [int(part) for part in by_numbers(app, "Receptive field").split(" × ")]


SHOWN: dict[str, Callable[[AppTest], object]] = {
    "one-output-pixel": lambda app: float(lab(app).output[4, 0]),
    "uses-of-a-weight": lambda app: lab(app).output.numel(),
    "matrix-of-a-convolution": lambda app: float(metric(app, "Always 0: no weight reaches there")[:-1]),
    "weights-of-a-kernel": lambda app: lab(app).kernel.numel(),
    "maps-of-a-kernel": lambda app: len(lab(app).output[None]),
    "thirty-two-becomes-thirty": lambda app: lab(app).output.shape[1],
    "size-of-an-output": lambda app: lab(app).output.shape[1],
    "padding-keeps-the-size": lambda app: lab(app).output.shape[1],
    "darker-to-the-right": lambda app: places(lab(app).output, lab(app).output.min()),
    "from-above-to-below": lambda app: places(lab(app).output, lab(app).output.max()),
    "edges-of-a-checkerboard": lambda app: "something" if lab(app).output.any() else "nothing",
    "small-crosses": lambda app: places(lab(app).output, lab(app).output.max()),
    "average-or-largest": lambda app: float(lab(app).output[2, 2]),
    "eight-pixels": lambda app: widths(app)[0],
    "second-pool-of-net": lambda app: widths(app)[0],
}


@pytest.mark.parametrize("name", SHOWN)
def test_the_page_shows_the_answer(name: str) -> None:
    answer = found(name)["answer"]
    shown = SHOWN[name](opened(name))
    assert shown == (pytest.approx(answer) if isinstance(answer, int | float) else answer)


def test_the_edge_is_where_the_station_says() -> None:
    shown = lab(opened("shift-in-shift-out")).output
    assert float(shown[4, 2]) == pytest.approx(found("shift-in-shift-out")["value"])


def test_the_white_pixel_prints_the_kernel_turned() -> None:
    shown = lab(opened("convolution-or-correlation")).output
    assert shown[2:5, 2:5].flatten().tolist() == [9, 8, 7, 6, 5, 4, 3, 2, 1]


def test_the_blur_is_three_times_as_bright() -> None:
    shown = lab(opened("blur-of-rgb", padding_mode="circular"))
    ratio = float(shown.output.mean() / shown.values.mean())
    assert ratio == pytest.approx(found("blur-of-rgb")["answer"], rel=1e-4)


def test_the_sums_are_nine_times_the_means() -> None:
    name, ninth = "ones-against-ninths", "1/9 1/9 1/9; 1/9 1/9 1/9; 1/9 1/9 1/9"
    sums, means = lab(opened(name)).output, lab(opened(name, kernel=ninth)).output
    assert float(sums.mean() / means.mean()) == pytest.approx(found(name)["answer"], rel=1e-4)


def test_the_ghosts_stand_where_the_stations_say() -> None:
    header = lab(opened("even-kernel")).header
    assert header["cols"].count(-1) == 3
    assert header["cols"][-2:] == [-1, -1]
    rows = lab(opened("ghosts-of-a-window")).header["rows"]
    assert rows == [-1, *range(8), -1]


def test_the_network_says_of_the_shifted_bird_what_the_station_says() -> None:
    rows = received(opened("shifted-bird"), "feature_maps.lab")[0]["classes"]["rows"]
    likeliest, answer = max(rows, key=lambda row: row["p"]), found("shifted-bird")
    assert likeliest["name"] == answer["answer"]
    assert likeliest["p"] == pytest.approx(answer["there"], abs=1e-3)


def test_the_units_that_stations_ask_for_are_there() -> None:
    (right,) = found("large-cross")["answer"]
    layer, row_column = right.split()
    row, column = map(int, row_column.split(","))
    app = opened("large-cross", row=str(row), col=str(column))
    assert app.session_state["feature_maps.controls"].unit == right
    assert layer == "conv2"
    (wide,) = found("half-of-the-picture")["answer"]
    sizes = [widths(opened("half-of-the-picture", layer=name))[0] for name in ("pool2", wide, "pool3")]
    assert sizes[0] <= 16 < sizes[1] < sizes[2] == found("half-of-the-picture")["pool3"]


def test_the_corner_has_a_column_of_ghosts() -> None:
    app = opened("seven-at-the-corner")
    assert by_numbers(app, "Columns of the picture") == "0 to 6"


def test_the_field_counts_as_the_station_does() -> None:
    app, answer = opened("pixels-that-count"), found("pixels-that-count")
    assert int(metric(app, "Above half of the strongest")) == answer["strong"]
    assert int(metric(app, "Pixels that change it")) == answer["reached"]


def test_an_experiment_that_a_station_asks_about_stands_first() -> None:
    app = opened("learned-kernel")
    keys = [widget.key for widget in app.selectbox]
    assert keys.index("kernels.steps") < keys.index("kernels.padding")
    app = open_page("pages/kernels.py", picture="drawing:house", size=8, experiment="learn")
    keys = [widget.key for widget in app.selectbox]
    assert keys.index("kernels.steps") > keys.index("kernels.padding")
