"""The book's weights and the class's pictures, read once for all tests of the probing rooms."""

import io
import zipfile
from pathlib import Path

import pytest
import torch

from convlab.datasets.dataset import Dataset, Split
from convlab.datasets.pictures import read_zip
from convlab.networks import checkpoints
from convlab.probing.probe import Probe


@pytest.fixture(scope="session")
def book(shared: Path) -> Probe:
    """The book's own checkpoint."""
    data = (shared / "data" / "book_birds_vs_airplanes.pt").read_bytes()
    return Probe(checkpoints.load(data).module, ("airplane", "bird"))


@pytest.fixture(scope="session")
def val(shared: Path) -> Split:
    """The 2,000 validation pictures; of the 10,000 others only one a class is read, which saves seconds."""
    short = io.BytesIO()
    with (
        zipfile.ZipFile(shared / "data" / "birds_vs_airplanes.zip") as full,
        zipfile.ZipFile(short, "w") as kept,
    ):
        for name in full.namelist():
            if not name.startswith("train/") or name.endswith("/0000.jpg"):
                kept.writestr(name, full.read(name))
    return read_zip(short, "Birds and airplanes, validation").val


@pytest.fixture(scope="session")
def others(shared: Path) -> tuple[Split, tuple[str, ...]]:
    """250 pictures each of CIFAR-10's eight other classes, and their names."""
    found: Dataset = read_zip(shared / "data" / "other_classes.zip", "Neither bird nor airplane")
    images = torch.cat([found.train.images, found.val.images])
    return Split(images, torch.cat([found.train.labels, found.val.labels])), found.classes
