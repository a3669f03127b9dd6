"""A run's folder on two machines: what comes back, in which order, and what does not."""

import os
from pathlib import Path

import pytest

from convlab.training.cluster import mirror
from convlab.training.cluster.mirror import Changes, Part, Source


@pytest.fixture
def there(tmp_path: Path) -> Path:
    folder = tmp_path / "there"
    mirror.unpack(
        folder,
        {"settings.json": b"s", "status.json": b"q", "control.jsonl": b"c"},
        ["epochs/00000.safetensors"],
    )
    return folder


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "here" / "epochs").mkdir(parents=True)
    return tmp_path / "here"


def replaced(path: Path, data: bytes) -> None:
    new = path.with_name(".new")
    new.write_bytes(data)
    os.replace(new, path)


def test_what_was_there_is_known(there: Path) -> None:
    assert Source(there).changes() == Changes([], [])


def test_what_changes_comes_back_in_the_order_that_a_kill_bears(there: Path) -> None:
    """Read: the status first, the metrics last; written the other way round."""
    source = Source(there)
    for name in ("metrics.jsonl", "environment.json", "checkpoint.safetensors", "epochs/00001.safetensors"):
        (there / name).write_bytes(name.encode())
    replaced(there / "status.json", b"running")
    (there / "epochs" / ".00002.safetensors.x.tmp~").write_bytes(b"half")
    (there / "settings.json").write_bytes(b"other")
    changes = source.changes()
    assert [part.name for part in changes.parts] == [
        "status.json", "checkpoint.safetensors", "environment.json", "epochs/00001.safetensors",
        "metrics.jsonl",
    ]  # fmt: skip
    assert source.changes() == Changes([], [])


def test_metrics_that_grow_come_bit_by_bit(there: Path, here: Path) -> None:
    (there / "metrics.jsonl").write_bytes(b"one\n")
    (here / "metrics.jsonl").write_bytes(b"one\n")
    source = Source(there)
    with (there / "metrics.jsonl").open("ab") as file:
        file.write(b"two\n")
    changes = source.changes()
    assert changes.parts == [Part("metrics.jsonl", 4, b"two\n")]
    mirror.write(here, changes)
    assert (here / "metrics.jsonl").read_bytes() == b"one\ntwo\n"
    replaced(there / "metrics.jsonl", b"cut, and longer than before\n")
    mirror.write(here, source.changes())
    assert (here / "metrics.jsonl").read_bytes() == b"cut, and longer than before\n"


def test_what_is_deleted_there_is_deleted_here(there: Path, here: Path) -> None:
    (here / "epochs" / "00000.safetensors").write_bytes(b"weights")
    (here / "owner.json").write_bytes(b"mine")
    source = Source(there)
    (there / "epochs" / "00000.safetensors").unlink()
    (there / "control.jsonl").unlink()
    mirror.write(here, source.changes())
    assert sorted(path.name for path in here.rglob("*")) == ["epochs", "owner.json"]


def test_what_is_packed_trains_elsewhere(here: Path) -> None:
    for name in ("settings.json", "lock", "owner.json", "checkpoint.safetensors", "epochs/00003.safetensors"):
        (here / name).write_bytes(b"x")
    files, epochs = mirror.pack(here)
    assert sorted(files) == ["checkpoint.safetensors", "settings.json"]
    assert epochs == ["epochs/00003.safetensors"]


@pytest.mark.parametrize(
    "name", ["../x", "settings.json", "epochs/../../x.safetensors", "control.jsonl", "/etc/x", "lock"]
)
def test_a_machine_writes_nothing_but_what_a_run_brings(name: str, here: Path) -> None:
    (here / "metrics.jsonl").write_bytes(b"kept")
    for changes in (Changes([Part(name, 0, b"x")], []), Changes([], [name])):
        with pytest.raises(ValueError, match="^" + name.replace(".", r"\.")):
            mirror.write(here, changes)
    assert (here / "metrics.jsonl").read_bytes() == b"kept"


def test_a_part_that_does_not_fit_is_refused(here: Path) -> None:
    (here / "metrics.jsonl").write_bytes(b"one\n")
    with pytest.raises(ValueError, match="has 4 bytes, not 9"):
        mirror.write(here, Changes([Part("metrics.jsonl", 9, b"two\n")], []))
