"""convlab.ui.components.followed: what the browser is told of a picture, and of what changes it."""

import pytest
import torch

from convlab.ui.components import followed
from convlab.ui.components.shared.looking import Look, VerdictShown
from tests.ui.driver import unpack


def test_a_picture_its_verdicts_and_what_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[bytes] = []
    monkeypatch.setattr(followed, "_mount", lambda key, data: found.append(data))
    said = [VerdictShown("net", ["bird", "plane"], [1.0, -1.0], [0.9, 0.1])]
    watched = followed.Watched("probe.amount", "amount", 2.0, {"change": "shift"})
    look = Look("secret", "1,2,30", "edge", 2.5)
    picture = torch.arange(18, dtype=torch.uint8).view(3, 2, 3)
    followed.followed("follow", picture, said, look, watched)
    header, blobs = unpack(found[0])
    assert blobs == {"picture": bytes(range(18))}
    assert header["size"] == [3, 2]
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
