"""Hostile, damaged and odd zips."""

import io
import os
import stat
import struct
import zipfile
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from convlab.datasets import archive, pictures
from convlab.datasets.archive import Unreadable, opened
from convlab.errors import UserError
from tests.datasets.files import picture, two_classes, zipped


def refuse(file: Any, message: str) -> None:
    with pytest.raises(UserError, match=message), opened(file):
        pass


def entry(name: str, content: bytes = b"x", **fields: int) -> io.BytesIO:
    """A zip of two classes and one more member with odd fields."""
    file = zipped(two_classes())
    with zipfile.ZipFile(file, "a") as opened:
        member = zipfile.ZipInfo(name)
        for field, value in fields.items():
            setattr(member, field, value)
        opened.writestr(member, content)
    return file


def read(file: io.BytesIO, *parts: str) -> bytes:
    with opened(file) as contents:
        reader = contents.files[parts]
        assert reader is not None
        return reader()


def test_members_are_read_by_their_paths(tmp_path: Path) -> None:
    members = two_classes()
    (tmp_path / "a.zip").write_bytes(zipped(members).getvalue())
    with opened(tmp_path / "a.zip") as contents:
        found = {"/".join(parts): reader() for parts, reader in contents.files.items() if reader}
    assert found == members
    assert os.listdir(tmp_path) == ["a.zip"]


@pytest.mark.parametrize(
    "name", ["../evil.png", "bird/../../evil.png", "/evil.png", "C:/evil.png", "..\\evil.png", "\\evil.png",
             "c:\\evil.png", "//server/evil.png", "bird/.."],
)  # fmt: skip
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    refuse(entry(name), "leads out of it")


def test_a_name_with_a_nul_is_refused() -> None:
    data = entry("bird/nul_here.png").getvalue().replace(b"nul_here", b"nul\0here")
    refuse(io.BytesIO(data), "leads out of it")


def test_a_link_is_refused() -> None:
    refuse(entry("bird/link.png", b"/etc/passwd", external_attr=(stat.S_IFLNK | 0o777) << 16), "is a link")


def test_an_encrypted_member_is_refused() -> None:
    data = bytearray(zipped(two_classes()).getvalue())
    data[data.rindex(archive._ENTRY) + 8] |= 1
    refuse(io.BytesIO(data), "needs a password for 'plane/4.png'")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["bird/0.png", "bird\\0.png", "./bird//0.png"])
def test_a_name_that_is_there_twice_is_refused(name: str) -> None:
    refuse(entry(name), "twice")


def test_an_uncommon_compression_is_refused() -> None:
    refuse(zipped(two_classes(), zipfile.ZIP_LZMA), "uncommon way")


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"not a zip" * 50, picture(3), b"PK\x05\x06" + b"\xff" * 18]
)
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    refuse(io.BytesIO(data), "no zip archive")


def test_every_cut_of_a_zip_is_refused_or_read() -> None:
    data = zipped(two_classes(2)).getvalue()
    for end in range(0, len(data), 7):
        refuse(io.BytesIO(data[:end]), "no zip archive")


def test_every_spoilt_byte_gives_a_reading_or_a_clear_error() -> None:
    data = zipped({"a/1": b"one" * 9, "b/2": b"two" * 9}).getvalue()
    outcomes = set()
    for position in range(len(data)):
        spoilt = bytearray(data)
        spoilt[position] ^= 0xFF
        try:
            with opened(io.BytesIO(bytes(spoilt))) as contents:
                for reader in filter(None, contents.files.values()):
                    reader()
            outcomes.add("read")
        except (UserError, Unreadable) as error:
            outcomes.add(type(error).__name__)
    assert outcomes == {"read", "UserError", "Unreadable"}


def test_a_missing_file_and_a_folder_are_no_archives(tmp_path: Path) -> None:
    refuse(tmp_path / "none.zip", "no zip archive")
    refuse(tmp_path, "no zip archive")


def _many(count: int, folders: bytes = b"a/", extra: bytes = b"", sizes: int = 0) -> io.BytesIO:
    """A zip of so many empty members, its list of contents put together by hand (zipfile takes seconds)."""
    entries = bytearray()
    for number in range(count):
        name = folders + b"%06d" % number
        fixed = *([0] * 7), sizes, sizes, len(name), len(extra), *([0] * 5)
        entries += archive._ENTRY + struct.pack("<HHHHHHIIIHHHHHII", *fixed) + name + extra
    short = min(count, 0xFFFF)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, short, short, len(entries), 0, 0)
    return io.BytesIO(bytes(entries) + end)


def test_as_many_members_as_allowed_and_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert archive.MAX_MEMBERS == 70_000
    refuse(_many(70_001), "more than 70,000 files")
    monkeypatch.setattr(archive, "MAX_MEMBERS", 2_000)
    with opened(_many(2_000)) as contents:
        assert len(contents.files) == 2_000
    refuse(_many(2_001), "more than 2,000 files")


def test_the_count_comes_before_zipfile_makes_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError

    file = _many(archive.MAX_MEMBERS + 1)
    monkeypatch.setattr(zipfile, "ZipFile", never)
    refuse(file, "more than 70,000 files")


@pytest.mark.parametrize(
    "file",
    [
        _many(300, b"a/" * 30_000),  # folders in folders
        _many(40_000, b"a/" + b"x" * 500),
        _many(12, extra=b"\x75\x70\0\0" * 16_000),  # zipfile takes a second for twelve of these
    ],
    ids=["deep", "many", "notes"],
)
def test_what_costs_time_by_its_names_is_refused_before_zipfile_reads_them(
    file: io.BytesIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZipFile", Mock(side_effect=AssertionError))
    refuse(file, "names in the archive are too long, 16 MB together")


def test_names_as_long_as_systems_take_are_no_trouble() -> None:
    with opened(_many(9, b"a/" + b"x" * 9_000)) as contents:
        assert len(contents.files) == 9
    with opened(_many(70_000, b"a/" + b"x" * 200, sizes=100)) as contents:
        assert len(contents.files) == 70_000


def test_clutter_is_looked_for_in_the_upper_folders_alone() -> None:
    with opened(_many(1, b"a/" * 40 + b".git/")) as contents:
        assert len(contents.files) == 1  # which the layout refuses, as any that lies so deep


def test_a_size_beyond_all_numbers_is_unreadable() -> None:
    size = struct.pack("<HHQQ", 1, 16, 2**63, 2**63)
    with pytest.raises(Unreadable):
        read(_many(1, extra=size, sizes=0xFFFFFFFF), "a", "000000")


def test_what_has_no_end_of_a_zip_is_not_read_to_its_own() -> None:
    class Endless(io.RawIOBase):
        size, place = 10**15, 0

        def seekable(self) -> bool:
            return True

        def seek(self, place: int, whence: int = 0) -> int:
            self.place = place + (0, self.place, self.size)[whence]
            return self.place

        def tell(self) -> int:
            return self.place

        def read(self, size: int = -1) -> bytes:
            size = self.size - self.place if size < 0 else min(size, self.size - self.place)
            if size > 100_000:
                pytest.fail("it reads on")  # which no except clause takes
            return bytes(size)

    refuse(Endless(), "no zip archive")


def test_a_signature_across_two_chunks_counts() -> None:
    for shift in (*range(5), 45, 46, 47):
        stream = io.BytesIO(bytes(2**22 - shift) + archive._ENTRY + bytes(42))
        assert len(list(archive._entries(stream))) == 1


def test_a_member_that_unpacks_to_too_much_is_unreadable_alone() -> None:
    file = zipped({"bird/bomb.png": bytes(archive.MAX_MEMBER_BYTES + 1), "bird/0.png": picture(0)})
    assert len(file.getvalue()) < 50_000
    with pytest.raises(Unreadable):
        read(file, "bird", "bomb.png")
    assert read(file, "bird", "0.png") == picture(0)


def test_a_bomb_is_refused_by_what_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_TOTAL_MB", 30)
    bomb = two_classes() | {f"bird/{i}.bin": bytes(9_000_000) for i in range(4)}
    file = zipped(bomb)
    assert len(file.getvalue()) < 60_000
    with pytest.raises(UserError, match="unpacks to more than 30 MB"):
        pictures.read_zip(file, "bomb")


def _claims(content: bytes, size: int) -> io.BytesIO:
    """bird/lie.png in a zip whose list of contents gives it another size."""
    data = bytearray(zipped({"bird/lie.png": content}).getvalue())
    struct.pack_into("<I", data, data.rindex(archive._ENTRY) + 24, size)
    return io.BytesIO(data)


def test_a_size_that_lies_gives_no_more_than_it_claims_and_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read(_claims(bytes(10_000_000), 10), "bird", "lie.png")


def test_a_size_that_boasts_costs_nothing() -> None:
    content = picture(7)
    assert read(_claims(content, 2**32 - 2), "bird", "lie.png") == content


def test_entries_that_share_one_body_are_unreadable() -> None:
    data = zipped({"a/0": bytes(100_000)}).getvalue()
    start = data.index(archive._ENTRY)
    one = data[start : data.index(b"PK\x05\x06")]
    entries = b"".join(one.replace(b"a/0", b"a/%d" % i) for i in range(9))
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 9, 9, len(entries), start, 0)
    shared = io.BytesIO(data[:start] + entries + end)
    for i in range(1, 9):
        with pytest.raises(Unreadable):
            read(shared, "a", str(i))


def test_what_systems_leave_behind_is_passed_over() -> None:
    members = two_classes(1) | dict.fromkeys(
        ("__MACOSX/bird/._0.png", "bird/.DS_Store", ".git/x/1.png", "bird/Thumbs.db", "plane/desktop.ini"),
        b"?",
    )
    with opened(zipped(members)) as contents:
        assert set(contents.files) == {("bird", "0.png"), ("plane", "0.png")}


def test_backslashes_part_folders() -> None:
    with opened(zipped({"bird\\0.png": picture(0), "plane\\sub\\": b""})) as contents:
        assert contents.files.keys() == {("bird", "0.png"), ("plane", "sub")}
        assert contents.files["plane", "sub"] is None
