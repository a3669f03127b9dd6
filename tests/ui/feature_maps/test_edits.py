"""Kernels edited in the Feature maps lab: kept for the visit, undone, each network's own, nobody else's."""

from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest
from torch import Tensor

from convlab.convolution import kernels
from convlab.networks import edits
from convlab.networks.edits import Edits, Grid, Place, applied
from convlab.networks.recording import record
from convlab.ui import networks
from convlab.ui.feature_maps.edits import LAB, presets
from tests.ui.driver import open_page, received, send, troubles

PAGE = "pages/feature_maps.py"
ONES: Grid = ((1.0, 1.0, 1.0),) * 3
HERE = Place("conv2", 0, 3)


def editing(app: AppTest) -> dict[str, Any]:
    found: dict[str, Any] = received(app, LAB)[0]["editing"]
    return found


def edit(app: AppTest, made: Edits, event: str = "edit", **more: object) -> AppTest:
    """Send edits as the browser does."""
    told = editing(app)
    payload = {"edits": made.told(), "revision": told["revision"] + 1, "origin": told["origin"], **more}
    after = send(app, LAB, event, payload)
    assert troubles(after) == []
    return after


def values(app: AppTest) -> list[Tensor]:
    header, blobs = received(app, LAB)
    floats = (torch.frombuffer(bytearray(blobs[f"layer_{n}"]), dtype=torch.float32) for n in range(11))
    return [one.reshape(layer["shape"]) for one, layer in zip(floats, header["layers"], strict=True)]


def assert_shows(app: AppTest, made: Edits) -> None:
    """Every map is that of the network with these kernels."""
    module = networks.bundled_model("net").probe.network
    shown = values(app)
    outputs = record(applied(module, made), shown[0][None]).outputs
    assert all(torch.equal(one, other[0]) for one, other in zip(shown, outputs.values(), strict=True))


def test_the_lab_is_told_which_kernels_can_be_edited() -> None:
    app = open_page(PAGE, layer="conv2")
    told, own = editing(app), received(app, LAB)[1]["own"]
    weight = networks.bundled_model("net").probe.network.get_parameter("conv2.weight")
    assert torch.equal(torch.frombuffer(bytearray(own), dtype=torch.float32).reshape(16, 3, 3), weight[0])
    assert (told["layer"], told["channel"], told["size"], told["edits"]) == ("conv2", 0, [16, 3, 3], [])
    assert [path for path in told["paths"] if path] == ["conv1", "conv2"]
    assert told["question"]["network"]["key"] == "net"
    assert len(told["presets"]) == len(presets((3, 3))) > 10
    assert editing(open_page(PAGE, layer="pool1"))["layer"] == ""


def test_an_edit_stays_for_the_visit_and_leaves_everybody_elses_network_alone() -> None:
    app, other = open_page(PAGE), open_page(PAGE)
    before = networks.bundled_model("net").probe.network.get_parameter("conv2.weight").clone()
    made = Edits({HERE: ONES, Place("conv1", 2, 1): ONES})
    edit(app, made)
    assert_shows(app, made)
    app.switch_page("pages/kernels.py").run()
    app.switch_page(PAGE).run()
    assert_shows(app, made)
    assert_shows(other.run(), Edits())
    assert torch.equal(networks.bundled_model("net").probe.network.get_parameter("conv2.weight"), before)


def test_each_network_has_its_own_edits() -> None:
    app = edit(open_page(PAGE), Edits({HERE: ONES}))
    app.selectbox(key="feature_maps.network").set_value("net_width").run()
    assert editing(app)["edits"] == []
    app.selectbox(key="feature_maps.network").set_value("net").run()
    app.selectbox(key="feature_maps.weights").set_value("trained").run()
    assert len(editing(app)["edits"]) == 1


def test_undo_redo_and_restore_all() -> None:
    app = edit(
        edit(open_page(PAGE), Edits({HERE: ONES})), both := Edits({HERE: ONES, Place("conv1", 0, 0): ONES})
    )
    assert (editing(app)["undo"], editing(app)["redo"]) == (2, 0)
    edit(app, both, "step", steps=-1)
    assert_shows(app, Edits({HERE: ONES}))
    assert (editing(app)["undo"], editing(app)["redo"], editing(app)["steps"]) == (1, 1, -1)
    edit(app, Edits({HERE: ONES}), "step", steps=0)
    assert_shows(app, both)
    app.button(key="feature_maps.restore_all").click().run()
    assert_shows(app, Edits())
    assert "feature_maps.restore_all" not in [button.key for button in app.button]
    assert editing(app)["undo"] == 3


def test_an_edit_that_an_undo_overtook_is_not_taken() -> None:
    app = edit(open_page(PAGE), Edits({HERE: ONES}))
    late = {
        "edits": Edits({Place("conv1", 0, 0): ONES}).told(),
        "revision": 2,
        "origin": editing(app)["origin"] - 1,
    }
    send(app, LAB, "edit", late)
    assert_shows(app, Edits({HERE: ONES}))


def test_what_is_pasted_fills_the_kernel_or_says_why_not() -> None:
    app = open_page(PAGE, layer="conv2")
    place = {"layer": "conv2", "out": 0, "in": 3, "channel": 0, "row": 0, "column": 0}
    edit(app, Edits(), "paste", text="1 2 3; 4 5 6; 7 8 9", **place)
    assert_shows(app, Edits({HERE: edits.grid_of(kernels.parse("1 2 3; 4 5 6; 7 8 9")[0])}))
    edit(app, Edits({HERE: ONES}), "paste", text="1 2 3 4", **place)
    count, sentence = editing(app)["refusal"]
    assert (count, "room for 3 × 3" in sentence) == (1, True)
    for wrong in ({"layer": "fc1"}, {"in": 16}, {"out": -1}, {"row": 3}, {"layer": None}):
        edit(app, Edits({HERE: ONES}), "paste", text="1 2 3; 4 5 6; 7 8 9", **{**place, **wrong})
        assert_shows(app, Edits({HERE: ONES}))


@pytest.mark.parametrize(
    "payload",
    [
        *(None, {}, [], {"edits": [["conv2", 0, 99, [[1.0]]]], "revision": 1, "origin": 1}),
        {"edits": [["conv9", 0, 0, ONES]], "revision": 1, "origin": 1},
    ],
    ids=str,
)
def test_what_the_browser_cannot_have_sent_changes_nothing(payload: object) -> None:
    app = open_page(PAGE)
    send(app, LAB, "edit", payload)
    assert not app.exception
    assert_shows(app.run(), Edits())


def test_numbers_that_are_too_large_undo_the_last_change_and_say_so() -> None:
    large: Grid = ((3e38, 3e38, 3e38),) * 3
    app = open_page(PAGE, network="net_depth", weights="random")
    edit(app, Edits({Place("conv1", 0, 0): large, Place("conv1", 0, 1): large}))
    assert editing(app)["edits"] == []
    assert any("too large" in warning.value for warning in app.warning)


def test_a_stack_and_a_random_network_are_named_and_an_upload_is_not() -> None:
    assert editing(open_page(PAGE, network="stack"))["question"]["network"]["kind"] == "stack"
    told = editing(open_page(PAGE, network="net_res", weights="random", seed=4))["question"]["network"]
    assert (told["kind"], told["key"], told["seed"]) == ("random", "net_res", 4)


def test_where_the_route_cannot_follow_streamlit_carries_the_edit() -> None:
    assert editing(open_page(PAGE, mode="train"))["question"] == {}
    app = open_page(PAGE, mode="train")
    edit(app, Edits({Place("conv1", 0, 0): ONES}))
    assert len(editing(app)["edits"]) == 1


def test_figure_8_8_is_edited_like_any_network() -> None:
    app = open_page(PAGE, network="cross", picture="drawing:crosses", layer="conv1")
    assert editing(app)["question"]["network"]["kind"] == "cross"
    before = received(app, LAB)[1]["layer_3"]
    edit(app, Edits({Place("conv1", 0, 0): ONES}))
    assert received(app, LAB)[1]["layer_3"] != before
    assert not any(link.proto.label == "Ask it on Probe" for link in app.get("page_link"))
