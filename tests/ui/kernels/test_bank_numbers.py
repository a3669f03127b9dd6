"""The bank by numbers: all that the component shows and takes, as Streamlit's own widgets and tables."""

import torch
from streamlit.testing.v1 import AppTest

from tests.pages.test_kernels import controls
from tests.ui.driver import received, troubles
from tests.ui.kernels.test_bank import KEY, shown
from tests.ui.panel import open_panel, rows


def open_numbers(**query: object) -> AppTest:
    return open_panel("kernels", KEY, experiment="bank", **query)


def test_a_kernel_is_chosen_and_its_weight_and_bias_typed() -> None:
    app = open_numbers()
    app.number_input(key=f"{KEY}.kernel").set_value(6).run()
    assert controls(app).bank_kernel == 6
    before = shown(app)[1]
    app.number_input(key=f"{KEY}.cell.2.0.1").set_value(9).run()
    app.number_input(key=f"{KEY}.bias").set_value(-1.5).run()
    assert troubles(app) == []
    header, made, maps = shown(app)
    assert (header["edited"], header["chosen"]) == ([6], 6)
    assert made.weight[6, 2, 0, 1] == 9
    assert made.bias[6] == -1.5
    same = torch.ones_like(made.weight, dtype=torch.bool)
    same[6, 2, 0, 1] = False
    assert torch.equal(made.weight[same], before.weight[same])
    results = dict(rows(app, 0))
    assert float(results["Mean of map 6"]) == float(f"{float(maps[6].mean()):.6g}")
    assert results["weight"] == "[16, 3, 3, 3]"
    assert results["Parameters"] == "448 = 16 × (3 × 3 × 3 + 1)"


def test_one_pixel_is_read_in_all_maps() -> None:
    app = open_numbers(bank_start="presets")
    app.number_input(key=f"{KEY}.row").set_value(3).run()
    app.number_input(key=f"{KEY}.column").set_value(29).run()
    maps = shown(app)[2]
    listed = rows(app, 1)
    assert [float(row[-1]) for row in listed] == [float(f"{float(one[3, 29]):.6g}") for one in maps]
    assert listed[2][1] == "Vertical edges"
    app.selectbox(key="kernels.stride").set_value(2).run()  # the maps are smaller now
    assert troubles(app) == []
    assert app.number_input(key=f"{KEY}.column").value == 14


def test_a_weight_that_does_not_fit_leaves_the_last() -> None:
    app = open_numbers()
    app.number_input(key=f"{KEY}.cell.0.0.0").set_value(None).run()
    assert [toast.value for toast in app.toast]
    assert controls(app).bank_edits == ""


def test_where_no_map_is_there_is_the_sentence() -> None:
    app = open_numbers(padding="same", stride=2)
    assert any("stride 1 only" in text.value for text in app.text)
    assert received(app, KEY)[0]["error"]
