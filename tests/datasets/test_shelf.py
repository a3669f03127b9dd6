"""The shelf: keys, entries, and what is never decoded twice."""

import errno
import json
import os
import time
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlab.datasets import dataset, pictures, shelf, sketches
from convlab.datasets.dataset import Dataset, Header
from convlab.datasets.sources import SOURCES
from convlab.errors import UserError
from convlab.networks.class_names import one_line
from tests.datasets.files import noise, picture, two_classes, zipped

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Titles of the zips and folders that were decoded."""
    titles: list[str] = []
    for name in ("read_zip", "read_folder"):
        read = getattr(pictures, name)

        def counted(source: Any, title: str, read: Any = read, **rest: Any) -> Dataset:
            titles.append(title)
            found: Dataset = read(source, title, **rest)
            return found

        monkeypatch.setattr(pictures, name, counted)
    return titles


def a_zip(tmp_path: Path, name: str = "My birds.zip", each: int = 5) -> Path:
    (tmp_path / name).write_bytes(zipped(two_classes(each)).getvalue())
    return tmp_path / name


def files(folder: Path) -> list[str]:
    """What lies on the shelf, but for locks."""
    return [name for name in os.listdir(folder) if not name.endswith(".lock")]


def test_what_is_put_is_got() -> None:
    key = shelf.put(noise("Vögel & Flugzeuge!"))
    assert key == f"vogel-flugzeuge-{noise().digest[:8]}"
    assert shelf.get(key).digest == noise().digest
    assert shelf.get(key) is shelf.get(key)


def test_the_same_twice_is_kept_once(folder: Path) -> None:
    assert shelf.put(noise()) == shelf.put(noise())
    assert len(files(folder)) == 1
    assert shelf.put(noise(seed=1)) != shelf.put(noise())
    assert len(files(folder)) == 2


@given(title=st.text(min_size=1).map(one_line).filter(bool))
def test_every_title_makes_a_key(title: str) -> None:
    key = f"{shelf._slug(title)}-{'0' * 8}"
    assert shelf._KEY.fullmatch(key)
    assert key not in SOURCES


@pytest.mark.parametrize(
    "key",
    [
        "",
        "..",
        "../x",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "a\0b",
        "A",
        "a.safetensors",
        "a" * 65,
        "a\n",
        "ä",
        "C:x",
        "~",
    ],
)
def test_what_is_no_key_reaches_no_file(key: str) -> None:
    for use in (shelf.get, shelf.file, shelf.ready):
        with pytest.raises(UserError, match="names no data set"):
            use(key)


def test_a_file_beside_the_shelf_cannot_be_named(folder: Path) -> None:
    shelf.put(noise())
    dataset.save(noise(), folder.parent / "outside.safetensors")
    with pytest.raises(UserError):
        shelf.get("../outside")
    assert list(shelf.entries())[1:] == [shelf.put(noise())]


@pytest.mark.parametrize("key", ["unknown", "cifar-10"])
def test_an_unknown_key_is_told(key: str) -> None:
    with pytest.raises(UserError, match=f"no data set '{key}': please choose"):
        shelf.get(key)


def test_no_other_key_can_be_chosen() -> None:
    with pytest.raises(UserError, match="cannot be chosen"):
        shelf.put(noise(), "mine")


def test_the_entries_are_read_without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    size = 2 * sketches.TRAIN_PER_CLASS, 2 * sketches.VAL_PER_CLASS
    assert shelf.entries() == {"sketches": Header(sketches.TITLE, sketches.CLASSES, *size, drawn=True)}
    keys = [shelf.put(noise(title)) for title in ("b", "A", "c")]
    monkeypatch.setattr(dataset, "load", None)
    found = shelf.entries()
    assert list(found) == ["sketches", keys[1], keys[0], keys[2]]
    wanted = Header("A", ("class 0", "class 1"), 20, 6, digest=noise().digest)
    assert found[keys[1]] == wanted


def test_a_header_is_read_once_until_its_file_changes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [shelf.put(noise(str(seed), seed=seed)) for seed in (1, 2)]
    read = Mock(wraps=dataset.header)
    monkeypatch.setattr(dataset, "header", read)
    first = shelf.entries()
    assert shelf.entries() == first
    assert read.call_count == 2
    dataset.save(noise("new", seed=3), folder / f"{keys[0]}.safetensors")
    assert shelf.entries()[keys[0]].title == "new"
    assert shelf.entries()[keys[1]] == first[keys[1]]
    assert read.call_count == 3


def test_damaged_and_foreign_files_are_passed_over(folder: Path) -> None:
    key = shelf.put(noise())
    (folder / "cut-00000000.safetensors").write_bytes((folder / f"{key}.safetensors").read_bytes()[:-1])
    (folder / "Not a key.safetensors").write_bytes((folder / f"{key}.safetensors").read_bytes())
    (folder / "notes.txt").write_text("?")
    assert list(shelf.entries()) == ["sketches", key]


def test_a_deleted_one_is_gone(folder: Path) -> None:
    key = shelf.put(noise())
    shelf.get(key)
    shelf.file(key).unlink()
    assert files(folder) == []
    assert key not in shelf.entries()
    with pytest.raises(UserError, match="no data set"):
        shelf.get(key)


def test_a_damaged_one_without_a_source_is_one_clear_error(folder: Path) -> None:
    key = shelf.put(noise())
    path = folder / f"{key}.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(UserError, match=r"damaged .* prepare it again"):
        shelf.get(key)


def test_a_full_disk_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match=r"1 MB do not fit into .*: make room there"):
        shelf.put(noise())
    assert files(folder) == []


def test_a_zip_is_decoded_once(decoded: list[str], tmp_path: Path) -> None:
    path = a_zip(tmp_path)
    told: list[tuple[int, int]] = []
    key = shelf.prepare(str(path), progress=lambda done, total: told.append((done, total)))
    assert key.startswith("my-birds-")
    assert told[-1] == (10, 10)
    shelf._load.cache_clear()
    assert shelf.prepare(str(path)) == key
    assert shelf.prepare(key) == key
    assert decoded == ["My birds"]
    assert dataset.counts(shelf.get(key)) == ((4, 1), (4, 1))


def test_a_relative_path_is_the_same_file(
    decoded: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = shelf.prepare(str(a_zip(tmp_path)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert shelf.prepare("My birds.zip") == shelf.prepare("~/My birds.zip") == key
    assert len(decoded) == 1


@pytest.mark.parametrize("change", ["content", "time", "name"])
def test_another_source_is_decoded_anew(change: str, decoded: list[str], tmp_path: Path) -> None:
    path = a_zip(tmp_path)
    shelf.prepare(str(path))
    if change == "content":
        status = path.stat()
        a_zip(tmp_path, each=6)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    elif change == "time":
        os.utime(path, (1, 1))
    elif change == "name":
        path = path.rename(tmp_path / "b.zip")
    shelf.prepare(str(path))
    assert len(decoded) == 2
    shelf.prepare(str(path))
    assert len(decoded) == 2


def test_a_folder_is_decoded_once_until_a_picture_changes(decoded: list[str], tmp_path: Path) -> None:
    for name, content in two_classes(5).items():
        (tmp_path / "set" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / name).write_bytes(content)
    key = shelf.prepare(str(tmp_path / "set"))
    assert shelf.prepare(str(tmp_path / "set")) == key
    assert len(decoded) == 1
    (tmp_path / "set" / "bird" / "5.png").write_bytes(picture(99))
    assert shelf.prepare(str(tmp_path / "set")) != key
    assert len(decoded) == 2


@pytest.mark.parametrize("harm", ["cut", "bit", "gone", "sources torn", "sources odd", "sources hostile"])
def test_what_is_damaged_is_prepared_again(
    harm: str, decoded: list[str], tmp_path: Path, folder: Path
) -> None:
    path = a_zip(tmp_path)
    key = shelf.prepare(str(path))
    kept, sources = folder / f"{key}.safetensors", folder / "sources.json"
    data = kept.read_bytes()
    if harm == "cut":
        kept.write_bytes(data[:-100])
    elif harm == "bit":
        kept.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    elif harm == "gone":
        kept.unlink()
    elif harm == "sources torn":
        sources.write_bytes(sources.read_bytes()[:-5])
    elif harm == "sources odd":
        sources.write_text("[1]")
    else:
        stamp = next(iter(json.loads(sources.read_text())))
        sources.write_text(json.dumps({stamp: "../../outside"}))
    assert shelf.prepare(str(path)) == key
    assert len(decoded) == 2
    assert shelf.get(key).digest[:8] == key[-8:]


def test_two_sources_of_one_content_share_a_file(decoded: list[str], tmp_path: Path, folder: Path) -> None:
    (tmp_path / "copy").mkdir()
    one, two = a_zip(tmp_path), a_zip(tmp_path / "copy")
    assert len({shelf.prepare(str(path)) for path in (one, two, one, two)}) == 1
    assert len(decoded) == 2
    assert len(list(folder.glob("*.safetensors"))) == 1


def test_forgotten_keys_leave_the_list_of_sources(tmp_path: Path, folder: Path) -> None:
    shelf.file(shelf.prepare(str(a_zip(tmp_path, "a.zip")))).unlink()
    shelf.prepare(str(a_zip(tmp_path, "b.zip", each=6)))
    assert len(json.loads((folder / "sources.json").read_text())) == 1


@pytest.mark.parametrize("source", ["nothing-here", "/no/such.zip", "a\0b", "", "x" * 5000, "~nobody/x"])
def test_a_source_that_is_none_is_told(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as raised:
        shelf.prepare(source)
    assert len(str(raised.value)) < 200


def test_what_is_neither_file_nor_folder_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    for source in (tmp_path / "pipe.zip", Path("/dev/zero"), Path("/dev/stdin/x")):
        with pytest.raises(UserError):
            shelf.prepare(str(source))


def test_a_refused_source_leaves_nothing(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(zipped(two_classes() | {"../x": b""}).getvalue())
    with pytest.raises(UserError, match="leads out"):
        shelf.prepare(str(tmp_path / "bad.zip"))
    assert files(folder) == []


def test_the_shared_zip_is_ready_the_second_time(shared: Path) -> None:
    """Written once as noise of the same size: reading the real one is timed with the pictures."""
    path = shared / "data" / "birds_vs_airplanes.zip"
    key = shelf.put(noise("birds_vs_airplanes", train=10_000, val=2_000))
    shelf._remember(shelf._stamp(path.resolve()), key)
    begun = time.process_time()
    assert shelf.prepare(str(path)) == key
    assert time.process_time() - begun < 0.5
