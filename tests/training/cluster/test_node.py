"""What trains on another machine leaves nothing there."""

from pathlib import Path

import pytest

from convlab import __version__
from convlab.datasets import shelf
from convlab.training.cluster import mirror
from tests.training.cluster.machines import LocalMachine
from tests.training.small import DATASET, create, wait


def test_it_trains_in_a_folder_of_its_own_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path / "home"))
    (tmp_path / "elsewhere").mkdir()
    run = create(data=shelf.put(DATASET))
    machine = LocalMachine(str(tmp_path / "elsewhere"))
    try:
        assert machine.call("version") == __version__
        assert not machine.call("has", DATASET.digest)
        machine.call("take", DATASET.digest, shelf.file(run.settings.data).read_bytes())
        assert machine.call("has", DATASET.digest)
        machine.call("begin", run.id, *mirror.pack(run.folder))
        found = list[str]()

        def over() -> bool:
            ended, changes = machine.call("look", None)
            found.extend(part.name for part in changes.parts)
            return bool(ended)

        assert list((tmp_path / "elsewhere").glob("convlab-*")) != []
        wait(over)
        assert {"metrics.jsonl", "weights.safetensors", "epochs/00003.safetensors"} <= set(found)
        assert run.status().state == "stopped"  # nobody has carried anything back
        machine.call("close")
        assert list((tmp_path / "elsewhere").glob("convlab-*")) == []
    finally:
        machine.kill()
