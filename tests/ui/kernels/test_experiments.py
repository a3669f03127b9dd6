"""The Kernels page's experiments: each opens, and shows the chapter's figures."""

import json
import re
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from streamlit.testing.v1 import AppTest

from convlab.chapter.errata import ERRATA
from convlab.convolution.learning import MAX_STEPS
from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.urls import Controls, serialise
from tests.pages.test_kernels import PAGE, REFUSED, controls, run_script, set_to
from tests.ui.driver import lab, open_page, received, troubles
from tests.ui.test_urls import any_controls

EXPERIMENTS = ["notice", "code", "matrix", "shift", "learn", "parameters", "errata", "maths"]


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def figure(app: AppTest) -> dict[str, Any]:
    (chart,) = app.get("plotly_chart")
    found: dict[str, Any] = json.loads(chart.proto.spec)
    return found


def test_every_experiment_opens_one_after_another() -> None:
    app = open_page(PAGE)
    assert len(app.segmented_control(key="kernels.experiment").options) == len(EXPERIMENTS)
    for name in [*EXPERIMENTS, "notice"]:
        set_to(app, "experiment", name)
        assert troubles(app) == [], name
        assert app.query_params == ({} if name == "notice" else {"experiment": name})
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
    assert shown["Different weights in it"] == "9"
    assert float(shown["matrix @ x + bias against Conv2d"]) < 1e-6
    assert shown["Entries that are 0"] == "83.3%"  # of these weights 3 are 0, too


def test_a_window_covers_a_quarter_of_the_matrix() -> None:
    app = open_page(PAGE, experiment="matrix", kernel="1 1 1; 1 1 1; 1 1 1")
    assert metrics(app)["Entries that are 0"] == f"{1 - 16 * 9 / (16 * 36):.1%}" == "75.0%"


@pytest.mark.parametrize(
    "link", [{}, {"colour": "rgb", "normalised": 1, "matrix_size": 4, "padding": "1", "bias": 2}]
)
def test_the_matrix_drawn_is_the_one_its_code_makes(link: dict[str, object]) -> None:
    app = open_page(PAGE, experiment="matrix", **link)
    drawn = torch.tensor(figure(app)["data"][0]["z"])
    left = run_script(app.code[0].value)
    assert torch.equal(left["matrix"], drawn)
    assert left["difference"] < 1e-5
    assert float((drawn @ left["image"].flatten() + left["bias"] - left["output"]).abs().max()) < 1e-5


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
    assert torch.equal(left["feature_map"](left["image"]), lab(app).output)


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
    conv, dense = ([int(y) for y in line["y"]] for line in figure(app)["data"])
    assert conv == [10] * 6
    assert dense == [n**4 + n**2 for n in (8, 16, 32, 64, 128, 256)]


def tables(app: AppTest) -> list[dict[str, str]]:
    """Label -> value of each table on the page (of equal labels the last)."""
    found = []
    for table in app.table:
        labels, values = (list(table.value[column]) for column in table.value.columns)
        found.append(dict(zip(labels, values, strict=True)))
    return found


def test_the_books_slips_are_tried_on_the_picture() -> None:
    app = open_page(PAGE, experiment="errata", kernel="1 1 1; 1 1 1; 1 1 1", colour="rgb")
    sums, ones, _blur, even = tables(app)
    assert len(app.table) == len(ERRATA)
    assert sums["o11 with i13 * w02"] == sums["o11 from F.conv2d"]
    assert float(sums["Largest error of the printed sum in this picture"]) > 0.05
    assert "has no attribute 'one_'" in ones["conv.weight.one_() answers"]
    assert ones["Sum of all weights after fill_(1)"] == "27"
    assert [value for label, value in rows_of(app, 2) if label == "times the picture's mean"] == ["3", "1"]
    assert even["Largest difference between F.pad and padding='same'"] == "0"
    assert even["Size of the kernel"] == "4 x 4"


def rows_of(app: AppTest, number: int) -> list[tuple[str, str]]:
    table = app.table[number].value
    return list(zip(*(table[column] for column in table.columns), strict=True))


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(any_controls(KernelsControls))
def test_any_link_restores_the_page(wanted: Controls) -> None:
    app = open_page(PAGE, **serialise(wanted))
    assert not app.exception
    assert all("Something went wrong" not in sentence for sentence in troubles(app))
    assert not app.warning
    assert controls(app) == wanted
    assert app.query_params == serialise(wanted)
