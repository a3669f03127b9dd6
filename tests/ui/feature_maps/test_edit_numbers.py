"""Kernels edited by numbers: every weight has a field, tools are buttons, and the network follows."""

import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor

from convlab.convolution import kernels
from convlab.networks.checkpoints import load
from convlab.ui import networks
from convlab.ui.feature_maps.edits import LAB
from tests.ui.driver import received, troubles
from tests.ui.panel import open_panel, set_number


def weight() -> Tensor:
    return networks.bundled_model("net").probe.network.get_parameter("conv2.weight").detach()


def told(app: AppTest) -> list[list[object]]:
    found: list[list[object]] = received(app, LAB)[0]["editing"]["edits"]
    return found


def press(app: AppTest, name: str) -> AppTest:
    after: AppTest = app.button(key=f"feature_maps.{name}").click().run()
    assert troubles(after) == []
    return after


def test_a_weight_is_typed_and_the_verdict_follows() -> None:
    app = open_panel("feature_maps", layer="conv2", channel=5)
    before = received(app, LAB)[1]["layer_10"]
    set_number(app, "feature_maps.kernel.input", 7)
    set_number(app, "feature_maps.kernel.1.2", 4.5)
    wanted = weight()[5, 7].clone()
    wanted[1, 2] = 4.5
    assert told(app) == [["conv2", 5, 7, wanted.tolist()]]
    assert received(app, LAB)[1]["layer_10"] != before
    assert app.number_input(key="feature_maps.kernel.1.2").value == 4.5
    press(app, "undo")
    assert told(app) == []
    assert received(app, LAB)[1]["layer_10"] == before


def test_tools_and_presets() -> None:
    app = open_panel("feature_maps", layer="conv2")
    press(app, "kernel.negate")
    assert told(app) == [["conv2", 0, 0, (0 - weight()[0, 0]).tolist()]]
    press(app, "kernel.zero")
    assert told(app) == [["conv2", 0, 0, [[0.0] * 3] * 3]]
    app.selectbox(key="feature_maps.kernel.preset").set_value("sobel_x").run()
    assert told(app) == [["conv2", 0, 0, kernels.preset("sobel_x").tolist()]]
    press(app, "kernel.restore")
    assert told(app) == []
    press(app, "undo")
    assert len(told(app)) == 1
    press(app, "redo")
    assert told(app) == []


def test_a_layer_without_kernels_has_no_fields() -> None:
    for layer in ("input", "pool1", "fc1"):
        keys = [field.key for field in open_panel("feature_maps", layer=layer).number_input]
        assert not [key for key in keys if str(key).startswith("feature_maps.kernel")]


def test_what_is_changed_is_said_and_its_file_opens_again() -> None:
    app = open_panel("feature_maps", layer="conv2")
    press(app, "kernel.zero")
    assert any("Kernels changed: 1" in one.value for one in app.markdown)
    (line,) = [one.value for one in app.caption if "parameters" in one.value]
    assert line.count("ernels changed") == 1  # once, not in the name too
    assert "**kernels changed: 1**, until the page is loaded anew" in line
    (button,) = [one for one in app.get("download_button") if "Download these weights" in one.proto.label]
    assert button
    made = app.session_state["feature_maps.forward"].model
    from convlab.ui.edited import weights_file

    found = load(weights_file(made))
    assert torch.equal(found.module.get_parameter("conv2.weight")[0, 0], torch.zeros(3, 3))
    assert found.about.classes == ("airplane", "bird")
