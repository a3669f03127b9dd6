"""convlab.ui.reading: a zip on its way to the shelf waits its turn, is cancelled at once, is found again."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from convlab.datasets import givers, pictures, shelf
from convlab.errors import UserError
from convlab.pictures import files
from convlab.ui import reading
from convlab.ui.reading import Reading
from tests.datasets.files import two_classes, zipped


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    yield tmp_path
    reading._under_way.clear()


def uploaded(name: str = "pets.zip", each: int = 5) -> Any:
    file: Any = zipped(two_classes(each))
    file.file_id, file.name = "1", name
    return file


def ended(job: Reading, seconds: float = 20) -> Reading:
    limit = time.monotonic() + seconds
    while not job.ended():
        assert time.monotonic() < limit
    return job


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Pictures are held up until this is set."""
    go_on, read = threading.Event(), files.read

    def waiting(data: bytes, **options: Any) -> files.Loaded:
        assert go_on.wait(20)
        return read(data, **options)

    monkeypatch.setattr(files, "read", waiting)
    yield go_on
    go_on.set()


def test_it_ends_on_the_shelf_as_the_givers() -> None:
    key = ended(Reading(uploaded(), "anna", "zip")).key()
    assert shelf.get(key).title == "pets"
    assert givers.brought_by("anna") == [key]


def test_it_is_cancelled_within_a_second_and_nothing_is_kept(held: threading.Event, home: Path) -> None:
    job = Reading(uploaded(), "anna", "zip")
    assert not job.ended()
    begun = time.monotonic()
    job.cancel()
    assert job.ended()
    with pytest.raises(UserError, match="cancelled, and nothing of it is kept"):
        job.key()
    assert time.monotonic() - begun < 1
    held.set()
    with pytest.raises(UserError, match="cancelled"):
        job._made.result(20)
    assert list(home.rglob("*.safetensors")) == []


def test_the_machine_leaves_off_after_the_picture_that_is_being_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    count, read = 0, files.read

    def slow(data: bytes, **options: Any) -> files.Loaded:
        nonlocal count
        count += 1
        time.sleep(0.05)
        return read(data, **options)

    monkeypatch.setattr(files, "read", slow)
    monkeypatch.setattr(pictures, "_PROGRESS_EVERY_S", 0)
    job = Reading(uploaded(each=100), "anna", "zip")
    while not count:
        time.sleep(0.01)
    job.cancel()
    with pytest.raises(UserError, match="cancelled"):
        job._made.result(20)
    assert count < 20


def test_what_is_cancelled_at_its_end_is_not_kept_either(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    read, jobs = pictures.read_zip, list[Reading]()

    def cancelled(*given: Any, **options: Any) -> Any:
        found = read(*given, **options)
        while not jobs:
            time.sleep(0.01)
        jobs[0].cancel()
        return found

    monkeypatch.setattr(pictures, "read_zip", cancelled)
    jobs.append(Reading(uploaded(), "anna", "zip"))
    with pytest.raises(UserError, match="cancelled"):
        jobs[0]._made.result(20)
    assert list(home.rglob("*.safetensors")) == []


def test_two_are_read_at_a_time_and_the_others_say_that_they_wait(held: threading.Event) -> None:
    jobs = [Reading(uploaded(f"{n}.zip"), "anna", f"zip {n}") for n in range(4)]
    limit = time.monotonic() + 20
    while sum(job._begun > 0 for job in jobs) < 2:
        assert time.monotonic() < limit
        time.sleep(0.01)
    time.sleep(0.3)
    texts = [job.share_and_text() for job in jobs]
    assert texts.count((0.0, "Waiting: other zips are read first")) == 2
    waiting = next(job for job in jobs if not job._begun)
    waiting.cancel()  # who waits can leave, too
    with pytest.raises(UserError):
        waiting._made.result(5)
    held.set()
    titles = {shelf.get(ended(job).key()).title for job in jobs if job is not waiting}
    assert len(titles) == 3


def test_a_page_that_is_loaded_anew_finds_it_until_it_is_taken(held: threading.Event) -> None:
    job = Reading(uploaded(), "anna", "zip")
    assert reading.under_way("anna", "zip") is job
    assert reading.under_way("ben", "zip") is None
    assert reading.under_way("anna", "elsewhere") is None
    held.set()
    ended(job)
    assert reading.under_way("anna", "zip") is job  # nobody has taken what came of it
    job.forget()
    assert reading.under_way("anna", "zip") is None


def test_the_file_is_let_go_at_the_end() -> None:
    good, bad = uploaded(), uploaded()
    bad.truncate(10)
    for file in (good, bad):
        job = ended(Reading(file, "anna", "zip"))
        limit = time.monotonic() + 5
        while job._file is not None:
            assert time.monotonic() < limit
            time.sleep(0.01)


def test_a_refusal_holds_nothing_of_what_was_read() -> None:
    job = ended(Reading(uploaded(each=0), "anna", "zip"))
    error = job._made.exception()
    assert isinstance(error, UserError)
    assert (error.__traceback__, error.__cause__, error.__context__) == (None, None, None)


def test_a_place_is_free_again_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patched:
        patched.setattr(pictures, "read_zip", fail)
        for _ in range(4):
            with pytest.raises(MemoryError):
                ended(Reading(uploaded(), "anna", "zip")).key()
    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(lambda n: ended(Reading(uploaded(), "anna", f"{n}")).key(), range(4)))
    assert len(keys) == 1
