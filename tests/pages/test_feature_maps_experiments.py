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
from convlab.networks import stacks
from convlab.networks.designs import DESIGNS
from convlab.pictures import photographs
from convlab.ui.feature_maps.controls import CROSS, Experiment, FeatureMapsControls
from convlab.ui.networks import OWN_STACK, TRAINED
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

PYTORCHS = "mat1 and mat2 shapes cannot be multiplied (64x8 and 512x32)"


def texts(app: AppTest) -> str:
    return " ".join(str(element.value).replace("\\", "") for element in app.markdown)


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def run_script(code: str) -> dict[str, Any]:
    """What a learner's copy of a script leaves behind."""
    left: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, "script.py", "exec"), left)
    return left


@pytest.mark.parametrize("network", ["net", OWN_STACK, "net_res"])
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
    assert app.text_input(key="feature_maps.first_kernel").value == CROSS
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


SCRIPTS: list[dict[str, object]] = [
    {},
    {"weights": "random", "seed": 4, "picture": "drawing:large_cross", "normalised": 0},
    {"network": "net_res", "weights": "random", "layer": "add1", "row": 3},
    {"network": "net_batch_norm", "weights": "random", "layer": "fc1", "channel": 9},
    {"network": OWN_STACK, "seed": 2, "size": 24, "colour": "grey", "layer": "5", "channel": 1},
    {"network": OWN_STACK, "picture": "board", "board": "8-" + "f" * 64, "layer": "0"},
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


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    after: AppTest = button.click().run()
    return after


def parts(app: AppTest) -> list[Any]:
    return list(stacks.parse(controls(app).stack).layers)


def edit(app: AppTest, at: int, name: str, value: object) -> AppTest:
    """Set a number, or the kind, of the chosen layer."""
    key = f"feature_maps.part.{at}.{name}"
    widget: Any = app.selectbox(key=key) if name == "kind" else app.number_input(key=key)
    after: AppTest = widget.set_value(value).run()
    return after


def pick(app: AppTest, at: int) -> AppTest:
    after: AppTest = app.pills(key="feature_maps.at").set_value(at).run()
    return after


def test_layers_are_changed_added_and_removed() -> None:
    app = open_page(PAGE, network=OWN_STACK)
    edit(app, 0, "out_channels", 5)
    edit(app, 0, "kernel_size", 5)
    edit(app, 0, "padding", 2)
    assert_is_pytorchs(app)
    assert parts(app)[0] == stacks.Conv2d(out_channels=5, kernel_size=5, padding=2)
    pick(app, 1)
    edit(app, 1, "kind", "batch_norm")
    assert_is_pytorchs(app)
    assert parts(app)[1] == stacks.BatchNorm2d()
    press(app, "Add a layer behind")
    assert parts(app)[2] == stacks.Conv2d(padding=1)
    assert len(parts(app)) == 11
    assert_is_pytorchs(app)
    press(app, "Remove this layer")
    assert parts(app)[1] == stacks.Conv2d(padding=1)
    assert_is_pytorchs(app)
    assert app.query_params["stack"] == controls(app).stack


def test_a_stack_has_1_to_12_layers() -> None:
    app = open_page(PAGE, network=OWN_STACK, stack='[{"kind":"relu"}]')
    press(app, "Remove this layer")
    assert "1 to 12 layers" in app.warning[0].value
    assert parts(app) == [stacks.ReLU()]
    for n in range(11):
        press(app, "Add a layer behind")
        assert len(parts(app)) == n + 2
    press(app, "Add a layer behind")
    assert "1 to 12 layers" in app.warning[0].value
    assert len(parts(app)) == 12
    assert_is_pytorchs(app)
    assert not app.run().warning


@pytest.mark.parametrize("kind", ["max_pool", "avg_pool"])
def test_a_pool_without_a_stride_goes_on_by_its_kernel(kind: str) -> None:
    text = f'[{{"kind":"{kind}","kernel_size":5}}]'
    app = open_page(PAGE, network=OWN_STACK, stack=text)
    assert_is_pytorchs(app)
    assert app.number_input(key="feature_maps.part.0.stride").value == 5
    edit(app, 0, "kernel_size", 7)
    assert parts(app) == [stacks.KINDS[kind](kernel_size=7)]
    edit(app, 0, "stride", 6)  # the field has to show 7, yet a stride is 4 at most
    assert parts(app)[0].stride == 4
    edit(app, 0, "stride", 2)
    assert parts(app)[0].stride == 2
    assert_is_pytorchs(app)


def test_numbers_that_only_a_link_may_set_outlive_an_edit() -> None:
    text = '[{"kind":"conv","in_channels":4},{"kind":"flatten"},{"kind":"linear","in_features":9}]'
    app = open_page(PAGE, network=OWN_STACK, stack=text)
    edit(app, 0, "padding", 1)
    assert parts(app)[0] == stacks.Conv2d(in_channels=4, padding=1)


UNFIT = {
    '[{"kind":"conv","in_channels":4}]': "Set in_channels to 3",
    '[{"kind":"max_pool","kernel_size":2,"padding":3}]': "Set padding to half of kernel_size at most",
    '[{"kind":"flatten"},{"kind":"conv"}]': "Move this layer in front of the flatten",
    '[{"kind":"flatten"},{"kind":"batch_norm"}]': "Move this layer in front of the flatten",
    '[{"kind":"max_pool","kernel_size":7},{"kind":"max_pool","kernel_size":7}]': "Take a smaller kernel_size",
    '[{"kind":"conv","kernel_size":7,"dilation":4},{"kind":"conv","kernel_size":7,"dilation":4}]': "smaller",
    '[{"kind":"linear"}]': "Put nn.Flatten in front of it",
}


@pytest.mark.parametrize("text", UNFIT)
def test_a_stack_that_does_not_fit_shows_pytorchs_error_and_goes_on(text: str) -> None:
    app = open_page(PAGE, network=OWN_STACK, stack=text)
    assert troubles(app) == []
    module = stacks.build(stacks.parse(text))
    with pytest.raises((RuntimeError, ValueError)) as pytorchs, torch.no_grad():
        module.eval()(torch.zeros(1, 3, 32, 32))
    assert [code.value for code in app.code] == [str(pytorchs.value)]
    assert UNFIT[text] in texts(app)
    assert not [element for element in app.get("bidi_component") if element.key == LAB]  # never stale
    press(app, "Add a layer behind")
    pick(app, 0)
    while len(parts(app)) > 1:
        press(app, "Remove this layer")
    edit(app, 0, "kind", "relu")
    assert_is_pytorchs(app)


def test_too_large_a_stack_is_refused_with_a_sentence() -> None:
    text = '[{"kind":"conv","out_channels":64},{"kind":"flatten"},{"kind":"linear","out_features":1024}]'
    app = open_page(PAGE, network=OWN_STACK, stack=text, size=64)
    assert troubles(app) == []
    (notice,) = app.info
    assert "5000000" in notice.value


# --- links


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(any_controls(FeatureMapsControls))
def test_any_link_restores_the_page(wanted: Controls) -> None:
    app = open_page(PAGE, **serialise(wanted))
    assert not app.exception
    assert all("Something went wrong" not in sentence for sentence in troubles(app))
    assert not app.warning
    assert isinstance(wanted, FeatureMapsControls)
    trainable = wanted.network in TRAINED or wanted.weights != "trained" or wanted.own_stack
    expected = wanted if trainable else wanted.model_copy(update={"weights": "random"})
    assert controls(app) == expected
    assert app.query_params == serialise(expected)


def test_a_link_holds_the_stack_and_the_place() -> None:
    app = open_page(PAGE, network=OWN_STACK)
    edit(app, 0, "out_channels", 3)
    choose(app, 2, 1, 30, 7)
    app = choose(app, 1, 2, 31, 5)
    link = dict(app.query_params)
    assert (link["layer"], link["channel"], link["row"], link["col"]) == ("0", "2", "31", "5")
    again = open_page(PAGE, **link)
    assert not again.warning
    assert received(again, LAB)[0]["detail"] == received(app, LAB)[0]["detail"]
    assert controls(again) == controls(app)


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
