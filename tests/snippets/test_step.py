"""The scripts of one training step are run, and give what the lesson shows, bit for bit."""

import ast
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from convlab.networks.checkpoints import WeightsFile
from convlab.probing import bundled
from convlab.snippets import step as snippets
from convlab.snippets.step import Beginning
from convlab.training.contributions import contributions
from convlab.training.left_alive import left_alive
from convlab.training.step import ORDERS, walk
from tests.snippets.test_convolution import run
from tests.training.test_step import batch, net, same

PLACES = range(8, 14)
NETWORKS: dict[str, nn.Module] = {
    "net": net("net", 3),
    "net_dropout": net("net_dropout", 3),
    "net_batch_norm": net("net_batch_norm", 3),
    "net_sketches": bundled.weights("net_sketches").probe.network,
}


def begun(key: str) -> Beginning:
    probe = bundled.weights("net_sketches").probe
    file = WeightsFile(f"convlab/weights/{key}.safetensors") if key == "net_sketches" else None
    return Beginning(key.removesuffix("_sketches"), 3, file, PLACES, probe.mean, probe.std)


def plain(script: str) -> None:
    """A learner can read it, and it needs PyTorch and the drawings alone."""
    imported = [node for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Import | ast.ImportFrom)]
    ours = [ast.unparse(node) for node in imported if "convlab" in ast.unparse(node)]
    assert ours == ["from convlab.datasets import sketches", "from convlab.pictures import images"]
    assert max(map(len, script.splitlines())) <= 110
    assert "\n\n\n\n" not in script


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("key", NETWORKS)
def test_the_loop(key: str, order: str) -> None:
    script = snippets.loop(begun(key), 0.05, order)
    found: dict[str, Any] = run(script)
    walked = walk(NETWORKS[key], *batch(PLACES), 0.05, order, 3)
    assert found["losses"] == [moment.loss for moment in walked if moment.line == "loss"]
    assert same(walked[-1].weights, dict(found["model"].named_parameters()))
    plain(script)


@pytest.mark.parametrize(
    ("name", "place"), [("conv2.weight", (3, 7, 0, 2)), ("fc1.weight", (1, 2)), ("conv1.bias", (4,))]
)
@pytest.mark.parametrize("key", NETWORKS)
def test_the_sum(key: str, name: str, place: tuple[int, ...]) -> None:
    script = snippets.summed(begun(key), name, place)
    found, wanted = run(script)["found"], contributions(NETWORKS[key], *batch(PLACES), name, place, 3)
    assert torch.equal(found.values, wanted.values)
    assert found.gradient == wanted.gradient
    plain(script)


@pytest.mark.parametrize("key", NETWORKS)
def test_what_is_kept(key: str) -> None:
    script = snippets.kept(begun(key), 0.05, [PLACES, range(14, 20)])
    batches: list[tuple[Tensor, Tensor]] = [batch(PLACES), batch(range(14, 20))]
    for (item, backward), counts in run(script)["found"].items():
        wanted = left_alive(NETWORKS[key], batches, 0.05, item, backward, 3)
        assert [vars(one) for one in counts] == [vars(one) for one in wanted]
    plain(script)
