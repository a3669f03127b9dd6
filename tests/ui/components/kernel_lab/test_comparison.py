"""What the lab is told of the kept kernel, and what it may ask for."""

from typing import Any

import pytest
import streamlit as st
import torch
from hypothesis import given
from hypothesis import strategies as some

from convlab.convolution import conv2d
from convlab.convolution.comparison import Layer
from convlab.convolution.conv2d import ConvSettings
from convlab.ui.components.kernel_lab import comparison
from convlab.ui.components.kernel_lab.comparison import ACTIONS, Kept

LAYER = Layer(torch.tensor([[[1.0, 2]]]), ConvSettings(padding=1, stride=2))
IMAGE = torch.arange(20.0).reshape(1, 4, 5)


def fitting() -> Kept:
    output = conv2d.convolve(IMAGE, LAYER.kernel, LAYER.settings)
    return Kept(LAYER, output, conv2d.geometry(4, 5, (1, 2), LAYER.settings), "")


def test_the_header_says_where_its_windows_lie() -> None:
    kept = fitting()
    told = comparison.header(kept, kept.output)["kept"]
    assert told["text"] == "1 2 @ padding=1 stride=2"
    assert told["shape"] == "[1, 3, 3]"
    assert told["windows"] == {"stride": 2, "dilation": 1, "kernel": (1, 2), "before": (1, 1), "size": (4, 5)}
    assert told["result_shape"] == [3, 3]
    assert kept.output is not None
    assert told["mean"] == float(kept.output.mean())
    assert told["apart"] == ""


def test_without_a_kept_kernel_nothing_is_told() -> None:
    assert comparison.header(None, torch.zeros(2, 2)) == {"kept": None}


def test_why_there_is_no_difference() -> None:
    kept = fitting()
    assert kept.apart(None) == ""  # the lab says why there is no B
    assert kept.apart(torch.zeros(3, 4)).startswith("A has 3 × 3 pixels and B 3 × 4, so")
    refused = Kept(LAYER, None, None, "The kernel is too large.")
    assert refused.apart(torch.zeros(3, 3)) == "A has no output here. The kernel is too large."
    assert "result_shape" not in comparison.header(refused, None)["kept"]


@pytest.mark.parametrize("action", ACTIONS)
def test_what_a_button_asks_for(action: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {"lab": {"ask": {"action": action}}})
    assert comparison.asked("lab") == action


leaves = some.none() | some.booleans() | some.integers() | some.text(max_size=9) | some.sampled_from(ACTIONS)
payloads = (
    leaves
    | some.lists(leaves)
    | some.dictionaries(some.sampled_from(("action", "x")), leaves | some.lists(leaves))
)


@given(payloads)
def test_any_json_asks_for_an_action_or_for_nothing(payload: Any) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(st, "session_state", {"lab": {"ask": payload}})
        assert comparison.asked("lab") in ("", *ACTIONS)
