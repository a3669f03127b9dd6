"""convlab.ui.components.probe_lab: what the browser sends, and the picture that it is shown."""

from pathlib import Path
from typing import Any

import pytest
import streamlit as st
import torch

from convlab.pictures.crop import Square
from convlab.ui.components import probe_lab
from tests.fuzz.bounds import within

SENT = {"left": -3, "top": 4, "side": 20, "padding": "edge", "revision": 7}


@pytest.mark.parametrize(
    ("changes", "taken"),
    [
        ({}, True),
        ({"padding": "none such"}, False),
        ({"padding": None}, False),
        ({"padding": ["edge"]}, False),
        ({"side": "x"}, False),
        ({"left": float("nan")}, False),
        ({"top": 10**9}, False),
    ],
)
def test_a_square_is_taken_whole_or_not_at_all(
    changes: dict[str, Any], taken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    session: dict[str, Any] = {"lab": {"crop": {**SENT, **changes}}}
    monkeypatch.setattr(st, "session_state", session)
    assert probe_lab.cropped("lab") == ((Square(-3, 4, 20), "edge") if taken else None)
    assert session.get("lab.revision") == (7 if taken else None)


@pytest.mark.parametrize(("index", "card"), [(0, 0), (3, 3), (-1, None), ("x", None), (None, None)])
def test_a_card_is_a_number_from_0(index: object, card: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {"lab": {"choose": {"index": index}}})
    assert probe_lab.chosen("lab") == card


def test_a_large_picture_is_shown_smaller_by_its_means() -> None:
    small = torch.randint(0, 256, (3, 4, 256), dtype=torch.uint8)
    assert probe_lab.reduced(small) is small
    large = torch.full((3, 1000, 512), 7, dtype=torch.uint8)
    large[:, :, 256:] = 9
    shown = probe_lab.reduced(large)
    assert shown.shape == (3, 256, 131)
    assert shown.dtype == torch.uint8
    assert shown[:, :, :60].unique().tolist() == [7]
    assert shown[:, :, 70:].unique().tolist() == [9]


def test_hazard_22_the_largest_picture_is_made_smaller_in_little_memory() -> None:
    """It has 48 MB, as floats 192; many learners do so at once."""
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("only Linux tells the peak of a process")
    largest = torch.zeros(3, 4000, 4000, dtype=torch.uint8)
    with within(megabytes=40):
        assert probe_lab.reduced(largest).shape == (3, 256, 256)
