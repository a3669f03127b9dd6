"""The Feature maps page's experiments, stack editor and links."""

import contextlib
import io
from typing import Any, get_args

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from streamlit.testing.v1 import AppTest
from torch import nn

from convlab.convolution import kernels
from convlab.networks.designs import DESIGNS
from convlab.pictures import photographs
from convlab.ui import foreign
from convlab.ui.feature_maps import experiments
from convlab.ui.feature_maps.controls import CROSS, FIGURE_8_8, Experiment, FeatureMapsControls
from convlab.ui.networks import CROSS as CROSS_NETWORK
from convlab.ui.networks import OWN_STACK, bundled_key
from convlab.ui.picture import working_picture
from convlab.ui.urls import Controls, serialise
from tests import sources
from tests.pages.test_feature_maps import (
    LAB,
    PAGE,
    assert_is_pytorchs,
    choose,
    controls,
    header_names,
    set_to,
    shown,
)
from tests.ui.driver import open_page, received, troubles
from tests.ui.test_urls import any_controls

OPEN = "Open this network above"
PYTORCHS = "mat1 and mat2 shapes cannot be multiplied (64x8 and 512x32)"


def texts(app: AppTest) -> str:
    return " ".join(str(element.value).replace("\\", "") for element in app.markdown)


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    after: AppTest = button.click().run()
    return after


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def run_script(code: str) -> dict[str, Any]:
    """What a learner's copy of a script leaves behind."""
    left: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, "script.py", "exec"), left)
    return left


@pytest.mark.parametrize("network", ["net", OWN_STACK, "net_res", CROSS_NETWORK])
def test_every_experiment_opens_one_after_another(network: str) -> None:
    app = open_page(PAGE, network=network, weights="random")
    for name in [*get_args(Experiment), "notice"]:
        set_to(app, "experiment", name)
        assert troubles(app) == [], name
        assert_is_pytorchs(app)


@pytest.mark.parametrize("layer", ["input", "flatten1", "fc2"])
@pytest.mark.parametrize("name", get_args(Experiment))
def test_every_experiment_at_the_ends_of_the_network(name: str, layer: str) -> None:
    app = open_page(PAGE, layer=layer, experiment=name)
    assert troubles(app) == []
    assert received(app, LAB)[0]["place"]["layer"] == header_names(received(app, LAB)[0]).index(layer)


def test_the_missing_flatten_gives_pytorchs_own_error_with_meaning_and_fix() -> None:
    app = open_page(PAGE, experiment="fit")
    assert PYTORCHS in [code.value for code in app.code]
    assert "Linear takes vectors of 512 numbers, but maps" in texts(app)
    assert "Put nn.Flatten in front of it: each picture becomes a vector of 512" in texts(app)


def test_the_modules_that_pytorch_does_not_find() -> None:
    app = open_page(PAGE, experiment="fit")
    found, ran = (
        dict(zip(*(table.value[column] for column in table.value.columns), strict=True))
        for table in app.table
    )
    both = nn.ModuleList([nn.Conv2d(3, 16, 3), nn.Conv2d(16, 8, 3)])
    assert int(found["list"]) == 0
    assert int(found["nn.ModuleList"]) == sum(p.numel() for p in both.parameters()) == 1608
    assert {name: int(count) for name, count in ran.items()} == {"module(x)": 1, "module.forward(x)": 0}
    assert any("cannot assign module before Module.__init__() call" in code.value for code in app.code)


def peaks(app: AppTest) -> list[float]:
    """Peak of the second kernel's answer: large cross, small crosses, the learner's picture."""
    found = [str(m.value).strip("*").split("peak ")[1] for m in app.markdown if "peak " in str(m.value)]
    return [float(text) for text in found]


def test_figure_8_8_the_large_cross_stands_out() -> None:
    app = open_page(PAGE, experiment="cross")
    large, small, _own = peaks(app)
    assert large > 2 * small > 0
    set_to(app, "second_kernel", "0 0 0; 0 1 0; 0 0 0")
    assert peaks(app)[0] != large
    assert controls(app).first_kernel == CROSS
    assert app.query_params["second_kernel"] == "0 0 0; 0 1 0; 0 0 0"
    set_to(app, "second_kernel", CROSS)
    assert peaks(app)[0] == large


def test_figure_8_8_is_opened_as_a_network_and_left_again() -> None:
    app = press(open_page(PAGE, experiment="cross", layer="fc1", second_kernel="0 0 0; 0 1 0; 0 0 0"), OPEN)
    assert troubles(app) == []
    header, values = shown(app)
    assert_is_pytorchs(app)
    assert header_names(header) == ["input", "conv1", "pool1", "conv2", "largest", "score"]
    assert values[-1].item() == values[3].max()
    (score,) = header["classes"]["rows"]
    assert (score["name"], score["p"], score["logit"]) == ("score", None, values[-1].item())
    assert OPEN not in [button.label for button in app.button]
    own = float(peaks(app)[2])
    set_to(app, "second_kernel", CROSS)
    header, values = shown(app)
    assert peaks(app)[2] != own
    assert peaks(app)[2] == pytest.approx(values[-1].item(), rel=0.01)
    at = header["place"]
    assert values[3].argmax() == at["row"] * 8 + at["col"]  # the unit that the large cross lights is open
    words = header["classes"]["words"]
    assert words == "The largest value of conv2, at unit (1, 1); the next is 0.3225."
    assert values[3].flatten().sort().values[-2:].tolist() == pytest.approx([0.3225, 0.68], abs=1e-6)
    set_to(app, "network", "net")
    assert_is_pytorchs(app)
    assert controls(app).picture == "photo:cat"
    set_to(app, "network", CROSS_NETWORK)
    assert controls(app).picture == FIGURE_8_8["picture"]
    set_to(app, "picture", "drawing:small_cross")
    set_to(app, "network", "net")
    assert controls(app).picture == "drawing:small_cross"  # chosen since: it stays


@pytest.mark.parametrize(
    "text",
    ["cat", "1 2; 3", "1 2 3", "1 0; 0 1", "nan 0 0; 0 0 0; 0 0 0", "", "9" * 5000, "<img src=x>", ":tada:"],
    ids=lambda text: ascii(text)[:20],
)
def test_an_invalid_cross_kernel_gets_a_sentence_and_the_old_one_stays(text: str) -> None:
    app = open_page(PAGE, experiment="cross")
    before = peaks(app)
    set_to(app, "first_kernel", text)
    assert troubles(app) == []
    (warning,) = app.warning
    assert 20 < len(str(warning.value).replace("\\", "")) < 200
    assert controls(app).first_kernel == CROSS
    assert app.text_area(key="feature_maps.first_kernel").value == CROSS
    assert peaks(app) == before
    assert not app.run().warning


def test_halves_of_the_open_map() -> None:
    app = open_page(PAGE, experiment="pooling", layer="conv1", channel=3)
    assert "**conv1, map 3**" in texts(app)
    assert metrics(app) == {"Values that survive max pooling": "25%"}
    choose(app, len(received(app, LAB)[0]["layers"]) - 1)
    assert troubles(app) == []
    assert app.info


def test_trained_beside_untrained() -> None:
    app = open_page(PAGE, experiment="compare", layer="conv2")
    assert texts(app).count("**Trained, ") == texts(app).count("**Untrained, ") == 8
    set_to(app, "network", "net_res")
    assert "Trained weights are bundled for net" in app.info[0].value


def test_the_effective_field_is_no_larger_than_the_exact_one() -> None:
    app = open_page(PAGE, experiment="field", layer="pool2", row=4, col=4)
    found = metrics(app)
    assert found["Window by the formula (px)"] == "10 × 10"
    assert found["Pixels by the formula"] == found["Pixels by autograd"] == "100"
    assert 0 < int(found["Above half of the strongest"]) < int(found["Pixels that change it"]) <= 100


@pytest.mark.parametrize("chosen", ["photo:cat", "photo:gravel", "drawing:house", "photo:retina"])
def test_the_effective_field_is_averaged_over_nine_pictures_none_twice(chosen: str) -> None:
    controls = FeatureMapsControls(picture=chosen, size=32, colour="rgb")
    pictures = experiments._pictures(chosen, working_picture(controls)[0])
    assert len(pictures.flatten(1).unique(dim=0)) == len(pictures) == 9


@pytest.mark.parametrize(
    ("query", "shapes", "windows"),
    [
        ({}, "conv1 16×32×32, ", "conv1 3, "),
        ({"network": "net_depth", "weights": "random"}, "conv1 32×32×32, ", "22 px"),
        ({"network": OWN_STACK}, "input ", "0 3, "),
    ],
)
def test_the_notes_speak_of_the_network_that_is_open(
    query: dict[str, object], shapes: str, windows: str
) -> None:
    told = texts(open_page(PAGE, experiment="notice", **query))
    assert shapes in told
    assert windows in told
    assert "`Net`" not in told


SCRIPTS: list[dict[str, object]] = [
    {},
    {"weights": "random", "seed": 4, "picture": "drawing:large_cross", "normalised": 0},
    {"network": "net_res", "weights": "random", "layer": "add1", "row": 3},
    {"network": "net_batch_norm", "weights": "random", "layer": "fc1", "channel": 9},
    {"network": OWN_STACK, "seed": 2, "size": 24, "colour": "grey", "layer": "5", "channel": 1},
    {"network": OWN_STACK, "picture": "board", "board": "8-" + "f" * 64, "layer": "0"},
    {**FIGURE_8_8, "first_kernel": "0 1 0; 1 1 1; 0 1 0"},
]


@pytest.mark.parametrize("link", SCRIPTS, ids=str)
def test_the_scripts_are_the_page(link: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(sources.ROOT)  # the trained weights are named from there
    app = open_page(PAGE, experiment="code", **link)
    header, values = shown(app)
    assert_is_pytorchs(app)
    network, field = (run_script(code.value) for code in app.code)
    assert torch.equal(network["image"], values[0])
    assert torch.equal(network["output"][0], values[-1])
    layers = header["layers"][1:]
    assert list(network["shapes"].values()) == [(1, *layer["shape"]) for layer in layers]
    place = header["place"]
    layer = header["layers"][place["layer"]]
    seen = field["seen"].nonzero()
    rows, cols = (layer["reach"][axis][place[name] % len(layer["reach"][axis])]
                  for axis, name in enumerate(("row", "col")))  # fmt: skip
    assert [int(seen[:, 0].min()), int(seen[:, 0].max()) + 1] == rows
    assert [int(seen[:, 1].min()), int(seen[:, 1].max()) + 1] == cols


# --- a stack of one's own


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(any_controls(FeatureMapsControls))
def test_any_link_restores_the_page(wanted: Controls) -> None:
    app = open_page(PAGE, **serialise(wanted))
    assert not app.exception
    assert all("Something went wrong" not in sentence for sentence in troubles(app))
    assert not app.warning
    assert isinstance(wanted, FeatureMapsControls)
    found = bundled_key(wanted.network, wanted.weights) or wanted.weights not in ("trained", "sketches")
    if wanted.foreign:  # of a file's own weights there is nothing to choose
        found = wanted.weights in (foreign.weights(wanted) or {wanted.weights})
    expected = wanted if found or wanted.free else wanted.model_copy(update={"weights": "random"})
    assert controls(app) == expected
    assert app.query_params == serialise(expected)


NONSENSE: dict[str, object] = {
    "network": "resnet",
    "weights": "mine",
    "seed": -1,
    "stack": "[]",
    "ranges": "all",
    "layer": "../x",
    "channel": "1e999",
    "row": -1,
    "col": "x",
    "experiment": "all",
    "first_kernel": "1 2; 3 4",
    "second_kernel": "nan",
    "size": 33,
    "picture": "photo:../cat",
}


def test_nonsense_falls_back_with_a_notice() -> None:
    app = open_page(PAGE, **NONSENSE)
    (notice,) = app.warning
    assert set(str(notice.value).split(": ")[1].rstrip(".").split(", ")) == set(NONSENSE)
    assert controls(app) == FeatureMapsControls()
    assert_is_pytorchs(app)
    assert app.query_params == {}


def test_a_place_outside_the_network_becomes_the_nearest() -> None:
    app = open_page(PAGE, layer="conv2", channel=500, row=500, col=500)
    place = received(app, LAB)[0]["place"]
    assert (place["layer"], place["channel"], place["row"], place["col"]) == (4, 7, 15, 15)
    gone = open_page(PAGE, layer="conv9")
    assert received(gone, LAB)[0]["place"]["layer"] == 1
    assert troubles(gone) == []


def test_the_photos_and_designs_that_tests_name_are_there() -> None:
    assert {"cat", "rocket"} <= set(photographs.PHOTOGRAPHS)
    assert {"net", "net_res", "net_depth", "net_batch_norm"} <= set(DESIGNS)
    assert kernels.parse(CROSS).shape == (1, 3, 3)
