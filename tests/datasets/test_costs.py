"""What the pictures of an archive may cost: pixels, seconds, and memory of those that are read at once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from convlab.datasets import archive, pictures
from convlab.datasets.dataset import Dataset
from convlab.errors import UserError
from convlab.pictures import files
from tests.corpus import saved
from tests.datasets.files import on_disk, picture, two_classes, zipped


def from_zip(members: dict[str, bytes]) -> Dataset:
    return pictures.read_zip(zipped(members), "Mine")


def test_pictures_of_too_many_pixels_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEGAPIXELS", 1)
    flat = {f"{name}/{i}.png": picture(i, side_px=600) for name in "ab" for i in range(3)}  # 2.2 megapixels
    with pytest.raises(UserError, match="more than 1 million pixels together"):
        from_zip(flat)
    padded = flat | {"a/large.bin": np.random.default_rng(0).bytes(200_000)}  # room for 20 pixels a byte
    assert len(from_zip(padded).train) == 4


def blank(side_px: int) -> bytes:
    return saved(Image.new("1", (side_px, side_px)), "PNG")


def test_hazard_4_enormous_pictures_of_nothing_are_refused_before_any_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "_decoded", None)
    with pytest.raises(UserError, match="100 million pixels and more of nearly nothing"):
        from_zip({f"{name}/{i}.png": blank(4000) for name in "ab" for i in range(4)})


@pytest.mark.parametrize(("mode", "kind", "size"), [("1", "PNG", (2480, 3508)), ("RGB", "PNG", (1920, 1080))])
def test_flat_pictures_with_something_on_them_are_read(mode: str, kind: str, size: tuple[int, int]) -> None:
    def page(n: int) -> bytes:
        sheet = Image.new(mode, size, "white")
        ImageDraw.Draw(sheet).text((300 + n, 400 + 7 * n), "Hello", fill="black", font_size=80)
        return saved(sheet, kind)

    members = {f"{name}/{i}.png": page(i) for name in "ab" for i in range(7)}
    with archive.opened(zipped(members)) as contents:
        assert len(contents.files) == 14


@pytest.mark.parametrize("side_px", [32, 600])
def test_a_few_blank_pictures_are_read(side_px: int) -> None:
    assert len(from_zip({f"{name}/{i}.png": blank(side_px) for name in "ab" for i in range(5)}).train) == 8


def test_hazard_4_very_many_empty_files_are_no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_MANY", 5)
    with pytest.raises(UserError, match="None of the 8 files in the archive can be a picture"):
        from_zip({f"{name}/{i}.png": b"" for name in "ab" for i in range(4)})
    assert len(from_zip({"bird/none.png": b""} | two_classes()).train) == 8


def test_as_many_pixels_as_honest_archives_hold_are_allowed(tmp_path: Path) -> None:
    with archive.opened(zipped(two_classes())) as small:
        assert small.most_pixels == 4_000_000_000  # 200 MB of photographs of 12 megapixels have 1,200 million
    on_disk(two_classes(), tmp_path / "folder")
    assert len(pictures.read_folder(tmp_path / "folder", "x").train) == 8


def test_pictures_that_take_too_long_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_SECONDS", 1)
    read, count = files.read, list[int]()

    def slow(data: bytes, **options: Any) -> files.Loaded:
        count.append(len(data))
        end = time.thread_time() + 0.3  # work: to wait costs nothing
        while time.thread_time() < end:
            pass
        return read(data, **options)

    monkeypatch.setattr(files, "read", slow)
    with pytest.raises(UserError, match="take more than 0 minutes to read"):
        from_zip(two_classes(10))
    assert len(count) == 4


def test_archives_of_very_many_files_are_read_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_MANY", 11)
    large, small = zipped(two_classes(6)), zipped(two_classes(5))
    with archive.opened(large), ThreadPoolExecutor(2) as pool:
        assert archive._many.locked()
        with archive.opened(small):  # waits for nobody
            pass
        other = pool.submit(pictures.read_zip, zipped(two_classes(6)), "x")
        with pytest.raises(TimeoutError):
            other.result(0.3)
        archive._many.release()  # as the first one does at its end
        assert len(other.result(20).train) == 10
        archive._many.acquire()


def test_two_pictures_at_a_time_are_unpacked_and_decoded_whoever_brings_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, most, read, lock = 0, 0, files.read, threading.Lock()

    def counted(data: bytes, **options: Any) -> files.Loaded:
        nonlocal now, most
        with lock:
            now, most = now + 1, max(most, now + 1)
        time.sleep(0.01)
        with lock:
            now -= 1
        return read(data, **options)

    monkeypatch.setattr(files, "read", counted)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: from_zip(two_classes(6)).digest, range(6)))
    assert most == 2
    assert len(set(found)) == 1
