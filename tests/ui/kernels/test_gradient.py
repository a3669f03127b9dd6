"""The experiment "gradient": what is shown is autograd's, a step is SGD's, and it is undone like any edit."""

from typing import Any, get_args

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.convolution import gradient, kernels
from convlab.ui.kernels.controls import Target
from convlab.ui.kernels.gradient import KEY, problem
from tests.pages.test_kernels import PAGE, controls, run_script, set_to
from tests.ui.driver import lab, open_page, received, send, troubles

CASES: list[dict[str, object]] = [
    {},
    {"size": 12, "padding": "1", "activation": "relu", "bias": 0.3},
    {"size": 128, "colour": "rgb", "stride": 2, "padding": "3", "normalised": 1},
    {
        "size": 24,
        "colour": "rgb",
        "padding": "2",
        "padding_mode": "reflect",
        "dilation": 2,
        "activation": "tanh",
    },
    {
        "size": 16,
        "colour": "rgb",
        "flip": 1,
        "kernel": "1 2 3; 4 5 6; 7 8 9 | 0 0 1; 0 1 0; 1 0 0 | 0 0 0; 0 -1 0; 0 0 0",
        "gradient_target": "sobel_x",
        "activation": "abs",
    },
    {"size": 16, "kernel": "1 0 0 0; 0 0 0 1", "padding": "same", "gradient_target": "motion_blur"},
]


def open_gradient(**query: object) -> AppTest:
    link = {"picture": "drawing:house", "size": 8, **query}
    app = open_page(PAGE, experiment="gradient", **link)
    assert troubles(app) == []
    return app


def shown(app: AppTest) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """The header, and all blobs of floats."""
    header, blobs = received(app, KEY)
    shapes = {
        "inputs": (-1, len(header["rows"]), len(header["cols"])),
        "kernel": header["kernel_shape"],
        "gradient": header["kernel_shape"],
        "upstream": header["size"],
    }
    floats = {name: torch.frombuffer(bytearray(blobs[name]), dtype=torch.float32) for name in shapes}
    return header, {name: values.reshape(shapes[name]) for name, values in floats.items()}


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def step(app: AppTest) -> AppTest:
    after: AppTest = app.button(key=f"{KEY}.step").click().run()
    return after


@pytest.mark.parametrize("link", CASES, ids=str)
def test_its_code_finds_the_same_gradient_by_backward_and_takes_the_same_step(
    link: dict[str, object],
) -> None:
    app = open_gradient(**link)
    _header, floats = shown(app)
    left = run_script(app.code[-1].value)
    most = float(left["contributions"].abs().sum((-2, -1)).max())
    found = left["gradient"].sum(0, keepdim=True) if len(floats["gradient"]) == 1 else left["gradient"]
    assert float((found - floats["gradient"]).abs().max()) <= 1e-5 * most
    assert torch.allclose(left["contributions"].sum((-2, -1)), found, atol=1e-5 * most)
    assert f"{left['loss'].item():.4g}" == metrics(app)["Loss now"]
    step(app)
    assert troubles(app) == []
    assert torch.allclose(controls(app).weights, left["after"], atol=1e-5 * max(1, most))


def test_every_preset_can_be_the_target() -> None:
    assert get_args(Target) == tuple(kernels.PRESETS)
    app = open_gradient(padding="1")
    for key in kernels.PRESETS:
        set_to(app, "gradient_target", key)
        assert troubles(app) == [], key


def test_a_step_changes_the_kernel_of_the_page_lowers_the_loss_and_is_undone() -> None:
    app = open_gradient()
    before = controls(app).kernel
    losses = metrics(app)
    assert float(losses["Loss after this step"]) < float(losses["Loss now"])
    step(app)
    assert metrics(app)["Loss now"] == losses["Loss after this step"]
    assert controls(app).kernel != before
    assert app.query_params["kernel"] == controls(app).kernel
    assert torch.equal(torch.tensor(lab(app).header["kernel"]), controls(app).weights)
    assert lab(app).header["undo"] == 1
    assert (
        app.selectbox(key="kernels.preset").value == ""
    )  # the toolbar knows that it is the learner's own now
    app.session_state["kernels.by_numbers"] = True
    app.run()
    app.button(key="kernels.undo").click().run()
    assert controls(app).kernel == before
    assert metrics(app) == losses


def test_many_steps_find_the_target() -> None:
    app = open_gradient(picture="photo:cat", size=16)
    first = float(metrics(app)["Loss now"])
    for _step in range(8):
        step(app)
    assert float(metrics(app)["Loss now"]) < 0.5 * first


def test_the_rate_is_the_learners_where_one_is_set() -> None:
    app = open_gradient(gradient_rate=0.25)
    shown_now = problem(controls(app), controls(app).weights)
    assert shown_now.rate == 0.25
    assert "rate 0.25" in app.button(key=f"{KEY}.step").label
    step(app)
    assert torch.allclose(controls(app).weights, gradient.stepped(shown_now.kernel, shown_now.found, 0.25))


def test_too_large_a_step_is_refused_in_one_sentence_and_changes_nothing() -> None:
    app = open_gradient(kernel="900 900 900; 900 900 900; 900 900 900", gradient_rate=100)
    assert metrics(app)["Loss after this step"] == "—"
    step(app)
    assert controls(app).kernel == "900 900 900; 900 900 900; 900 900 900"
    assert any("choose a smaller rate" in warning.value for warning in app.warning)
    set_to(app, "gradient_rate", 0.0)
    step(app)
    assert not app.warning


def test_at_the_target_there_is_nothing_to_learn() -> None:
    app = open_gradient(gradient_target="vertical_edges")
    assert metrics(app)["Loss now"] == "0"
    assert not shown(app)[1]["gradient"].any()
    assert any("The outputs are the same" in caption.value for caption in app.caption)


def test_the_picture_is_the_pages_but_never_large() -> None:
    app = open_gradient(picture="photo:cat", size=256)
    assert shown(app)[0]["shape"] == [1, 32, 32]
    assert any("shrunk to 32 px" in caption.value for caption in app.caption)
    assert shown(open_gradient(size=12))[0]["shape"] == [1, 12, 12]


def test_a_weight_that_is_kept_is_in_the_link_and_outlives_it() -> None:
    app = open_gradient()
    send(app, KEY, "keep", {"channel": 0, "row": 2, "column": 1, "revision": 1})
    assert troubles(app) == []
    assert app.query_params["gradient_weight"] == "0,2,1"
    header = shown(app)[0]
    assert (header["kept"], header["revision"]) == (7, 1)
    send(app, KEY, "keep", {"channel": -1, "row": -1, "column": -1, "revision": 2})
    assert "gradient_weight" not in app.query_params
    assert shown(app)[0]["kept"] is None
    app = open_gradient(gradient_weight="0,1,2")
    assert shown(app)[0]["kept"] == 5


def test_a_weight_that_the_kernel_does_not_have_is_none() -> None:
    app = open_gradient(gradient_weight="0,6,6")
    assert shown(app)[0]["kept"] is None
    send(app, KEY, "keep", {"channel": 99, "row": 0, "column": 0, "revision": 1})
    assert all("Something went wrong" not in trouble for trouble in troubles(app))


def test_a_target_that_needs_a_larger_kernel_is_said() -> None:
    app = open_page(PAGE, experiment="gradient", size=8, kernel="1 2", gradient_target="cross")
    (trouble,) = troubles(app)
    assert "needs a kernel of at least 3 x 3" in trouble.replace("\\", "")
