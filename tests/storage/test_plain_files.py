"""Only files are opened: no links, pipes, devices or folders, and none that is too long."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from convlab.storage import plain_files

NUMBERS = TypeAdapter(list[int])
OTHERS: dict[str, Callable[[Path], object]] = {
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to a file": lambda path: path.symlink_to(path.with_name("elsewhere")),
}


@pytest.mark.parametrize("other", OTHERS)
def test_what_is_no_file_is_neither_read_nor_written(other: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"mine")
    path = tmp_path / "file"
    OTHERS[other](path)
    for act in (lambda: plain_files.read(path, 10), lambda: plain_files.appending(path)):
        with pytest.raises(ValueError, match="no plain file"):  # a pipe would wait for ever
            act()
    assert (tmp_path / "elsewhere").read_bytes() == b"mine"


def test_a_file_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"[1, 2]")
    assert plain_files.read(path, 6) == b"[1, 2]"
    assert plain_files.parsed(path, NUMBERS, 6) == [1, 2]
    os.truncate(path, 8 * 2**30)  # takes no room on the disk
    with pytest.raises(ValueError, match="too long"):
        plain_files.read(path, 2**20)


@pytest.mark.parametrize(
    "text", ["", "[", '["1"]', "[true]", "[1.0]", "{}", "[" * 10**6, "[" + "9" * 5000 + "]"]
)
def test_other_json_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(ValueError):  # noqa: PT011
        plain_files.parsed(path, NUMBERS, 2**20)


def test_what_is_written_stands_behind_the_rest(tmp_path: Path) -> None:
    for text in (b"one ", b"two"):
        handle = plain_files.appending(tmp_path / "file")
        os.write(handle, text)
        os.close(handle)
    assert (tmp_path / "file").read_bytes() == b"one two"


def test_a_link_to_a_folder_is_none(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    found = {name: plain_files.is_folder(tmp_path / name) for name in ("folder", "link", "nothing")}
    assert found == {"folder": True, "link": False, "nothing": False}
