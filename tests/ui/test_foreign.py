"""Networks that are none of the chapter's, on the page: torchvision's, an ONNX file, the terminal's."""

import io
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import nn
from torchvision import models

from convlab.errors import UserError
from convlab.networks import designs, factories, onnx_files
from convlab.networks.factories import Plan
from convlab.ui import foreign
from convlab.ui.feature_maps.controls import FeatureMapsControls
from convlab.ui.networks import FOREIGN
from tests.networks.test_onnx_files import exported
from tests.ui.driver import open_page, received, troubles

SMALL = "squeezenet1_1"


def feature_maps(**controls: str) -> AppTest:
    return open_page("pages/feature_maps.py", **controls)


def saved(state_dict: object) -> bytes:
    file = io.BytesIO()
    torch.save(state_dict, file)
    return file.getvalue()


def give(app: AppTest, slot: str, name: str, data: bytes) -> AppTest:
    file = (name, data, "application/octet-stream")
    return app.file_uploader(key=f"feature_maps.file.{slot}").set_value([file]).run()


def names(app: AppTest) -> list[str]:
    found: list[str] = [layer["title"] for layer in received(app, "feature_maps.lab")[0]["layers"]]
    return found


def text(app: AppTest) -> str:
    found = " ".join(str(one.value) for kind in (app.markdown, app.caption, app.info) for one in kind)
    return found.replace("\\", "")


def test_a_network_of_torchvisions_opens_on_its_own_picture() -> None:
    app = feature_maps(network="torchvision", architecture=SMALL)
    assert troubles(app) == []
    header, _blobs = received(app, "feature_maps.lab")
    assert header["layers"][0]["shape"] == [3, 224, 224]
    assert names(app)[1] == "features.0"
    assert "squeezenet1_1, untrained, seed 0" in text(app)
    assert app.selectbox(key="feature_maps.weights").value == "random"  # none are on this machine
    app.selectbox(key="feature_maps.architecture").set_value("shufflenet_v2_x0_5").run()
    assert troubles(app) == []
    assert names(app)[1] == "conv1.0"


def test_of_a_large_network_values_of_the_open_layer_go_along_and_thumbnails_of_all() -> None:
    app = feature_maps(network="torchvision", architecture=SMALL, layer="features.3.squeeze")
    header, blobs = received(app, "feature_maps.lab")
    layers, forward = header["layers"], app.session_state["feature_maps.forward"]
    sent = {layers[int(name[6:])]["title"] for name in blobs if name.startswith("layer_")}
    assert sent == {"features.2", "features.3.squeeze", "features.3.squeeze_activation", "flatten1"}
    for n, layer in enumerate(layers):
        flat = len(layer["shape"]) == 1
        assert (layer["small"] is None) == flat == (f"small_{n}" not in blobs)
        if not flat:
            maps, rows, cols = (layer["small"][side] for side in ("maps", "rows", "cols"))
            assert (maps, max(rows, cols) <= 32) == (min(16, layer["shape"][0]), True)
            assert len(blobs[f"small_{n}"]) == maps * rows * cols
    opened = names(app).index("features.3.squeeze")
    values = torch.frombuffer(bytearray(blobs[f"layer_{opened}"]), dtype=torch.float32)
    assert torch.equal(values, forward.output("features.3.squeeze").flatten())
    assert sum(map(len, blobs.values())) < 6_000_000
    app.session_state["feature_maps.by_numbers"] = True
    app.run().selectbox(key="feature_maps.layer").set_value("features.0").run()
    assert f"layer_{names(app).index('features.0')}" in received(app, "feature_maps.lab")[1]


def test_its_weights_come_from_a_file() -> None:
    source = models.squeezenet1_1(weights=None, num_classes=3)
    app = feature_maps(network="torchvision", architecture=SMALL, weights="checkpoint")
    assert "upload its file above" in text(app)
    give(app, f"torchvision.{SMALL}", "mine.pth", saved(source.state_dict()))
    assert troubles(app) == []
    assert "squeezenet1_1, mine.pth" in text(app)
    model = app.session_state["feature_maps.forward"].model
    assert model.class_names == ("class 0", "class 1", "class 2")
    assert torch.equal(model.probe.network.features[0].weight, source.features[0].weight)
    give(app, f"torchvision.{SMALL}", "other.pth", saved({"x": torch.zeros(1)}))
    assert any("do not fit this network" in trouble for trouble in troubles(app))
    assert app.session_state["feature_maps.forward"].model is model  # the last good one stays


@pytest.mark.parametrize(
    ("architecture", "sentence"),
    [("vit_b_16", "by attention"), ("vgg16", "parameters and may have"), ("resnet19", "no such network")],
)
def test_what_cannot_be_opened_is_refused_in_a_sentence(architecture: str, sentence: str) -> None:
    app = feature_maps(network="torchvision", architecture=architecture)
    assert sentence in text(app)


def test_its_kernels_can_be_changed() -> None:
    layer = {"layer": "features.0", "channel": "2"}
    app = feature_maps(network="torchvision", architecture=SMALL, **layer)
    before = app.session_state["feature_maps.forward"].result
    app.session_state["feature_maps.by_numbers"] = True
    app.run().number_input(key="feature_maps.kernel.1.1").set_value(5.0).run()
    assert troubles(app) == []
    forward = app.session_state["feature_maps.forward"]
    assert not torch.equal(forward.result, before)
    weights = forward.model.probe.network.state_dict()
    assert float(weights["features.0.weight"][2, 0, 1, 1]) == 5
    header, _blobs = received(app, "feature_maps.lab")
    assert header["editing"]["route"] == ""  # the route knows no such network: Streamlit carries it


def test_a_smaller_picture_is_said_with_its_reason() -> None:
    app = feature_maps(network="torchvision", architecture="densenet121")
    assert "opened on 128 × 128 px, as its maps of 224 px would be too many" in text(app)
    app = feature_maps(network="torchvision", architecture=SMALL)
    assert "opened on 224 × 224 px;" in text(app)


def test_heads_that_do_not_run_are_named() -> None:
    app = feature_maps(network="torchvision", architecture="googlenet")
    assert "13,004,888 parameters, 6,379,984 of them in aux1, aux2, which does not run here" in text(app)
    assert "mean 0.5, 0.5, 0.5" in text(app)


def test_without_the_package_there_are_no_controls_of_what_cannot_be_opened(monkeypatch: Any) -> None:
    def missing() -> None:
        raise UserError("pip install onnx2torch onnx")

    assert any(one.key == "feature_maps.mode" for one in feature_maps().button_group)
    monkeypatch.setattr(onnx_files, "packages", missing)
    app = feature_maps(network="onnx")
    assert "pip install onnx2torch onnx" in text(app)
    keys = [str(one.key) for one in app.button_group]
    assert not {"feature_maps.mode", "feature_maps.ranges"} & {*keys}


@pytest.mark.skipif(not find_spec("onnx2torch"), reason="onnx2torch is an extra that is not installed here")
def test_an_onnx_file_opens_on_the_page() -> None:
    app = give(feature_maps(network="onnx"), "onnx", "mine.onnx", exported(designs.Net(), 3, 32, 32))
    assert troubles(app) == []
    assert names(app) == [
        "input",
        "conv1",
        "tanh1",
        "maxpool",
        "conv2",
        "tanh2",
        "maxpool_2",
        "flatten",
        "fc1",
        "tanh3",
        "fc2",
    ]
    assert "mine.onnx" in text(app)
    for experiment in ("field", "compare", "code"):
        app.query_params["experiment"] = experiment
        app.run()
        assert troubles(app) == []


def test_a_layer_without_a_rule_says_what_the_open_unit_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    foreign._from_terminal.cache_clear()
    plan = Plan("tests.ui.test_foreign:shuffling", shape=(3, 16, 16))
    monkeypatch.setenv(factories.VARIABLE, plan.text())
    app = feature_maps(network="terminal", layer="2", row="6", col="6")
    assert troubles(app) == []
    layers = {layer["title"]: layer for layer in received(app, "feature_maps.lab")[0]["layers"]}
    assert (layers["0 Conv2d"]["ruled"], layers["2 Conv2d"]["ruled"]) == (True, False)
    assert layers["2 Conv2d"]["field"]["size"] == [4, 4]
    assert layers["1 PixelShuffle"]["field"]["size"] == [16, 16]
    foreign._from_terminal.cache_clear()


def shuffling() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.PixelShuffle(2), nn.Conv2d(2, 2, 3))


def test_without_a_file_there_is_a_word() -> None:
    app = feature_maps(network="onnx")
    sentence = "There is no ONNX file yet" if find_spec("onnx2torch") else "pip install onnx2torch onnx"
    assert sentence in text(app)


def test_the_terminals_network_is_offered_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    foreign._from_terminal.cache_clear()
    assert "terminal" not in foreign.titles("net")
    assert "terminal" in foreign.titles("terminal")
    app = feature_maps(network="terminal")
    assert "Nothing was opened from the terminal" in text(app) + " ".join(troubles(app))
    plan = Plan("torchvision.models:shufflenet_v2_x0_5", shape=(3, 64, 64))
    monkeypatch.setenv(factories.VARIABLE, plan.text())
    assert "terminal" in foreign.titles("net")
    app = feature_maps(network="terminal")
    assert troubles(app) == []
    assert received(app, "feature_maps.lab")[0]["layers"][0]["shape"] == [3, 64, 64]
    assert "shufflenet" in text(app)
    assert "enters as it is, from 0 to 1" in text(app)
    foreign._from_terminal.cache_clear()


@pytest.mark.parametrize("experiment", ["field", "pooling", "excite", "compare", "code", "notice", "maths"])
def test_all_experiments_take_such_a_network(experiment: str) -> None:
    layer = {"layer": "features.0", "row": "20", "col": "20"}
    app = feature_maps(network="torchvision", architecture=SMALL, experiment=experiment, **layer)
    assert [trouble for trouble in troubles(app) if "Trained weights are bundled" not in trouble] == []


def test_the_script_builds_the_same_network() -> None:
    app = feature_maps(network="torchvision", architecture=SMALL, experiment="code", seed="4")
    code = str(app.code[0].value)
    scope: dict[str, Any] = {}
    exec(compile(code, "network.py", "exec"), scope)
    assert torch.equal(scope["output"], app.session_state["feature_maps.forward"].result[None])


def test_trained_weights_are_offered_where_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    controls = FeatureMapsControls(network="torchvision", architecture=SMALL)
    assert list(foreign.weights(controls)) == ["random", "checkpoint"]
    (tmp_path / "checkpoints").mkdir()
    source = models.squeezenet1_1(weights=None)
    name = str(models.SqueezeNet1_1_Weights.DEFAULT.url).rpartition("/")[2]
    (tmp_path / "checkpoints" / name).write_bytes(saved(source.state_dict()))
    assert list(foreign.weights(controls)) == ["trained", "random", "checkpoint"]
    foreign._stored.cache_clear()
    app = feature_maps(network="torchvision", architecture=SMALL)
    assert troubles(app) == []
    model = app.session_state["feature_maps.forward"].model
    assert model.class_names[:2] == ("tench", "goldfish")
    assert len(model.class_names) == 1000
    foreign._stored.cache_clear()


def test_other_networks_have_no_weights_to_choose() -> None:
    for network in FOREIGN:
        found = foreign.weights(FeatureMapsControls(network=network))
        assert bool(found) == (network == "torchvision")
