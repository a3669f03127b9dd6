"""Scripts for what depth does give the lab's own numbers, bit for bit."""

from typing import Any

import pytest
import torch

from convlab.networks.depth import Asked, measure
from convlab.networks.residual_blocks import compare
from convlab.snippets import depth


def run(script: str) -> dict[str, Any]:
    found: dict[str, Any] = {"__name__": "script"}
    exec(compile(script, "script", "exec"), found)
    return found


@pytest.mark.parametrize(
    "asked", [Asked(depth=6), Asked(4, 8, "tanh", True, 0.5, "kaiming", 5), Asked(3, initialisation="xavier")]
)
def test_the_norms_of_the_script_are_those_on_the_screen(asked: Asked) -> None:
    found, wanted = run(depth.norms(asked)), measure(asked)
    assert found["loss"] == wanted.loss
    assert tuple(found["activations"]) == wanted.activations
    assert tuple(found["gradients"]) == wanted.gradients


def test_the_script_adds_up_the_same_gradients(capsys: pytest.CaptureFixture[str]) -> None:
    found, wanted = run(depth.blocks(8, 3, seed=2)), compare(8, 3, seed=2)
    for name in ("conv.weight", "batch_norm.weight", "batch_norm.bias"):
        assert torch.equal(found["sums"][name], wanted.sums[name])
        assert torch.equal(found["own"][name], wanted.own[name])
    assert found["modes"] == wanted.modes
    assert "logits equal: True" in capsys.readouterr().out
