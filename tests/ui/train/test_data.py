"""convlab.ui.train.data: why a run cannot start."""

from pathlib import Path

import pytest

from convlab.datasets import shelf
from convlab.ui.train import data
from tests.datasets.files import noise
from tests.few import few_sketches


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))


def test_what_is_missing_is_said_until_it_is_there() -> None:
    assert "Upload a zip" in str(data.missing(data.UPLOAD))
    assert data.missing("sketches") is None  # they come with ConvLab
    assert "not on this machine yet" in str(data.missing("cifar10"))
    few_sketches()
    shelf.put(noise(), "cifar10")
    key = shelf.put(noise())
    assert [data.missing(one) for one in ("sketches", "cifar10", key)] == [None] * 3
