"""Ghost pixels: how many, and what they show, against PyTorch's own."""

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from convlab.convolution import padding
from convlab.convolution.padding import PaddingMode

MODES: list[PaddingMode] = ["zeros", "reflect", "replicate", "circular"]


def padded_index(n: int, before: int, after: int, mode: str) -> list[int]:
    """What each position of a padded axis shows."""
    return [padding.shown(position, n, mode) for position in range(-before, n + after)]


@pytest.mark.parametrize("dilation", [1, 2, 3, 4])
@pytest.mark.parametrize("k", range(1, 8))
def test_same_is_pytorchs(k: int, dilation: int) -> None:
    conv = nn.Conv2d(1, 1, (k, 1), padding="same", dilation=dilation)
    assert [0, 0, *padding.same(k, dilation)] == conv._reversed_padding_repeated_twice


@given(st.integers(1, 12), st.integers(0, 12), st.integers(0, 12), st.sampled_from(MODES))
def test_a_ghost_shows_what_f_pad_copies(n: int, before: int, after: int, mode: PaddingMode) -> None:
    most = {"reflect": n - 1, "circular": n}.get(mode, 12)
    before, after = min(before, most), min(after, most)
    values = torch.arange(1.0, n + 1).reshape(1, 1, n)
    padded = F.pad(values, (before, after), mode="constant" if mode == "zeros" else mode)
    index = padded_index(n, before, after, mode)
    assert all(type(i) is int for i in index)
    assert [0.0 if i < 0 else i + 1.0 for i in index] == padded.flatten().tolist()


def test_ghosts_by_hand() -> None:
    assert padded_index(4, 2, 3, "zeros") == [-1, -1, 0, 1, 2, 3, -1, -1, -1]
    assert padded_index(4, 2, 3, "reflect") == [2, 1, 0, 1, 2, 3, 2, 1, 0]
    assert padded_index(4, 2, 3, "replicate") == [0, 0, 0, 1, 2, 3, 3, 3, 3]
    assert padded_index(4, 2, 3, "circular") == [2, 3, 0, 1, 2, 3, 0, 1, 2]
