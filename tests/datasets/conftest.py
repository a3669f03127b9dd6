"""An empty shelf, for the tests that put data sets on one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from convlab.datasets import shelf


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty shelf; where its files are."""
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path / "home"))
    shelf._load.cache_clear()
    yield tmp_path / "home" / "datasets"
    shelf._load.cache_clear()
