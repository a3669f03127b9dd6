"""convlab.ui.components.why_maps: what the browser is told of maps, and of the square over them."""

from typing import Any

import pytest
import torch

from convlab.ui.components import why_maps
from convlab.ui.components.shared.looking import Look
from convlab.ui.components.why_maps import Cover, Explanation, Why
from tests.ui.driver import unpack

LOOK = Look("secret", "1,2,30", "edge", 2.5)
COVER = Cover(5, (120, 110, 100))


def told(monkeypatch: pytest.MonkeyPatch, cover: Cover = COVER) -> tuple[dict[str, Any], dict[str, bytes]]:
    found: list[bytes] = []
    monkeypatch.setattr(why_maps, "_mount", lambda key, data: found.append(data))
    pictures = torch.arange(2 * 3 * 4, dtype=torch.uint8).view(2, 3, 2, 2)
    maps = [Why(f"map {n}", "", "bird", n, 1.5, torch.full((2, 2), float(n)), pictures[n]) for n in range(2)]
    why_maps.why_maps("why", Explanation("now", maps, LOOK, cover))
    return unpack(found[0])


def test_maps_lie_one_behind_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    header, blobs = told(monkeypatch)
    assert header["size"] == [2, 2]
    assert blobs["why_pictures"] == bytes(range(24))
    assert (
        torch.frombuffer(bytearray(blobs["why_values"]), dtype=torch.float32).tolist()
        == [0.0] * 4 + [1.0] * 4
    )


def test_a_square_has_size_and_colour_and_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    header, _blobs = told(monkeypatch, COVER)
    assert header["cover"] == {"size": 5, "colour": [120, 110, 100]}
    assert header["look"] == LOOK.told()
