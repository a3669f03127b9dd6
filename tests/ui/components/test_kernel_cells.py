"""convlab.ui.components.kernel_cells: what the browser is told of a kernel, and what it may send."""

from typing import Any

import pytest
import streamlit as st
import torch

from convlab.convolution import kernels
from convlab.ui.components import kernel_cells
from tests.ui.driver import unpack

GRID = torch.tensor([[0.5, -1.0, 0.0], [1.0, 2.0, 3.0]])


@pytest.mark.parametrize("own", [None, GRID + 1], ids=["several", "one"])
def test_a_kernel_and_how_it_came(monkeypatch: pytest.MonkeyPatch, own: torch.Tensor | None) -> None:
    found: list[bytes] = []
    monkeypatch.setattr(kernel_cells, "_mount", lambda key, data, **listeners: found.append(data))
    shown: tuple[Any, ...] = ("conv1", GRID, "text", own, 4.5, lambda: None, lambda: None)
    kernel_cells.kernel_cells("cells", *shown)
    header, blobs = unpack(found[0])
    assert header["size"] == [2, 3]
    assert (header["text"], header["place"], header["end"]) == ("text", "conv1", 4.5)
    assert header["own"] is (own is not None)
    assert blobs["kernel"] == GRID.numpy().tobytes()
    assert blobs["came"] == (GRID if own is None else own).numpy().tobytes()


def sent(monkeypatch: pytest.MonkeyPatch, payload: object) -> str | None:
    monkeypatch.setattr(st, "session_state", {"cells": {"cut": payload}})
    return kernel_cells.cut("cells")


def test_what_was_cut_is_heard_of(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sent(monkeypatch, {"text": "1 2; 3 4", "revision": 7}) == "1 2; 3 4"
    assert st.session_state["cells.revision"] == 7


@pytest.mark.parametrize(
    "payload",
    [
        None,
        "1 2",
        {"text": "1 2"},
        {"text": 3, "revision": 1},
        {"text": None, "revision": 1},
        {"text": "1", "revision": "x"},
        {"text": "1" * (kernels.MAX_TEXT_LENGTH + 1), "revision": 1},
    ],
    ids=str,
)
def test_anything_else_is_not(monkeypatch: pytest.MonkeyPatch, payload: object) -> None:
    assert sent(monkeypatch, payload) is None
