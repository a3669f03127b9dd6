"""The first layer of a run's network: its name, its newest kernels, rows of a Linear layer as pictures."""

from pathlib import Path

import pytest
import torch

from convlab.networks.designs import DESIGNS
from convlab.training import first_layer, network, runs, snapshots
from convlab.training.runs import Run
from convlab.training.settings import Settings


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    return runs.create(Settings())


@pytest.mark.parametrize("design", DESIGNS)
def test_its_name_is_that_of_the_layer_that_sees_the_picture(design: str) -> None:
    settings = Settings(design=design)
    weight = network.build(settings, 2).state_dict()[f"{first_layer.name(design)}.weight"]
    kernels = first_layer.as_kernels(weight)
    assert kernels.shape[1] == 3
    assert torch.equal(kernels.flatten(), weight.flatten())
    others = {"dense": (32, 32), "net_fast": (4, 4), "net_fixed": (4, 4)}
    assert kernels.shape[2:] == others.get(design, (3, 3))


@pytest.mark.parametrize("design", DESIGNS)
def test_the_name_does_not_depend_on_the_designs_options(design: str) -> None:
    before = torch.get_rng_state()
    first_layer.name.cache_clear()
    name = first_layer.name(design)
    assert torch.equal(torch.get_rng_state(), before)
    for option, allowed in DESIGNS[design].options.items():
        for value in {allowed[0], allowed[-1]}:
            assert f"{name}.weight" in DESIGNS[design].build(**{option: value}).state_dict()


def test_one_design_keeps_its_first_layer() -> None:
    assert [design for design in DESIGNS if first_layer.is_fixed(design)] == ["net_fixed"]


def test_there_are_none_before_the_run_begins(run: Run) -> None:
    assert first_layer.kernels_now(run) is None


def test_the_checkpoint_comes_before_the_last_epoch(run: Run) -> None:
    ended, newest = network.build(run.settings, 2), network.build(run.settings.changed(seed=1), 2)
    snapshots.save_epoch(run.folder / "epochs", 3, ended.state_dict(), {})
    found = first_layer.kernels_now(run)
    assert found is not None
    assert torch.equal(found, ended.state_dict()["conv1.weight"])
    tensors = {f"network.{name}": tensor for name, tensor in newest.state_dict().items()}
    snapshots.save(run.folder / "checkpoint.safetensors", tensors, {})
    found = first_layer.kernels_now(run)
    assert found is not None
    assert torch.equal(found, newest.state_dict()["conv1.weight"])


def test_a_torn_checkpoint_is_passed_over(run: Run) -> None:
    snapshots.save_epoch(run.folder / "epochs", 1, network.build(run.settings, 2).state_dict(), {})
    (run.folder / "checkpoint.safetensors").write_bytes(b"\x10\0\0")
    assert first_layer.kernels_now(run) is not None
