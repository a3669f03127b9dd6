"""convlab.ui.components.followed: what the browser is told of a picture, and of what changes it."""

from typing import Any

import pytest
import torch

from convlab.ui.components import followed
from convlab.ui.components.shared.looking import Look, VerdictShown
from tests.ui.driver import unpack


def told(monkeypatch: pytest.MonkeyPatch, *shown: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
    found: list[bytes] = []
    monkeypatch.setattr(followed, "_mount", lambda key, data: found.append(data))
    followed.followed("follow", *shown)
    return unpack(found[0])


def test_where_only_the_network_changes_there_is_no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = followed.Watched("probe.cells", "kernel", "0", {"layer": "conv1"})
    header, blobs = told(monkeypatch, None, [], Look("", "", "edge", 1.0), watched)
    assert header["size"] == [0, 0]
    assert blobs == {"picture": b""}
    assert header["painted"] is None


def test_a_picture_its_verdicts_and_what_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    said = [VerdictShown("net", ["bird", "plane"], [1.0, -1.0], [0.9, 0.1])]
    watched = followed.Watched("probe.amount", "amount", 2.0, {"change": "shift"})
    look = Look("secret", "1,2,30", "edge", 2.5)
    picture = torch.arange(18, dtype=torch.uint8).view(3, 2, 3)
    header, blobs = told(monkeypatch, picture, said, look, watched, 7)
    assert blobs == {"picture": bytes(range(18))}
    assert header["size"] == [3, 2]
    assert header["painted"] == 7
    assert header["look"] == look.told()
    wanted = {"key": "st-key-probe-amount", "control": "amount", "value": 2.0, "others": {"change": "shift"}}
    assert header["watched"] == wanted
    (one,) = header["verdicts"]
    assert one == {
        "title": "net",
        "classes": ["bird", "plane"],
        "logits": [1, -1],
        "probabilities": [0.9, 0.1],
    }
