"""The gradient by numbers: a weight and a place to choose, and the sum that makes the gradient."""

import torch
from streamlit.testing.v1 import AppTest

from convlab.ui.kernels.gradient import KEY, problem
from tests.pages.test_kernels import controls
from tests.ui.driver import troubles
from tests.ui.kernels.test_gradient import shown
from tests.ui.panel import open_panel, rows

RGB = "1 0 0; 0 0 0; 0 0 0 | 0 1 0; 0 0 0; 0 0 0 | 0 0 1; 0 0 0; 0 0 0"


def open_numbers(**query: object) -> AppTest:
    link = {"experiment": "gradient", "picture": "drawing:house", "size": 8, **query}
    return open_panel("kernels", KEY, **link)


def test_a_weight_and_a_place_are_chosen() -> None:
    app = open_numbers(colour="rgb", kernel=RGB)
    app.number_input(key=f"{KEY}.weight.channel").set_value(2).run()
    app.number_input(key=f"{KEY}.weight.row").set_value(1).run()
    app.number_input(key=f"{KEY}.row").set_value(4).run()
    app.number_input(key=f"{KEY}.column").set_value(0).run()
    assert troubles(app) == []
    assert controls(app).gradient_weight == "2,1,0"
    assert shown(app)[0]["kept"] == (2 * 3 + 1) * 3
    found = problem(controls(app), controls(app).weights).found
    results = dict(rows(app, 0))
    expected = {
        "Loss": found.loss,
        "Weight": 0.0,
        "Gradient of the weight": float(found.weight[2, 1, 0]),
        "Sum of 36 contributions": float(found.weight[2, 1, 0]),
        "Pixel x at the place": float(found.met[2, 1, 0, 4, 0]),
        "dL/dy at the place": float(found.upstream[4, 0]),
        "Its contribution": float(found.contributions[2, 1, 0, 4, 0]),
        "Gradient of the bias": found.bias,
    }
    assert {name: float(text) for name, text in results.items()} == {
        name: float(f"{value:.6g}") for name, value in expected.items()
    }


def test_all_gradients_are_listed() -> None:
    app = open_numbers()
    gradients = shown(app)[1]["gradient"]
    listed = rows(app, 1)
    assert [float(row[-1]) for row in listed] == [
        float(f"{value:.6g}") for value in gradients.flatten().tolist()
    ]
    assert [float(row[-2]) for row in listed] == controls(app).weights.flatten().tolist()
    assert len(listed) == 9


def test_a_place_stays_within_a_smaller_map() -> None:
    app = open_numbers()
    app.number_input(key=f"{KEY}.row").set_value(5).run()
    app.selectbox(key="kernels.stride").set_value(2).run()
    assert troubles(app) == []
    assert app.number_input(key=f"{KEY}.row").value == 2
    assert torch.Size(shown(app)[0]["size"]) == (3, 3)
