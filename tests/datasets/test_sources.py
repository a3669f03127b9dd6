"""ConvLab's own data sets: made once, again when they would be others, downloaded only on request."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from convlab.datasets import cifar10, shelf, sketches
from convlab.datasets.dataset import Dataset
from convlab.datasets.sources import SOURCES, Download, Progress
from convlab.errors import UserError
from tests.datasets.files import noise

pytestmark = pytest.mark.usefixtures("folder")


def change(key: str, monkeypatch: pytest.MonkeyPatch, **fields: Any) -> None:
    """Give one of the sources other fields."""
    monkeypatch.setitem(SOURCES, key, replace(SOURCES[key], **fields))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One word for each time the sketches were drawn; few, so that it is quick."""
    times: list[str] = []

    def few() -> Dataset:
        times.append("drawn")
        base = noise(sketches.TITLE)
        return Dataset(sketches.TITLE, sketches.CLASSES, base.train, base.val, drawn=True)

    change("sketches", monkeypatch, find=lambda _path: few())
    return times


@pytest.mark.parametrize("key", SOURCES)
def test_every_row_says_what_it_is_and_has_a_key_that_the_shelf_takes(key: str, folder: Path) -> None:
    source = SOURCES[key]
    assert shelf.file(key).parent == folder
    assert all((source.title, source.missing, source.offer, source.working))
    assert source.download is None or (source.download.size_bytes > 0 and source.download.origin)
    assert source.holds(None) is (key == "sketches")  # CIFAR-10 is not in an empty folder
    assert not source.holds(folder)


def test_sketches_are_drawn_once(drawn: list[str]) -> None:
    assert shelf.get("sketches").drawn
    shelf._load.cache_clear()
    assert shelf.get("sketches").classes == sketches.CLASSES
    assert shelf.prepare("sketches") == "sketches"
    assert drawn == ["drawn"]
    assert list(shelf.entries()) == ["sketches"]


def test_who_asks_meanwhile_waits(drawn: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    few = SOURCES["sketches"].find

    def slow(path: Path | None) -> Dataset:
        time.sleep(0.1)
        return few(path)

    change("sketches", monkeypatch, find=slow)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(shelf.get, ["sketches"] * 4))
    assert len({one.digest for one in found}) == 1
    assert drawn == ["drawn"]


def test_sketches_are_drawn_again_when_damaged_or_when_the_code_changed(
    drawn: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.get("sketches")
    (folder / "sketches.safetensors").write_bytes(b"torn")
    assert shelf.get("sketches").drawn
    assert len(drawn) == 2
    change("sketches", monkeypatch, stamp=lambda: "f" * 64)
    shelf.get("sketches")
    assert len(drawn) == 3
    shelf.file("sketches").unlink()
    shelf.get("sketches")
    assert len(drawn) == 4


def test_cifar10_comes_from_a_folder_and_keeps_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / cifar10.BATCHES).mkdir()
    asked: list[Path] = []

    def find(path: Path) -> Dataset:
        asked.append(path)
        return noise(cifar10.TITLE)

    change("cifar10", monkeypatch, find=find)
    assert (
        shelf.prepare(str(tmp_path)) == shelf.prepare(str(tmp_path)) == shelf.prepare("cifar10") == "cifar10"
    )
    assert asked == [tmp_path.resolve()]
    assert list(shelf.entries()) == ["sketches", "cifar10"]
    assert shelf.get("cifar10").digest == noise().digest


def test_cifar10_that_is_not_here_is_downloaded_only_on_request(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    told: list[tuple[int, int]] = []

    def fetch(progress: Progress, _cancelled: Any) -> Dataset:
        progress(5, 10)
        return noise(cifar10.TITLE)

    change("cifar10", monkeypatch, download=Download(fetch, 10, "from here"))
    with pytest.raises(UserError, match=r"not here yet: download it, or put cifar-10-python.tar.gz into"):
        shelf.get("cifar10")
    assert shelf.prepare("cifar10", progress=lambda done, total: told.append((done, total))) == "cifar10"
    assert told == [(5, 10)]
    (folder / "cifar10.safetensors").write_bytes(b"torn")
    with pytest.raises(UserError, match="not here"):
        shelf.get("cifar10")
    assert shelf.prepare("cifar10") == "cifar10"
    assert shelf.get("cifar10").title == cifar10.TITLE


def test_ready_means_that_nothing_has_to_be_made(
    drawn: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = shelf.put(noise())
    assert [shelf.ready(one) for one in (key, "unknown", "sketches")] == [True, False, False]
    assert shelf.file(key) == folder / f"{key}.safetensors"
    shelf.get("sketches")
    assert shelf.ready("sketches")
    change("sketches", monkeypatch, stamp=lambda: "f" * 64)
    assert not shelf.ready("sketches")
    assert drawn == ["drawn"]
    for use in (shelf.ready, shelf.file):
        with pytest.raises(UserError, match="names no data set"):
            use("../x")
