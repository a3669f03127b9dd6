"""The scripts are run, and compared with the library bit for bit."""

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from convlab.errors import UserError
from convlab.networks import edits, stacks
from convlab.networks.checkpoints import WeightsFile
from convlab.networks.crosses import find_cross
from convlab.networks.designs import DESIGNS, Net, design, seeded
from convlab.networks.edits import Edits, Place, applied
from convlab.networks.footprint import footprint
from convlab.networks.graph import trace
from convlab.networks.recording import record
from convlab.networks.variants import NetRes, NetResDeep
from convlab.snippets import network as scripts
from tests.networks.test_receptive_field import random_stack
from tests.snippets.test_convolution import run

PICTURE = "image = torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(3))"
IMAGE = torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize(
    ("key", "options"),
    [
        *((key, {}) for key in DESIGNS),
        ("net", {"kernel_size": (1, 3)}),
        ("net_res_deep", {"n_blocks": 2, "shared": True}),
    ],
)
def test_the_network_script_is_the_network(key: str, options: dict[str, Any], capsys: Any) -> None:
    found = run(scripts.network(PICTURE, key, options, seed=4))
    module = seeded(lambda: design(key).build(**options), 4)
    recording = record(module, IMAGE[None])
    assert torch.equal(found["output"], recording.result)
    wanted = [(1, *layer.shape) for layer in recording.layers]
    assert list(found["shapes"].values()) == wanted
    assert str(wanted[0]) in capsys.readouterr().out


@pytest.mark.parametrize("name", ["net.safetensors", "net.pt"])
def test_weights_from_a_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = seeded(Net, 9).state_dict()
    monkeypatch.chdir(tmp_path)
    if name.endswith(".pt"):
        torch.save(weights, name)
    else:
        save_file(weights, name)
    found = run(scripts.network(PICTURE, "net", {}, weights_file=WeightsFile(name)))
    assert torch.equal(found["output"], record(seeded(Net, 9), IMAGE[None]).result)


def test_changed_kernels_come_last() -> None:
    made = Edits({Place("conv2", 3, 5): ((0.1, -1.0, 1 / 3), (0.0, 1e-7, 2.0), (1.0, 1.0, 1.0))})
    made = edits.read(made.told())  # as float32 has them
    found = run(scripts.network(PICTURE, "net", {}, seed=9, changed=made))
    assert torch.equal(found["output"], record(applied(seeded(Net, 9), made), IMAGE[None]).result)


def test_the_stack_script_is_the_stack() -> None:
    stack = stacks.Stack(
        layers=(
            stacks.Conv2d(stride=2, padding=1),
            stacks.BatchNorm2d(),
            stacks.ReLU(),
            stacks.AvgPool2d(),
            stacks.Flatten(),
            stacks.Linear(),
        )
    )
    for each in (stack, stacks.EXAMPLE):
        module = stacks.build(each, seed=6)
        found = run(scripts.stack(PICTURE, module, seed=6))
        recording = record(module, IMAGE[None])
        assert torch.equal(found["output"], recording.result)
        assert list(found["shapes"].values()) == [(1, *layer.shape) for layer in recording.layers]


def test_the_script_of_figure_8_8_is_its_network() -> None:
    first, second = (torch.randn(1, 3, 3, generator=torch.Generator().manual_seed(seed)) for seed in (1, 2))
    recording = record(find_cross(first, second), IMAGE[None, :1])
    found = run(scripts.cross(PICTURE.replace("(3, 32", "(1, 32"), first, second))
    assert torch.equal(found["output"], record(find_cross(first, second), found["image"][None]).result)
    assert list(found["shapes"].values()) == [(1, *layer.shape) for layer in recording.layers]


def test_the_script_of_a_stack_that_does_not_fit_fails_as_it_does() -> None:
    kept = tuple(part for part in stacks.EXAMPLE.layers if part.kind != "flatten")
    script = scripts.stack(PICTURE, stacks.build(stacks.Stack(layers=kept)))
    with pytest.raises(RuntimeError, match=r"cannot be multiplied \(64x8 and 512x32\)"):
        run(script)


@pytest.mark.parametrize(
    ("module", "layer", "unit"),
    [
        (Net(), "conv1", (5, 0, 31)),
        (Net(), "pool2", (0, 4, 4)),
        (Net(), "pool2", (7, 0, 7)),
        (Net(), "flatten1", (100,)),
        (Net(), "tanh3", (3,)),
        (NetRes(), "add1", (2, 3, 4)),
        (NetRes(), "pool3", (0, 0, 0)),
        (NetRes(), "fc2", (1,)),
        (NetResDeep(n_chans1=2, n_blocks=3), "resblocks.1.batch_norm", (1, 8, 9)),
        (NetResDeep(n_chans1=2, n_blocks=100), "add100", (1, 8, 9)),
        (stacks.build(stacks.CONV_POOL_CONV), "2", (0, 0, 0)),
        (
            nn.Sequential(nn.Conv2d(3, 2, 4, padding="same"), nn.MaxPool2d(3, 2, ceil_mode=True)),
            "1",
            (0, 15, 15),
        ),
        (nn.Sequential(nn.Conv2d(3, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten()), "2", (1,)),
        (nn.Sequential(nn.Conv2d(3, 2, 3), nn.AdaptiveAvgPool2d(7)), "1", (1, 3, 6)),
        (nn.Sequential(nn.Conv2d(3, 2, 3), nn.ConvTranspose2d(2, 1, 3, 2)), "1", (0, 9, 0)),
        (
            nn.Sequential(nn.ConvTranspose2d(3, 2, (2, 3), 3, 1, 1, dilation=2), nn.Conv2d(2, 1, 2)),
            "1",
            (0, 9, 4),
        ),
        (nn.Sequential(nn.Conv2d(3, 2, 3), nn.Linear(30, 4), nn.Conv2d(2, 1, 2)), "2", (0, 9, 2)),
        (nn.Sequential(nn.Conv2d(3, 2, 3), nn.InstanceNorm2d(2)), "1", (0, 9, 2)),
        (nn.Sequential(nn.Conv2d(3, 2, 3, 5), nn.Flatten(), nn.AdaptiveAvgPool2d(1)), "2", (0,)),
    ],
)
def test_the_receptive_field_script_is_the_footprint(
    module: nn.Module, layer: str, unit: tuple[int, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    network = trace(module, (3, 32, 32))
    wanted = footprint(network, layer, unit)
    assert torch.equal(run(scripts.receptive_field(network, layer, unit))["seen"], wanted)
    assert capsys.readouterr().out.endswith(f": {int(wanted.sum())} pixels\n")


@pytest.mark.parametrize("seed", range(30))
def test_the_receptive_field_script_for_random_stacks(seed: int) -> None:
    network = trace(random_stack(random.Random(seed)), (1, 60, 60))
    last = network.layers[-1]
    unit = (0, last.shape[1] // 2, last.shape[2] // 2)
    found = run(scripts.receptive_field(network, last.name, unit))["seen"]
    assert torch.equal(found, footprint(network, last.name, unit))


def test_the_receptive_field_script_reads_well() -> None:
    script = scripts.receptive_field(trace(Net(), (3, 32, 32)), "conv2", (0, 4, 4))
    assert script.endswith(
        """
picture = torch.zeros(1, 1, 32, 32, dtype=torch.float64, requires_grad=True)
conv1 = window(picture, (3, 3), padding=(1, 1, 1, 1))
pool1 = window(conv1, (2, 2), stride=(2, 2))
conv2 = window(pool1, (3, 3), padding=(1, 1, 1, 1))

conv2[0, 0, 4, 4].backward()
seen = picture.grad[0, 0] != 0
rows, cols = seen.any(1).nonzero().flatten(), seen.any(0).nonzero().flatten()
print(f"rows {rows[0]} to {rows[-1]}, columns {cols[0]} to {cols[-1]}: {seen.sum()} pixels")
"""
    )


def test_a_layer_without_a_script_is_named() -> None:
    network = trace(nn.Sequential(nn.Upsample(scale_factor=2)), (3, 8, 8))
    with pytest.raises(UserError, match="0, a Upsample layer"):
        scripts.receptive_field(network, "0", (0, 0, 0))
