"""convlab.ui.train.data: why a run cannot start, and a download that all sessions share."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from convlab.datasets import shelf
from convlab.datasets.dataset import Dataset
from convlab.datasets.sources import SOURCES
from convlab.datasets.sources import Download as Remote
from convlab.errors import N_, UserError
from convlab.ui.train import data
from tests.datasets.files import noise
from tests.few import few_sketches

Fetch = Callable[[Callable[[int, int], None], Callable[[], bool]], Dataset]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))


def downloading(fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> data.Download:
    remote = Remote(fetch, 10_000_000, "from here")
    monkeypatch.setitem(SOURCES, "cifar10", replace(SOURCES["cifar10"], download=remote))
    job = data.Download("cifar10")
    job.start()
    return job


def ended(job: data.Download) -> data.Download:
    limit = time.monotonic() + 20
    while job.running:
        assert time.monotonic() < limit
        time.sleep(0.01)
    return job


def test_what_is_missing_is_said_until_it_is_there() -> None:
    assert "Upload a zip" in str(data.missing(data.UPLOAD))
    assert "drawn first" in str(data.missing("sketches"))
    assert "not on this machine yet" in str(data.missing("cifar10"))
    few_sketches()
    shelf.put(noise(), "cifar10")
    key = shelf.put(noise())
    assert [data.missing(one) for one in ("sketches", "cifar10", key)] == [None] * 3


def test_a_download_tells_how_far_it_is_and_puts_what_came_on_the_shelf(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on = threading.Event()

    def fetch(progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> Dataset:
        progress(4_000_000, 8_000_000)
        go_on.wait(20)
        return noise("came")

    job = downloading(fetch, monkeypatch)
    job.start()  # it is under way: no second one
    limit = time.monotonic() + 20
    while not job.done and time.monotonic() < limit:
        time.sleep(0.01)
    assert (job.done, job.total, job.running) == (4_000_000, 8_000_000, True)
    assert job.per_s > 0
    go_on.set()
    assert ended(job).error is None
    assert shelf.get("cifar10").title == "came"


def test_a_download_that_fails_says_why_and_can_begin_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[str] = []

    def fetch(*_: Any) -> Dataset:
        tries.append("tried")
        if len(tries) == 1:
            raise UserError(N_("No connection: try again."))
        return noise("came")

    job = ended(downloading(fetch, monkeypatch))
    assert str(job.error) == "No connection: try again."
    assert data.missing("cifar10") is not None
    job.start()
    assert ended(job).error is None
    assert data.missing("cifar10") is None


def test_a_download_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(_progress: Any, cancelled: Callable[[], bool]) -> Dataset:
        while not cancelled():
            time.sleep(0.01)
        raise UserError(N_("It was cancelled."))

    job = downloading(fetch, monkeypatch)
    job.cancel()
    assert str(ended(job).error) == "It was cancelled."


def test_a_data_set_is_made_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: asked.append(command))
    data.prepare.cache_clear()
    data.prepare("sketches")
    data.prepare("sketches")
    data.prepare.cache_clear()
    assert [command[0] for command in asked] == [sys.executable]  # once
    made: list[str] = []
    monkeypatch.setattr(shelf, "get", made.append)
    exec(asked[0][2], {})
    assert made == ["sketches"]
