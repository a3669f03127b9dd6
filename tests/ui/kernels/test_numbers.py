"""ui/kernels/numbers.py: every weight can be typed, and the output read, without the browser's lab."""

from typing import Any

import pytest

from convlab.convolution import arithmetic, kernels
from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.picture import working_picture
from convlab.ui.urls import unfit
from tests.pages.test_kernels import PAGE, assert_is_pytorchs, by_pytorch, controls
from tests.ui.driver import lab, open_page, send, troubles
from tests.ui.panel import column, open_panel, results, set_number

EDIT = {"revision": 1, "kernel": [[[0, 0, 0], [0, 7.5, 0], [0, 0, 0]]]}


def test_a_closed_panel_sends_nothing() -> None:
    app = open_page(PAGE)
    (panel,) = app.expander
    assert panel.label == "By numbers"
    assert len(panel.children) == 0
    assert not [field for field in app.number_input if str(field.key).startswith("kernels.cell")]


@pytest.mark.parametrize(
    "link",
    [
        {},
        {"colour": "rgb", "size": 16, "normalised": 1, "padding": "2", "bias": 0.25, "activation": "tanh"},
        {"size": 12, "kernel": "1/9 2; 3 4", "stride": 2, "flip": 1, "padding_mode": "reflect"},
    ],
)
def test_the_results_are_pytorchs(link: dict[str, Any]) -> None:
    app = open_panel("kernels", **link)
    found = results(app)
    output = by_pytorch(lab(app), controls(app))
    assert found["Output shape"] == f"{output.shape[0]} × {output.shape[1]}"
    for name, value in (("Minimum", output.min()), ("Mean", output.mean()), ("Maximum", output.max())):
        assert float(found[name]) == pytest.approx(float(value), rel=1e-5, abs=1e-6)
    row, col = output.shape[0] // 2, output.shape[1] // 2
    assert float(found["Output pixel"]) == pytest.approx(float(output[row, col]), rel=1e-5)


def test_a_weight_is_typed_and_lab_link_and_result_follow() -> None:
    app = open_panel("kernels", colour="rgb", size=32, kernel="1 0; 0 1 | 0 0; 0 0 | 2 2; 2 2")
    before = lab(app).header["origin"]
    set_number(app, "kernels.cell.1.0.1", 0.1)
    assert app.query_params["kernel"] == "1 0; 0 1 | 0 0.1; 0 0 | 2 2; 2 2"
    assert lab(app).header["origin"] == before + 1
    shown = assert_is_pytorchs(app)
    assert float(results(app)["Mean"]) == pytest.approx(float(shown.output.mean()), rel=1e-5)


def test_what_the_lab_changes_stands_in_the_cells() -> None:
    app = open_panel("kernels")
    edit = {
        "revision": 1,
        "origin": lab(app).header["origin"],
        "kernel": [[[0, 0, 0], [0, 7.5, 0], [0, 0, 0]]],
    }
    send(app, "kernels.lab", "edit", edit)
    assert app.number_input(key="kernels.cell.0.1.1").value == 7.5
    app.selectbox(key="kernels.preset").set_value("blur").run()
    assert app.number_input(key="kernels.cell.0.2.2").value == pytest.approx(1 / 9)


def test_a_weight_typed_behind_an_edit_of_the_lab_keeps_both() -> None:
    app = open_panel("kernels")
    edit = {
        "revision": 1,
        "origin": lab(app).header["origin"],
        "kernel": [[[0, 0, 0], [0, 7.5, 0], [0, 0, 0]]],
    }
    send(app, "kernels.lab", "edit", edit)
    set_number(app, "kernels.cell.0.0.0", -2)
    assert app.query_params["kernel"] == "-2 0 0; 0 7.5 0; 0 0 0"


def test_every_cell_of_every_size_has_its_key() -> None:
    for kernel, colour, count in (("5", "grey", 1), ("1 2 3; 4 5 6", "grey", 6), ("1|2|3", "rgb", 3)):
        app = open_panel("kernels", kernel=kernel, colour=colour, size=16)
        wanted = {
            f"kernels.cell.{channel}.{row}.{column}": weight
            for channel, rows in enumerate(controls(app).weights.tolist())
            for row, weights in enumerate(rows)
            for column, weight in enumerate(weights)
        }
        found = {f.key: f.value for f in app.number_input if str(f.key).startswith("kernels.cell")}
        assert found == wanted
        assert len(found) == count


def test_a_pixel_is_chosen_and_taken_apart() -> None:
    app = open_panel("kernels", size=32, padding="1", bias=2, activation="relu")
    set_number(app, "kernels.pixel.row", 0)
    assert lab(app).header["pin"]["pixel"] == [0, 16]
    set_number(app, "kernels.pixel.column", 31)
    assert lab(app).header["pin"]["pixel"] == [0, 31]
    assert app.query_params["pin"] == "0,31"
    at = KernelsControls(size=32, padding="1", bias=2, activation="relu")
    values = working_picture(at)[0].values
    wanted = arithmetic.window(values, at.weights, at.settings, 0, 31)
    found = results(app)
    assert float(found["Sum of 9 products"]) == pytest.approx(wanted.total, rel=1e-5)
    assert float(found["Sum and bias"]) == pytest.approx(wanted.pre, rel=1e-5)
    assert float(found["Output pixel"]) == pytest.approx(float(lab(app).output[0, 31]), rel=1e-5)
    assert [float(text) for text in column(app, "Product")] == pytest.approx(
        [tap.product for tap in wanted.taps], rel=1e-5
    )
    assert column(app, "Row")[:3] == ["padding"] * 3


def test_a_pixel_is_pinned_by_a_link_and_freed_by_a_button() -> None:
    app = open_panel("kernels", size=8, pin="1,4")
    assert [app.number_input(key=f"kernels.pixel.{axis}").value for axis in ("row", "column")] == [1, 4]
    app.button(key="kernels.pixel.free").click().run()
    assert lab(app).header["pin"]["pixel"] is None
    assert "pin" not in app.query_params
    assert app.button(key="kernels.pixel.free").disabled


def test_a_pixel_that_is_gone_moves_to_the_edge() -> None:
    app = open_panel("kernels", size=32)
    set_number(app, "kernels.pixel.row", 29)
    app.selectbox(key="kernels.size").set_value(8).run()
    assert troubles(app) == []
    assert app.number_input(key="kernels.pixel.row").value == 5
    app.selectbox(key="kernels.stride").set_value(4).run()
    app.selectbox(key="kernels.dilation").set_value(3).run()
    assert troubles(app) == []
    assert results(app)["Output shape"] == "1 × 1"


def test_where_there_is_no_output_the_weights_stand_alone() -> None:
    app = open_panel("kernels", padding="same", stride=2)
    assert not app.expander[0].table
    assert "stride 1" in app.expander[0].text[0].value
    assert app.number_input(key="kernels.cell.0.0.0").value == -1
    assert app.number_input(key="kernels.cell.0.0.0").max == kernels.MAX_WEIGHT


def test_row_and_column_may_be_set_at_once() -> None:
    app = open_panel("kernels", size=32)
    app.number_input(key="kernels.pixel.row").set_value(5)
    app.number_input(key="kernels.pixel.column").set_value(6)
    app.run()
    assert [app.number_input(key=f"kernels.pixel.{axis}").value for axis in ("row", "column")] == [5, 6]
    app.selectbox(key="kernels.rows").set_value(1)
    app.selectbox(key="kernels.columns").set_value(2)
    app.run()
    assert troubles(app) == []
    assert app.query_params["kernel"] == "0 1"


@pytest.mark.parametrize("typed", [1e9, float("nan"), float("inf"), None])
def test_a_weight_that_does_not_fit_leaves_the_last_and_says_so(typed: float | None) -> None:
    app = open_panel("kernels", size=32, kernel="1 2; 3 4")
    app.number_input(key="kernels.cell.0.1.1").set_value(typed).run()
    assert app.number_input(key="kernels.cell.0.1.1").value == 4
    assert app.query_params["kernel"] == "1 2; 3 4"
    assert [toast.value.replace("\\", "") for toast in app.toast] == [str(unfit())]
    assert not app.run().toast
