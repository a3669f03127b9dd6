"""The matrix by numbers: an entry and what it joins; its row adds up to PyTorch's output pixel."""

import pytest
from streamlit.testing.v1 import AppTest

from convlab.convolution import conv2d
from convlab.ui.kernels.matrix_numbers import KEY
from convlab.ui.kernels.staged import small
from tests.pages.test_kernels import controls
from tests.ui.driver import troubles
from tests.ui.kernels.test_experiments import drawn
from tests.ui.panel import open_panel, rows


def open_numbers(**query: object) -> AppTest:
    return open_panel("kernels", KEY, experiment="matrix", **query)


def choose(app: AppTest, row: int, column: int) -> dict[str, str]:
    app.number_input(key=f"{KEY}.row").set_value(row).run()
    app.number_input(key=f"{KEY}.column").set_value(column).run()
    assert troubles(app) == []
    return dict(rows(app, 0))


@pytest.mark.parametrize("link", [{}, {"padding": "1", "stride": 2, "bias": 0.5, "colour": "rgb"}], ids=str)
def test_an_entry_joins_a_pixel_and_an_output_and_its_row_makes_that(link: dict[str, object]) -> None:
    app = open_numbers(kernel="1 2 3; 4 5 6; 7 8 9", **link)
    matrix, held = drawn(app)
    shown = controls(app)
    picture = small(shown)
    output = conv2d.pre_activation(picture.values, shown.weights, shown.settings)
    row, size = 2, shown.matrix_size
    for column in (int(held[row].nonzero()[0]), matrix.shape[1] - 1):
        told = choose(app, row, column)
        r, c = divmod(row, output.shape[1])
        channel, place = divmod(column, size**2)
        assert told["Output pixel"] == f"{r}, {c}"
        assert told["Pixel of the picture"] == "{}, {}".format(*divmod(place, size))
        assert told.get("Channel", "red") == ("red", "green", "blue")[channel]
        entry = f"{float(matrix[row, column]):.6g}" if held[row, column] else "no weight"
        assert told["Entry"] == entry
        assert float(told["Its value"]) == pytest.approx(float(picture.values.flatten()[column]), rel=1e-5)
        assert float(told["The same and bias"]) == pytest.approx(float(output[r, c]), rel=1e-4)
    listed = rows(app, 1)
    assert len(listed) == int(held[row].sum())
    assert sum(float(cells[-1]) for cells in listed) == pytest.approx(
        float(told["The row times the picture"]), rel=1e-4
    )


def test_a_place_stays_within_a_smaller_matrix() -> None:
    app = open_numbers(matrix_size=8)
    choose(app, 35, 63)
    app.segmented_control(key="kernels.matrix_size").set_value(4).run()
    assert troubles(app) == []
    assert app.number_input(key=f"{KEY}.row").value == 3
    assert app.number_input(key=f"{KEY}.column").value == 15
