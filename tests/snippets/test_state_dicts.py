"""The script of "Save and load" is run, and compared with the library bit for bit."""

from pathlib import Path

import pytest
import torch

from convlab.networks import state_dicts
from convlab.networks.checkpoints import WeightsFile
from convlab.networks.designs import Net, seeded
from convlab.networks.state_dicts import CHANGES
from convlab.probing import bundled
from convlab.snippets import state_dicts as scripts
from tests.snippets.test_convolution import run


@pytest.mark.parametrize("key", CHANGES)
@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("trained", [True, False])
def test_the_script_is_the_loading(
    key: str, strict: bool, trained: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    file = WeightsFile(str(bundled.file("net"))) if trained else None
    left = run(scripts.loading(key, strict, file))
    source = bundled.weights("net").probe.network if trained else seeded(Net, scripts.SEEDS[0])
    loading = state_dicts.load(CHANGES[key].build(scripts.SEEDS[1]), source.state_dict(), strict)
    assert capsys.readouterr().out.rstrip("\n").endswith(loading.said)
    found, expected = left["model"].state_dict(), loading.model.state_dict()
    assert list(found) == list(expected)
    assert all(torch.equal(found[name], tensor) for name, tensor in expected.items())


def test_a_file_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    weights = seeded(Net, 5).state_dict()
    torch.save({"model": weights}, "my_checkpoint.pt")
    left = run(scripts.loading("same", True, WeightsFile("my_checkpoint.pt", ("model",)), own=True))
    assert all(torch.equal(left["model"].state_dict()[name], tensor) for name, tensor in weights.items())
