"""The Kernels page's experiments: each opens, and shows the chapter's figures."""

import json
import re
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from streamlit.testing.v1 import AppTest
from torch import Tensor

from convlab.convolution.learning import MAX_STEPS
from convlab.ui.kernels import pin
from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.urls import Controls, link
from tests.pages.test_kernels import OPENED, PAGE, REFUSED, controls, run_script, set_to
from tests.ui.driver import lab, open_page, received, troubles
from tests.ui.test_urls import any_controls

EXPERIMENTS = [
    "notice",
    "code",
    "matrix",
    "shift",
    "learn",
    "gradient",
    "parameters",
    "bank",
    "errata",
    "maths",
]


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def figure(app: AppTest) -> dict[str, Any]:
    (chart,) = app.get("plotly_chart")
    found: dict[str, Any] = json.loads(chart.proto.spec)
    return found


def drawn(app: AppTest) -> tuple[Tensor, Tensor]:
    """The matrix that the browser is given, and where it holds a weight."""
    header, blobs = received(app, "kernels.matrix")
    matrix = torch.frombuffer(bytearray(blobs["values"]), dtype=torch.float32)
    held = torch.frombuffer(bytearray(blobs["held"]), dtype=torch.bool)
    return matrix.reshape(header["size"]), held.reshape(header["size"])


def test_every_experiment_opens_one_after_another() -> None:
    app = open_page(PAGE)
    assert len(app.segmented_control(key="kernels.experiment").options) == len(EXPERIMENTS)
    assert app.query_params == {}
    for name in [*EXPERIMENTS[1:], "notice"]:
        set_to(app, "experiment", name)
        assert troubles(app) == [], name
        assert app.query_params == (OPENED if name == "notice" else {"experiment": name, **OPENED})
        assert len(app.markdown) > 1 or name == "code"


@pytest.mark.parametrize("link", [link for link, _word in REFUSED], ids=lambda link: str(link)[:40])
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_settings_that_do_not_fit_give_at_most_one_sentence(name: str, link: dict[str, object]) -> None:
    app = open_page(PAGE, experiment=name, **link)
    assert not app.exception
    assert len(app.error) <= 1
    assert all("Something went wrong" not in sentence for sentence in troubles(app))


def test_the_matrix_of_6_by_6_is_the_chapters() -> None:
    app = open_page(PAGE, experiment="matrix")
    shown = metrics(app)
    assert shown["Shape of the matrix"] == "16 × 36"
    assert shown["Weights that it repeats"] == "9"
    assert float(shown["matrix @ x + bias against Conv2d"]) < 1e-6
    assert shown["Always 0: no weight reaches there"] == f"{1 - 16 * 9 / (16 * 36):.1%}" == "75.0%"
    assert shown["0 with these weights"] == "83.3%"  # of the nine weights 3 are 0, too


def test_a_window_covers_a_quarter_of_the_matrix() -> None:
    app = open_page(PAGE, experiment="matrix", kernel="1 1 1; 1 1 1; 1 1 1")
    assert metrics(app)["Always 0: no weight reaches there"] == "75.0%"
    assert metrics(app)["0 with these weights"] == "75.0%"


def test_an_empty_kernel_leaves_the_windows_where_they_are() -> None:
    app = open_page(PAGE, experiment="matrix", kernel="0 0 0; 0 0 0; 0 0 0")
    assert metrics(app)["Always 0: no weight reaches there"] == "75.0%"
    assert metrics(app)["0 with these weights"] == "100.0%"
    _matrix, held = drawn(app)
    assert not held[0, 35]
    assert held[0, 0]


@pytest.mark.parametrize(
    "link", [{}, {"colour": "rgb", "normalised": 1, "matrix_size": 4, "padding": "1", "bias": 2}]
)
def test_the_matrix_drawn_is_the_one_its_code_makes(link: dict[str, object]) -> None:
    app = open_page(PAGE, experiment="matrix", **link)
    matrix, held = drawn(app)
    left = run_script(app.code[0].value)
    assert torch.equal(left["matrix"], matrix)
    assert not matrix[~held].any()
    assert left["difference"] < 1e-5
    assert float((matrix @ left["image"].flatten() + left["bias"] - left["output"]).abs().max()) < 1e-5


@pytest.mark.parametrize("size", [4, 5, 6, 7, 8])
def test_every_size_of_the_matrix(size: int) -> None:
    app = open_page(PAGE, experiment="matrix")
    set_to(app, "matrix_size", size)
    assert metrics(app)["Shape of the matrix"] == f"{(size - 2) ** 2} × {size**2}"
    assert troubles(app) == []


def test_shifting_a_picture_that_wraps_makes_no_difference() -> None:
    app = open_page(PAGE, experiment="shift", padding="same", padding_mode="circular")
    assert float(metrics(app)["Largest difference"]) > 0.1
    set_to(app, "wrap", True)
    assert metrics(app) == {"Largest difference": "0", "Largest difference away from the borders": "0"}
    set_to(app, "shift_y", -7)
    assert metrics(app)["Largest difference"] == "0"


def test_away_from_the_borders_there_is_no_difference_at_all() -> None:
    app = open_page(PAGE, experiment="shift", padding="2", activation="tanh", bias=0.3)
    assert float(metrics(app)["Largest difference"]) > 0.01
    assert metrics(app)["Largest difference away from the borders"] == "0"
    left = run_script(app.code[0].value)
    assert f"{float(left['difference'].abs().max()):.3g}" == metrics(app)["Largest difference"]
    assert torch.equal(left["shift"](left["image"], 4, 0), lab(app).values)
    assert torch.equal(left["conv_of_shifted"], lab(app).output)


def test_a_stride_that_does_not_divide_the_shift_is_said() -> None:
    app = open_page(PAGE, experiment="shift", stride=3)
    (notice,) = app.info
    assert "Stride 3 does not divide" in notice.value
    assert metrics(app) == {}
    set_to(app, "shift_x", 6)
    assert not app.info
    assert metrics(app)["Largest difference away from the borders"] == "0"


def test_pictures_that_the_kernel_does_not_fit_are_left_out_of_the_growth() -> None:
    app = open_page(PAGE, experiment="parameters", size=8, dilation=4)
    assert troubles(app) == []
    assert figure(app)["data"][0]["x"] == [16, 32, 64, 128, 256]
    assert [text.value for text in app.caption if "does not fit" in text.value] == [
        "This kernel does not fit a picture of 8 px."
    ]
    app = open_page(PAGE, experiment="parameters")
    assert figure(app)["data"][0]["x"] == [8, 16, 32, 64, 128, 256]
    assert not any("does not fit" in text.value for text in app.caption)
    app = open_page(PAGE, experiment="parameters", padding="same", stride=2)
    assert "padding='same' works with stride 1 only" in troubles(app)[0].replace("\\", "")


def test_the_kernel_is_learned() -> None:
    app = open_page(PAGE, experiment="learn", size=32)
    assert troubles(app) == []
    header, blobs = received(app, "kernels.learning")
    losses = torch.frombuffer(bytearray(blobs["losses"]), dtype=torch.float32)
    path = torch.frombuffer(bytearray(blobs["kernels"]), dtype=torch.float32).reshape(-1, *header["shape"])
    assert torch.equal(
        torch.tensor(lab(app).header["kernel"]),
        torch.frombuffer(bytearray(blobs["target"]), dtype=torch.float32).reshape(header["shape"]),
    )
    assert len(losses) == len(path) == controls(app).steps + 1
    assert float(losses[-1]) < 0.01 * float(losses[0])
    left = run_script(app.code[-1].value)
    assert torch.equal(left["path"], path)
    assert left["losses"] == losses.tolist()


def test_the_start_has_a_seed_of_its_own() -> None:
    app = open_page(PAGE, experiment="learn", size=16, steps=20)
    before = received(app, "kernels.learning")[1]["kernels"]
    (seed,) = [field for field in app.number_input if field.label == "Seed of the start"]
    seed.set_value(4).run()
    assert troubles(app) == []
    assert received(app, "kernels.learning")[1]["kernels"] != before
    assert controls(app).seed == 0


def test_too_large_a_rate_is_said_to_diverge() -> None:
    app = open_page(PAGE, experiment="learn", learning_rate=100, size=16, steps=MAX_STEPS)
    header, blobs = received(app, "kernels.learning")
    assert header["problem"].startswith("Diverged: at step ")
    assert len(blobs["losses"]) // 4 == int(re.findall(r"\d+", header["problem"])[0])
    assert troubles(app) == []


def test_parameters_do_not_grow_with_the_picture_but_a_dense_layers_do() -> None:
    app = open_page(PAGE, experiment="parameters", padding="1")
    text = app.markdown[-1].value
    assert "3,737,474" in text
    assert "18,090" in text
    assert "206.6" in text
    assert app.markdown[-2].value == (
        "On the lab's picture, 128 × 128: 10 parameters; a dense layer has 268,451,840."
    )
    conv, dense = ([int(y) for y in line["y"]] for line in figure(app)["data"])
    assert conv == [10] * 6
    assert dense == [n**4 + n**2 for n in (8, 16, 32, 64, 128, 256)]


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(any_controls(KernelsControls))
def test_any_link_restores_the_page(wanted: Controls) -> None:
    app = open_page(PAGE, **link(wanted))
    assert not app.exception
    assert all("Something went wrong" not in sentence for sentence in troubles(app))
    assert isinstance(wanted, KernelsControls)
    there = wanted if pin.fits(wanted) else wanted.model_copy(update={"pin": ""})
    assert len(app.warning) == (there != wanted)
    assert controls(app) == there
    assert app.query_params == link(there)


def test_a_picture_of_one_colour_has_no_rate_that_is_too_large() -> None:
    app = open_page(PAGE, experiment="learn", picture="board", steps=20)
    assert any("nothing to learn" in caption.value for caption in app.caption)
    assert not any("inf" in caption.value for caption in app.caption)


def test_where_every_window_touches_a_border_no_difference_is_claimed() -> None:
    app = open_page(PAGE, experiment="shift", size=8, kernel="1 2 3 4 5 6 7", padding="3", shift_x=4)
    assert metrics(app)["Largest difference away from the borders"] == "no such pixel"
