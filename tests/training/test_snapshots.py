"""Files of tensors: whole or not there, thinned where they are many."""

import errno
import itertools
import os
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from convlab.errors import UserError
from convlab.training import snapshots


def test_tensors_and_words_come_back(tmp_path: Path) -> None:
    shared = torch.arange(6.0).view(2, 3)
    tensors = {"a": shared, "b": shared, "t": shared.t(), "n": torch.tensor(3)}
    snapshots.save(tmp_path / "x", tensors, {"epoch": 3, "names": ["ä", None]})
    found, about = snapshots.load(tmp_path / "x")
    assert found.keys() == tensors.keys()
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)
    assert about == {"epoch": 3, "names": ["ä", None]}


@pytest.mark.parametrize("length", [0, 4, 20, 100])
def test_a_damaged_file_is_said_to_be_so(tmp_path: Path, length: int) -> None:
    path = tmp_path / "checkpoint.safetensors"
    snapshots.save(path, {"a": torch.zeros(9)}, {})
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(UserError, match=r"checkpoint\.safetensors of this run is damaged"):
        snapshots.load(path)


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    snapshots.save(path, {"a": torch.ones(1000)}, {})
    write = os.write

    def full(file: int, data: bytes) -> int:
        if len(data) < 1000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(file, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        snapshots.save(path, {"a": torch.zeros(1000)}, {})
    assert torch.equal(snapshots.load(path)[0]["a"], torch.ones(1000))
    assert [file.name for file in tmp_path.iterdir()] == ["x"]


@given(st.integers(3, 20), st.integers(1, 300))
def test_the_epochs_that_stay_are_spread(most: int, last: int) -> None:
    stored: list[int] = []
    for epoch in range(last + 1):
        stored.append(epoch)
        gone = snapshots.superfluous(stored, most)
        stored = [one for one in stored if one not in gone]
    assert len(stored) == min(most, last + 1)
    assert (stored[0], stored[-1]) == (0, last)
    assert stored == sorted(set(stored))
    if most >= 8 and last >= 8:
        ratios = [(after + 1) / (before + 1) for before, after in itertools.pairwise(stored)]
        assert max(ratios) <= 8 * 300 ** (1 / most)


def test_large_networks_keep_fewer_epochs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "EPOCHS_MB", 1)
    weights = {"w": torch.zeros(60_000)}  # a quarter of a MB
    for epoch in range(30):
        snapshots.save_epoch(tmp_path, epoch, weights, {})
    stored = snapshots.epochs(tmp_path)
    assert (len(stored), stored[0], stored[-1]) == (4, 0, 29)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 2**20
    snapshots.drop_epochs(tmp_path, 3)
    assert max(snapshots.epochs(tmp_path)) <= 3
