"""convlab.ui.getting: a download that all sessions share, and a data set made in another process."""

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
from convlab.ui import getting
from tests.datasets.files import noise

Fetch = Callable[[Callable[[int, int], None], Callable[[], bool]], Dataset]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))


def downloading(fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> getting.Download:
    remote = Remote(fetch, 10_000_000, "from here")
    monkeypatch.setitem(SOURCES, "cifar10", replace(SOURCES["cifar10"], download=remote))
    job = getting.Download("cifar10")
    job.start()
    return job


def ended(job: getting.Download) -> getting.Download:
    limit = time.monotonic() + 20
    while job.running:
        assert time.monotonic() < limit
        time.sleep(0.01)
    return job


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
    assert not shelf.ready("cifar10")
    job.start()
    assert ended(job).error is None
    assert shelf.ready("cifar10")


def test_a_download_is_cancelled_at_once_though_its_server_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    silent, tries, left = threading.Event(), list[int](), list[int]()

    def fetch(progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> Dataset:
        tries.append(len(tries))
        mine = tries[-1]
        if mine == 0:
            assert silent.wait(20)
            progress(1, 2)  # it means nobody any more
            left.append(mine)
            assert cancelled()
            raise UserError(N_("It was cancelled."))
        assert not cancelled()
        return noise("came")

    job = downloading(fetch, monkeypatch)
    begun = time.monotonic()
    job.cancel()
    assert "was cancelled and nothing of it is kept" in str(ended(job).error)
    assert time.monotonic() - begun < 1
    job.start()
    silent.set()
    assert ended(job).error is None
    limit = time.monotonic() + 20
    while not left:
        assert time.monotonic() < limit
        time.sleep(0.01)
    time.sleep(0.1)
    assert (job.error, job.done, shelf.ready("cifar10")) == (None, 0, True)


def test_a_data_set_is_made_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: asked.append(command))
    getting.prepare.cache_clear()
    getting.prepare("sketches")
    getting.prepare("sketches")
    getting.prepare.cache_clear()
    assert [command[0] for command in asked] == [sys.executable]  # once
    made: list[str] = []
    monkeypatch.setattr(shelf, "get", made.append)
    exec(asked[0][2], {})
    assert made == ["sketches"]
