"""Folders on the disk: what is no ordinary file, goes while it is read, cannot be opened, is too much."""

import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from convlab.datasets import archive, pictures
from convlab.datasets.dataset import Dataset
from convlab.errors import UserError
from convlab.pictures import files
from tests.corpus import saved
from tests.datasets.files import on_disk, picture, two_classes


def from_disk(members: dict[str, bytes], folder: Path) -> Dataset:
    return pictures.read_folder(on_disk(members, folder), "Mine")


def test_links_and_pipes_on_the_disk_are_passed_over(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(picture(255))
    folder = tmp_path / "set"
    plain = from_disk(two_classes(5), folder)
    (folder / "bird" / "link.png").symlink_to(secret)
    (folder / "bird" / "loop").symlink_to(folder)
    (folder / "fish").symlink_to(tmp_path)
    os.mkfifo(folder / "bird" / "pipe.png")
    found = pictures.read_folder(folder, "Mine")
    assert (found.digest, found.unreadable) == (plain.digest, ())


def test_what_becomes_a_pipe_or_a_link_or_goes_while_it_is_read_is_unreadable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = on_disk(two_classes(5), tmp_path / "set")
    found = pictures.walk_files(folder)
    monkeypatch.setattr(pictures, "walk_files", lambda path: found)
    pipe, link, gone = (folder / "bird" / f"{i}.png" for i in (0, 1, 2))
    for path in (pipe, link, gone):
        path.unlink()
    os.mkfifo(pipe)
    link.symlink_to(folder / "bird" / "3.png")
    read = pictures.read_folder(folder, "Mine")
    assert set(read.unreadable) == {"bird/0.png", "bird/1.png", "bird/2.png"}


def test_what_goes_while_the_folder_is_listed_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder, lstat = on_disk(two_classes(5), tmp_path / "set"), os.lstat

    def late(path: Any, **options: Any) -> os.stat_result:
        if str(path).endswith("bird/0.png"):
            (folder / "bird" / "0.png").unlink(missing_ok=True)
        return lstat(path, **options)

    monkeypatch.setattr(os, "lstat", late)
    assert len(pictures.walk_files(folder)) == 11


def test_a_folder_that_cannot_be_opened_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    scandir = os.scandir

    def forbidden(path: Any) -> Any:
        if str(path).endswith("bird"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", forbidden)
    with pytest.raises(UserError, match="The folder 'bird' cannot be opened \\(Permission denied\\)"):
        from_disk(two_classes(5), tmp_path / "set")


def test_a_folder_as_deep_as_the_disk_allows_is_refused(tmp_path: Path) -> None:
    deep = on_disk(two_classes(5), tmp_path / "set").joinpath("bird", *"x" * 500)
    deep.mkdir(parents=True)
    with pytest.raises(UserError, match="32 deep"):
        pictures.read_folder(tmp_path / "set", "Mine")


def test_too_many_files_in_one_folder_are_not_all_looked_at(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 5)
    looked, lstat = [], os.lstat
    on_disk({f"bird/{i}.png": b"" for i in range(50)}, tmp_path / "set")

    def watched(path: Any) -> os.stat_result:
        looked.append(path)
        return lstat(path)

    monkeypatch.setattr(os, "lstat", watched)
    with pytest.raises(UserError, match="more than 5 files"):
        pictures.walk_files(tmp_path / "set")
    assert len(set(looked)) == 6


def test_a_folder_that_is_none_or_too_full_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="no folder 'none'"):
        pictures.read_folder(tmp_path / "none", "Mine")
    monkeypatch.setattr(archive, "MAX_MEMBERS", 11)
    with pytest.raises(UserError, match="more than 11 files"):
        from_disk(two_classes(5), tmp_path / "set")


def test_a_file_on_the_disk_that_is_too_large_or_forbidden_is_unreadable(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(files, "MAX_UPLOAD_MB", 1)
    found = from_disk(two_classes(5) | {"bird/big.bmp": saved(Image.new("RGB", (700, 700)), "BMP")}, tmp_path)
    assert found.unreadable == ("bird/big.bmp",)
