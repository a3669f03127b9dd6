"""The network lab's message, and what it takes from the browser."""

from dataclasses import replace
from typing import Any

import pytest
import streamlit as st
import torch

from convlab.networks.recipes import Recipe
from convlab.ui.components import network_lab
from convlab.ui.components.network_lab import (
    ClassShown,
    LadderShown,
    LayerShown,
    PlaceShown,
    UnitShown,
    VerdictShown,
    chosen,
)
from tests.ui.driver import unpack

UNIT = {"kernel": (1, 1), "stride": (1, 1), "padding": (0, 0), "dilation": (1, 1)}
WHOLE = {"size": (1, 1), "jump": (1, 1), "start": (0, 0)}


def layer(values: torch.Tensor) -> LayerShown:
    reach = tuple(tuple((n, n + 1) for n in range(size)) for size in values.shape[1:])
    shape = tuple(values.shape)
    return LayerShown("input", "words", ["2×3"], shape, [], UNIT, WHOLE, reach, None, [], values)


def test_the_message_holds_every_value(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []
    monkeypatch.setattr(network_lab, "_mount", lambda **given: sent.append(given["data"]))
    grey = torch.tensor([[[0, 128, 255], [1, 2, 3]]], dtype=torch.uint8)
    # Not contiguous, as a view of a batch may be.
    values = torch.arange(12, dtype=torch.float32).reshape(2, 3, 2).transpose(1, 2) / 7
    unit = UnitShown("a unit", [("from map 0", 0.5, "")], ["0.5"], "remark", [(0, 1, 0.5)])
    verdict = VerdictShown("words", [ClassShown(0, "bird", 0.75, 1.5)], (3, 0.25))
    place = PlaceShown(0, 1, 1, 2)
    network_lab.network_lab("k", "id", grey, [layer(values)], place, unit, verdict, "map", lambda: None)
    header, blobs = unpack(sent[0])
    assert torch.frombuffer(bytearray(blobs["layer_0"]), dtype=torch.float32).tolist() == (
        values.flatten().tolist()
    )
    rgba = torch.frombuffer(bytearray(blobs["picture"]), dtype=torch.uint8).reshape(2, 3, 4)
    assert rgba[0].tolist() == [[0, 0, 0, 255], [128, 128, 128, 255], [255, 255, 255, 255]]
    assert {name: len(blob) for name, blob in blobs.items() if name in ("diverging", "grey")} == {
        "diverging": 768,
        "grey": 768,
    }
    assert header["identity"] == "id/map"
    assert header["place"] == {"layer": 0, "channel": 1, "row": 1, "col": 2, "revision": 0}
    assert header["detail"]["terms"] == [["from map 0", 0.5, ""]]
    assert header["detail"]["adds"] == [[0, 1, 0.5]]
    bird = {"channel": 0, "name": "bird", "p": 0.75, "logit": 1.5}
    told = {"words": "words", "rows": [bird], "others": [3, 0.25], "score": None}
    assert header["classes"] == told
    assert "values" not in header["layers"][0]
    assert header["layers"][0]["small"] is None
    assert header["layers"][0]["reach"] == [[[0, 1], [1, 2]], [[0, 1], [1, 2], [2, 3]]]


def test_the_message_holds_the_open_map_unfolded_and_how_units_are_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[bytes] = []
    monkeypatch.setattr(network_lab, "_mount", lambda **given: sent.append(given["data"]))
    grey, values = torch.zeros(1, 2, 3, dtype=torch.uint8), torch.zeros(2, 2, 3)
    kernels, partial = torch.arange(18.0).reshape(2, 3, 3), torch.arange(18.0).reshape(3, 2, 3)
    ladder = LadderShown(1, 0, 0, 1, [5, 2], "zeros", 7, -0.5, kernels, partial)
    recipe = Recipe("linear", {}, {"weight": torch.tensor([1.0, 2.0])})
    layers = [layer(values), replace(layer(values), recipe=recipe)]
    place, unit = PlaceShown(1, 0, 0, 0), UnitShown("a unit", [], [], ladder=ladder)
    network_lab.network_lab("k", "id", grey, layers, place, unit, VerdictShown(""), "map", lambda: None)
    header, blobs = unpack(sent[0])
    assert header["ladder"] == {
        **{"layer": 1, "channel": 0, "source": 0, "first": 1, "maps": [5, 2]},
        **{"mode": "zeros", "others": 7, "bias": -0.5, "kernel": [3, 3]},
    }
    assert header["layers"][0]["recipe"] is None
    assert header["layers"][1]["recipe"] == {"how": "linear", "numbers": {}, "tensors": ["weight"]}

    def floats(name: str) -> list[float]:
        return torch.frombuffer(bytearray(blobs[name]), dtype=torch.float32).tolist()

    assert floats("made_1_weight") == [1, 2]
    assert floats("kernels") == kernels.flatten().tolist()
    assert floats("partial") == partial.flatten().tolist()


@pytest.mark.parametrize(
    ("payload", "place"),
    [
        ({"layer": 1, "channel": 2, "row": 3, "col": 4, "revision": 5}, PlaceShown(1, 2, 3, 4)),
        ({"layer": 1, "channel": 2, "row": 3, "col": 4}, None),
        ({"layer": 1, "channel": 2, "row": -3, "col": 4, "revision": 5}, None),
        ({"layer": 1, "channel": 2, "row": 10**9, "col": 4, "revision": 5}, None),
        ({"layer": 1, "channel": float("inf"), "row": 0, "col": 4, "revision": 5}, None),
        ({"layer": None, "channel": 0, "row": 0, "col": 4, "revision": 5}, None),
        ("nonsense", None),
        (None, None),
    ],
)
def test_only_whole_places_are_taken(
    payload: Any, place: PlaceShown | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    session: dict[str, Any] = {"lab": {"place": payload}}
    monkeypatch.setattr(st, "session_state", session)
    assert chosen("lab") == place
    assert session.get("lab.revision") == (5 if place else None)
