"""A unit's parts over the route: what the page's own message tells; one sentence for what is no question."""

import gettext
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
from streamlit.testing.v1 import AppTest

from convlab.errors import UserError
from convlab.ui import words
from convlab.ui.feature_maps import large
from convlab.ui.feature_maps.forward import PASSES
from convlab.ui.feature_maps.unit_route import answer
from convlab.ui.opened import Open
from tests.ui.driver import open_page, received, send, unpack

LAB = "feature_maps.lab"
Place = tuple[int, int, int, int]
Message = tuple[dict[str, Any], dict[str, bytes]]


def question(secret: str, place: Place, changed: Mapping[str, Any] | None = None) -> bytes:
    """What the browser would send; ``changed`` replaces parts of the text."""
    at = dict(zip(("layer", "channel", "row", "col"), place, strict=True))
    head = json.dumps({"secret": secret, **at, "known": [], **(changed or {})}).encode()
    return len(head).to_bytes(4, "little") + head


def page(**query: object) -> tuple[AppTest, str]:
    """The page, and the secret of the pass that it has open."""
    app = open_page("pages/feature_maps.py", **query)
    return app, received(app, LAB)[0]["values"]["secret"]


def moved(app: AppTest, place: Place) -> Message:
    """The page's own message once the unit is open there."""
    at = dict(zip(("layer", "channel", "row", "col"), place, strict=True))
    return received(send(app, LAB, "place", {**at, "revision": 1}), LAB)


def same(answered: Message, message: Message) -> None:
    """All that the answer tells is what the message tells."""
    (header, blobs), (told, wanted) = answered, message
    assert {**header["place"], "revision": 1} == told["place"]
    assert (header["detail"], header["ladder"]) == (told["detail"], told["ladder"])
    assert header["kernels"] == {name: told["editing"][name] for name in header["kernels"]}
    for n, recipe in header["recipes"].items():
        assert recipe == told["layers"][int(n)]["recipe"]
    assert blobs == {name: wanted[name] for name in blobs}
    assert {"kernels", "partial"} <= blobs.keys() if header["ladder"] else "partial" not in blobs


PLACES = {
    "input": (0, 2, 3, 4),
    "conv1": (1, 7, 3, 4),
    "tanh1": (2, 1, 0, 31),
    "conv2": (4, 3, 0, 15),
    "fc1": (8, 5, 0, 0),
}


@pytest.mark.parametrize("place", PLACES.values(), ids=list(PLACES))
def test_the_answer_is_what_the_page_tells_of_the_unit(place: Place) -> None:
    app, secret = page()
    answered = unpack(answer(question(secret, place)))
    assert not any(name.startswith("layer_") for name in answered[1])
    same(answered, moved(app, place))


def test_of_a_large_network_the_values_come_along_that_the_browser_lacks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(large, "MOST_VALUES", 1000)
    app, secret = page()
    place = PLACES["conv2"]
    header, blobs = unpack(answer(question(secret, place)))
    assert {name for name in blobs if name.startswith("layer_")} == {"layer_3", "layer_4", "layer_5"}
    message = moved(app, place)
    same((header, blobs), message)
    assert message[0]["values"]["secret"] == secret
    _header, fewer = unpack(answer(question(secret, place, {"known": [3, 5]})))
    assert {name for name in fewer if name.startswith("layer_")} == {"layer_4"}


def test_the_answer_knows_the_kernels_that_the_learner_has_changed() -> None:
    app, before = page()
    app.session_state["feature_maps.by_numbers"] = True
    app.run()
    app.button(key="feature_maps.kernel.zero").click().run()
    secret = received(app, LAB)[0]["values"]["secret"]
    assert secret != before
    _header, blobs = unpack(answer(question(secret, (1, 0, 3, 4))))
    kernels, own = (
        torch.frombuffer(bytearray(blobs[name]), dtype=torch.float32) for name in ("kernels", "own")
    )
    assert kernels[:9].abs().sum() == 0
    assert own[:9].abs().sum() > 0
    assert torch.equal(kernels[9:], own[9:])


def test_a_pass_in_train_is_told_of_as_the_page_tells_of_it() -> None:
    app, secret = page(mode="train", network="net_batch_norm")
    place = (2, 3, 4, 5)
    same(unpack(answer(question(secret, place))), moved(app, place))


def test_it_speaks_the_sessions_language(monkeypatch: pytest.MonkeyPatch) -> None:
    _app, secret = page()
    found = PASSES.found(secret)
    assert found is not None
    french = Open("0", found.thing, "fr")
    monkeypatch.setitem(PASSES._open, "0", french)
    spoken: list[str] = []

    def catalogue(code: str) -> gettext.NullTranslations:
        spoken.append(code)
        return gettext.NullTranslations()

    monkeypatch.setattr(words, "_catalogue", catalogue)
    answer(question("0", PLACES["conv1"]))
    assert set(spoken) == {"fr"}


BAD: list[dict[str, Any]] = [
    {"secret": "0" * 32},
    {"secret": "0" * 33},
    {"secret": None},
    {"layer": 11},
    {"layer": -1},
    {"channel": 16},
    {"row": 32},
    {"col": 32},
    {"col": 1.5},
    {"col": 10**30},
    {"known": None},
    {"known": [-1]},
    {"known": [0] * 4001},
    {"more": 1},
]


@pytest.mark.parametrize("changed", BAD, ids=repr)
def test_what_is_no_unit_of_an_open_pass_is_one_sentence(changed: dict[str, Any]) -> None:
    _app, secret = page()
    answer(question(secret, PLACES["conv1"]))
    with pytest.raises(UserError, match="please reload the page"):
        answer(question(secret, PLACES["conv1"], changed))


@pytest.mark.parametrize("message", [b"", b"\xff\xff\xff\xff", b"\x02\0\0\0{}", b"\x01\0\0\0\xff"])
def test_what_is_no_question_is_one_sentence(message: bytes) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        answer(message)


def test_a_field_that_no_rule_knows_is_left_to_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    _app, secret = page()
    found = PASSES.found(secret)
    assert found is not None
    fields = {name: row for name, row in found.thing.fields.items() if name != "conv1"}
    measured = Open("0", replace(found.thing, fields=fields), "en")
    monkeypatch.setitem(PASSES._open, "0", measured)
    answer(question("0", PLACES["conv2"]))
    with pytest.raises(UserError):
        answer(question("0", PLACES["conv1"]))
