"""``python -m convlab evaluate``: accuracy, loss and confusion of given weights, as JSON and to read."""

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from convlab.__main__ import main
from convlab.datasets import shelf
from convlab.networks.designs import design, seeded
from convlab.pictures import images
from convlab.training import snapshots
from tests.commands.conftest import said


def test_the_numbers_are_the_network_s_own(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = seeded(design("net").build, 1).eval()
    snapshots.save(tmp_path / "w.safetensors", network.state_dict(), {})
    found, _ = said(capsys, "evaluate", "--weights", tmp_path / "w.safetensors", "--data", pictures)
    data = shelf.get(shelf.prepare(str(pictures)))
    for part, name in ((data.train, "train_"), (data.val, "")):
        with torch.no_grad():
            x = images.normalise(images.to_float(part.images), images.CIFAR10_MEAN, images.CIFAR10_STD)
            logits = network(x)
        cells = [[0, 0], [0, 0]]
        for label, verdict in zip(part.labels.tolist(), logits.argmax(1).tolist(), strict=True):
            cells[label][verdict] += 1
        assert found[f"{name}confusion_matrix"] == cells
        assert found[f"{name or 'val_'}accuracy"] == (cells[0][0] + cells[1][1]) / len(part)
        assert found[f"{name or 'val_'}loss"] == pytest.approx(float(F.cross_entropy(logits, part.labels)))


def test_a_table_to_read(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshots.save(tmp_path / "w.safetensors", seeded(design("net").build, 1).state_dict(), {})
    arguments = ["evaluate", "--weights", str(tmp_path / "w.safetensors"), "--data", str(pictures)]
    found, _ = said(capsys, *arguments)
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "net on pictures"
    assert lines[2].split() == ["training", "validation"]
    for line, name in zip(lines[3:5], ("accuracy", "loss"), strict=True):
        assert line.split() == [name, f"{found[f'train_{name}']:.4f}", f"{found[f'val_{name}']:.4f}"]
    assert lines[-3].split() == ["bright", "dark"]
    for line, name, row in zip(lines[-2:], ("bright", "dark"), found["confusion_matrix"], strict=True):
        assert line.split() == [name, *map(str, row)]
    assert len({len(line) for line in lines[-3:]}) == 1


def test_the_weights_tell_how_to_normalise(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = seeded(design("net").build, 0).state_dict()
    losses = []
    for about in ({}, {"mean": [0.1, 0.1, 0.1], "std": [1, 1, 1]}, {"mean": [0.1], "std": "x"}, {"mean": 1}):
        snapshots.save(tmp_path / "w.safetensors", weights, about)
        found, _ = said(capsys, "evaluate", "--weights", tmp_path / "w.safetensors", "--data", pictures)
        losses.append(found["val_loss"])
    assert losses[0] == losses[2] == losses[3] != losses[1]


def test_the_books_checkpoint(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, _ = said(
        *(capsys, "evaluate", "--weights", shared / "data" / "book_birds_vs_airplanes.pt"),
        *("--data", shared / "data" / "birds_vs_airplanes.zip"),
    )
    assert found["design"] == "net"
    assert found["train_accuracy"] == pytest.approx(0.918, abs=0.0015)
    assert found["val_accuracy"] == pytest.approx(0.881, abs=0.0015)
    assert [sum(row) for row in found["confusion_matrix"]] == [1000, 1000]
