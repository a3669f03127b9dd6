"""Checkpoints as probes: what a run's file tells, what a stranger's may not, the book's."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import torch
from safetensors.torch import save
from torch import Tensor

from convlab.errors import UserError
from convlab.networks import checkpoints
from convlab.networks.designs import Net, design, seeded
from convlab.pictures import images
from convlab.probing.loading import load_probe


def checkpoint(told: dict[str, Any] | None = None, key: str = "net") -> bytes:
    """A safetensors file with words as a run writes them."""
    weights: dict[str, Tensor] = seeded(design(key).build, 0).state_dict()
    metadata = {name: json.dumps(value) for name, value in (told or {}).items()}
    data: bytes = save(weights, metadata=metadata)
    return data


def test_a_run_tells_its_classes_and_its_normalisation() -> None:
    told = {"classes": ["kite", "![x](http://y)"], "mean": [0.1, 0.2, 0.3], "std": [1, 2, 3]}
    found = load_probe(checkpoint(told))
    assert found.probe.classes == ("kite", "![x](http://y)")
    assert (found.probe.mean, found.probe.std) == ((0.1, 0.2, 0.3), (1, 2, 3))
    assert found.checkpoint.matches[0].design == "net"
    assert not found.probe.network.training
    x = torch.zeros(1, 3, 32, 32, dtype=torch.uint8)
    wanted = seeded(Net, 0).eval()(images.normalise(torch.zeros(1, 3, 32, 32), (0.1, 0.2, 0.3), (1, 2, 3)))
    assert torch.equal(found.probe.logits(x), wanted)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"classes": ["one"], "mean": [0.1, 0.2], "std": [1, 1, 1]},
        {"classes": ["one", "one"], "mean": [0.1, 0.2, 0.3]},
        {"classes": ["a", "b\x1b[31m"], "std": [1, 1, 1]},
        {"classes": ["a", 7], "mean": [0.1, 0.2, 0.3], "std": [1, 0, 1]},
        {"classes": "ab", "mean": [0.1, 0.2, 0.3], "std": [1, -1, 1]},
        {"classes": {"a": 1, "b": 2}, "mean": [0.1, 0.2, float("nan")], "std": [1, 1, 1]},
        {"classes": None, "mean": [True, 0, 0], "std": ["1", 1, 1]},
        {"classes": ["a", "x" * 61], "mean": 3, "std": None},
    ],
)
def test_what_is_not_told_well_is_the_chapter_s(told: dict[str, Any]) -> None:
    probe = load_probe(checkpoint(told)).probe
    assert probe.classes == ("airplane", "bird")
    assert (probe.mean, probe.std) == (images.CIFAR10_MEAN, images.CIFAR10_STD)


def test_more_logits_than_two_are_numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    network = seeded(lambda: Net(num_classes=4), 0).eval()
    read = replace(checkpoints.load(checkpoint()), module=network)
    monkeypatch.setattr(checkpoints, "load", lambda _: read)
    probe = load_probe(checkpoint()).probe
    assert probe.classes == ("class 0", "class 1", "class 2", "class 3")
    assert probe.probabilities(torch.zeros(1, 3, 32, 32)).shape == (1, 4)
    assert load_probe(checkpoint({"classes": ["a", "b"]})).probe.classes == probe.classes
    assert load_probe(checkpoint({"classes": ["a", "b", "c", "d"]})).probe.classes == ("a", "b", "c", "d")


def test_designs_with_equal_weights_are_both_named() -> None:
    assert {match.design for match in load_probe(checkpoint(key="net_res")).checkpoint.matches} == {
        "net_depth",
        "net_res",
    }


def test_a_file_is_read_checked_and_hashed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    data, load = checkpoint(), Mock(wraps=checkpoints.load)
    monkeypatch.setattr(checkpoints, "load", load)
    found = load_probe(data)
    load.assert_called_once_with(data)
    assert found.checkpoint.identity == hashlib.sha256(data).hexdigest()
    assert found.probe.network is found.checkpoint.module


def test_what_is_no_checkpoint() -> None:
    with pytest.raises(UserError, match="damaged or no checkpoint"):
        load_probe(b"no weights at all")


def test_the_book_s_file(shared: Path) -> None:
    found = load_probe((shared / "data" / "book_birds_vs_airplanes.pt").read_bytes())
    assert found.probe.classes == ("airplane", "bird")
    assert found.checkpoint.matches[0].design == "net"
    black = torch.zeros(1, 3, 32, 32, dtype=torch.uint8)
    assert found.probe.probabilities(black)[0].tolist() == pytest.approx([0.058, 0.942], abs=5e-4)  # 8.6
    white = torch.full_like(black, 255)
    assert found.probe.probabilities(white)[0].tolist() == pytest.approx([0.921, 0.079], abs=5e-4)
