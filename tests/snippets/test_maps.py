"""The scripts of Feature maps' experiments are run, and compared with the library bit for bit."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from convlab.convolution import kernels, pooling
from convlab.networks.checkpoints import WeightsFile
from convlab.networks.crosses import find_cross
from convlab.networks.designs import Net, seeded
from convlab.networks.recording import record
from convlab.pictures import drawings, images
from convlab.snippets import maps
from convlab.snippets import network as network_snippets
from convlab.training import network
from tests.snippets.test_convolution import run
from tests.snippets.test_network import IMAGE, PICTURE

CROSS = kernels.preset("cross")[None]


@pytest.mark.parametrize(("layer", "channel"), [("conv1", 3), ("pool2", 7)])
def test_a_map_halved_three_ways(layer: str, channel: int) -> None:
    script = network_snippets.network(PICTURE, "sequential", {}, seed=1)
    names = {"conv1": "0", "pool2": "5"}
    found = run(maps.behind(script, maps.pooled(names[layer], channel)))
    whole = record(found["model"], IMAGE[None]).outputs[names[layer]][0, channel]
    halved = pooling.halve(whole)
    assert torch.equal(found["largest"][0, 0], halved.largest)
    assert torch.equal(found["mean"][0, 0], halved.mean)
    assert torch.allclose(found["strided"][0, 0], halved.strided, atol=1e-6)
    assert torch.equal(found["survivors"].view(whole.shape), halved.survivors)


def test_figure_8_8_on_three_pictures() -> None:
    code = "image = torch.zeros(1, 16, 16)\nimage[:, 4:9, 6] = 1\nimage[:, 6, 4:9] = 1"
    peaks = run(maps.crosses(code, CROSS, CROSS))["peaks"]
    network = find_cross(CROSS, CROSS)
    large = images.to_float(images.working(drawings.draw("large_cross", 8), 8, grey=True))
    with torch.no_grad():
        assert peaks["large_cross"] == network(large[None]).item()
    assert peaks["large_cross"] > peaks["small_cross"]
    assert peaks.keys() == {"your picture", "large_cross", "small_cross"}


@pytest.mark.parametrize("initialisation", ["pytorch", "xavier"])
def test_a_network_beside_itself_untrained(initialisation: str) -> None:
    other = maps.rebuilt("net", {}, 5, initialisation)
    script = network_snippets.network(PICTURE, "net", {}, seed=4)
    found = run(maps.behind(script, maps.beside(other, "conv2", opened_is_trained=True)))
    wanted = (seeded(Net, 4), network.fresh("net", {}, 5, initialisation))
    for shown, module in zip(found["maps"], wanted, strict=True):
        assert torch.equal(shown, record(module, IMAGE[None]).outputs["conv2"][0])


def test_a_fresh_network_beside_weights_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save_file(seeded(Net, 9).state_dict(), "weights.safetensors")
    other = maps.rebuilt("net", {}, 0, "xavier", WeightsFile("weights.safetensors"))
    script = network_snippets.network(PICTURE, "net", {}, seed=4)
    found: dict[str, Any] = run(maps.behind(script, maps.beside(other, "fc1", opened_is_trained=False)))
    for shown, seed in zip(found["maps"], (9, 4), strict=True):
        assert torch.equal(shown, record(seeded(Net, seed), IMAGE[None]).outputs["fc1"][0])


def test_a_network_that_is_none_of_ours() -> None:
    code = maps.of_code("from torch import nn\nnn.Linear(2, 3)", 7)
    torch.manual_seed(7)
    wanted = torch.nn.Linear(2, 3).weight
    assert torch.equal(run(f"import torch\n{code}")["model"].weight, wanted)
