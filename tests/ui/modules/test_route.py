"""The route of Modules: each component is told what the page would tell it; one sentence for nonsense."""

import json
from typing import Any

import pytest

from convlab.errors import UserError
from convlab.ui import server
from convlab.ui.modules.controls import ModulesControls
from convlab.ui.modules.route import answer
from convlab.ui.urls import parse
from tests.ui.driver import open_page, received, troubles, unpack

ASKED: list[dict[str, Any]] = [
    {"topic": "fit"},
    {"topic": "fit", "in_features": 288, "stack_kernel": 5, "flatten": 1},
    {"topic": "fit", "stack_padding": 0},
    {},
    {"tree_of": "net_res_deep"},
    {"topic": "holders"},
    {"topic": "holders", "held_in": "Sequential"},
    {"topic": "calls", "calls": 3},
    {"part": "moved"},
    {"part": "moved", "moved_to": "meta"},
    {"part": "moved", "moving": "optimizer"},
    {"part": "moved", "moving": "optimizer", "optimizer_to": "float64", "optimizer_first": 0},
    {"part": "moved", "moving": "file"},
    {"part": "moved", "moving": "file", "map_location": "none"},
    {"part": "moved", "moving": "mixed"},
    {"part": "moved", "moving": "mixed", "moved_picture": "meta", "mended": 1},
    {"part": "saved"},
    {"part": "saved", "strict": 0, "saved_into": "sequential"},
    {"part": "saved", "saved_weights": "random", "saved_into": "batch_norm"},
    {"part": "regularised", "regulariser": "dropout"},
    {"part": "regularised", "regulariser": "dropout", "dropout_kind": "Dropout", "dropout_passes": 1},
    {"part": "regularised", "regulariser": "dropout", "dropout_p": 1},
    {"part": "regularised"},
    {"part": "regularised", "penalty_l2": 0.01, "penalty_optimizer": "AdamW"},
    {"part": "regularised", "regulariser": "batch_norm"},
    {"part": "regularised", "regulariser": "batch_norm", "norm_frozen_from": 0, "norm_channel": 7},
    {"part": "regularised", "regulariser": "bias"},
    {"part": "regularised", "regulariser": "bias", "norm_bias": -1, "norm_channel": 3},
    {"part": "step"},
    {"part": "step", "step_order": "no_zero_grad", "step_size": 12, "step_lr": 0.5},
    {"part": "step", "step_entry": "fc1.weight,3,7", "step_network": "net_dropout", "step_seed": 3},
    {"part": "step", "step_network": "net_batch_norm", "step_entry": "conv1_batchnorm.weight,3"},
    {"part": "step", "step_closer": "item", "step_size": 2},
    {"part": "capacity"},
    {"part": "capacity", "n_chans1": 20},
    {"part": "depth"},
    {"part": "depth", "depth_layers": 1, "depth_norm": 0.5, "depth_skip": 1},
    {"part": "depth", "depth_view": "blocks", "depth_blocks": 2, "depth_chans": 8},
    {"part": "depth", "depth_view": "blocks", "depth_blocks": 3, "depth_chans": 4},
    {"part": "depth", "depth_view": "trained", "depth_blocks": 2, "depth_chans": 8},
]


def question(**said: Any) -> bytes:
    """What the browser would send."""
    head = json.dumps(said).encode()
    return len(head).to_bytes(4, "little") + head


def controls(query: dict[str, Any]) -> dict[str, Any]:
    """All of a page's that is opened with a link."""
    found, refused = parse(ModulesControls, {name: str(value) for name, value in query.items()})
    assert not refused
    return found.model_dump(mode="json")


@pytest.mark.parametrize("query", ASKED, ids=str)
def test_the_route_tells_each_component_what_the_page_tells_it(
    query: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    header, messages = unpack(answer(question(controls=controls(query), language="en")))
    assert header["keys"] == list(messages) != []
    monkeypatch.setattr(server, "_serving", True)
    app = open_page("pages/modules.py", **query)
    assert not troubles(app)
    for key, message in messages.items():
        told, blobs = received(app, key)
        assert told["answers"] == {"key": key, "told": header["told"]}
        assert unpack(blobs["message"]) == unpack(message)
    told, _blobs = received(app, "modules.asker")
    assert told["asks"]["route"] == "/part"
    assert told["asks"]["controls"] == controls(query)


@pytest.mark.parametrize(
    ("query", "choices", "presses"),
    [
        (
            {"part": "depth"},
            ["depth_activation", "depth_initialisation", "depth_norm", "depth_width"],
            {},
        ),
        (
            {"part": "regularised", "regulariser": "dropout", "dropout_draw": 3},
            ["dropout_kind"],
            {"draw_again": {"dropout_draw": 4}},
        ),
        ({"part": "saved"}, ["saved_into", "saved_weights"], {}),
        ({}, ["tree_of"], {}),
        ({"part": "moved", "moving": "optimizer"}, ["optimizer_to"], {}),
        ({"topic": "forms"}, [], {}),
    ],
    ids=str,
)
def test_the_browser_knows_what_entries_and_buttons_set_where_the_same_view_answers(
    query: dict[str, Any], choices: list[str], presses: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_serving", True)
    app = open_page("pages/modules.py", **query)
    asks = received(app, "modules.asker")[0]["asks"]
    assert sorted(name for name, offered in asks["choices"].items() if len(offered) > 1) == choices
    assert asks["presses"] == presses
    for name in choices:
        box = app.selectbox(key=f"modules.{name}")
        for said, value in asks["choices"][name].items():
            assert said in box.options
            assert answer(question(controls={**asks["controls"], name: value}, language="en"))
    assert "A file of your own" not in asks["choices"].get("saved_weights", {})


def test_a_stack_is_compared_with_the_one_before_as_the_page_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_serving", True)
    app = open_page("pages/modules.py", part="depth", depth_layers=4)
    for name, value in (("depth_layers", 9), ("depth_layers", 3), ("depth_seed", 3)):
        asks = received(app, "modules.asker")[0]["asks"]
        asked = {**asks["controls"], name: value}
        _header, messages = unpack(answer(question(controls=asked, earlier=asks["earlier"], language="en")))
        app.number_input(key=f"modules.{name}").set_value(value).run()
        told = unpack(received(app, "modules.depth.curves")[1]["message"])
        assert told == unpack(messages["modules.depth.curves"])
        assert "Before the last change" in str(told[0])
    app.segmented_control(key="modules.experiment").set_value("maths").run()  # which is no other stack
    assert unpack(received(app, "modules.depth.curves")[1]["message"]) == told


@pytest.mark.parametrize(
    "query",
    [
        {"topic": "forms"},
        {"topic": "holders", "held_in": "no_super"},
        {"part": "saved", "saved_weights": "file"},
    ],
    ids=str,
)
def test_where_only_the_page_can_answer_nobody_asks(
    query: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_serving", True)
    told, _blobs = received(open_page("pages/modules.py", **query), "modules.asker")
    assert told["asks"]["route"] == ""


FIT = {"topic": "fit"}


@pytest.mark.parametrize(
    "said",
    [
        {"controls": FIT},
        {"controls": FIT, "language": "../en"},
        {"controls": {**FIT, "in_features": 0}, "language": "en"},
        {"controls": {**FIT, "in_features": 10**30}, "language": "en"},
        {"controls": {**FIT, "n_chans1": 7}, "language": "en"},
        {"controls": {**FIT, "unknown": 1}, "language": "en"},
        {"controls": {**FIT, "part": "none"}, "language": "en"},
        {"controls": FIT, "language": "en", "more": 1},
        {"controls": FIT, "language": "en", "earlier": [FIT] * 3},
        {"controls": {"topic": "forms"}, "language": "en"},  # of a view that asks nothing
        {"controls": {"part": "saved", "saved_weights": "file"}, "language": "en"},  # of a session's own file
        {"controls": [], "language": "en"},
        {},
    ],
    ids=str,
)
def test_nonsense_is_refused_in_one_sentence(said: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="reload the page"):
        answer(question(**said))


def test_a_message_that_is_cut_short_is_refused() -> None:
    for message in (b"", b"\xff\xff\xff\xff{}", b"\x02\0\0\0{", b"\x01\0\0\0\xff"):
        with pytest.raises(UserError, match="reload the page"):
            answer(message)
