"""Each test has a ConvLab folder of its own, with a small data set and quick processes that train."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from convlab.comparison import feeding
from convlab.datasets import shelf
from convlab.training import queue
from convlab.training.queue import Queue
from tests.training.lab import COMMAND
from tests.training.small import DATASET


@pytest.fixture(autouse=True)
def lab_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("CONVLAB_HOME", str(folder))
    monkeypatch.delenv("CONVLAB_SLOTS", raising=False)
    monkeypatch.setattr(queue, "LOOK_S", 0.05)
    monkeypatch.setattr(feeding, "LOOK_S", 0.02)
    return folder


@pytest.fixture
def data() -> str:
    """The key of 40 pictures to train on and 12 to validate."""
    return shelf.put(DATASET)


@pytest.fixture
def quick() -> Iterator[Queue]:
    """Its processes train nothing, write that a run has finished, and keep a log."""
    found = Queue(slots=2, command=COMMAND)
    yield found
    found.close()
