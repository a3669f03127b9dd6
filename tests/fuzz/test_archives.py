"""Archives and folders that nobody meant well: a data set or one sentence, within the limits."""

import io
import os
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from convlab.datasets import archive, pictures
from convlab.datasets.dataset import Dataset
from convlab.errors import UserError
from convlab.networks.class_names import one_line
from tests.datasets.files import picture, two_classes, zipped
from tests.fuzz.bounds import answered, fuzzed, within

EDGES = st.sampled_from([0, 1, 7, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF])


@cache
def small() -> bytes:
    return picture(9)


@cache
def blank() -> bytes:
    return picture(0, side_px=2000)


@cache
def honest() -> bytes:
    return zipped(two_classes(2)).getvalue()


@dataclass(frozen=True)
class Member:
    """An entry of the list of contents, and what stands before its bytes; each may say something else."""

    name: bytes
    content: bytes
    deflated: bool = True
    flags: int = 0
    method: int | None = None
    size: int | None = None
    packed: int | None = None
    offset: int | None = None
    extra: bytes = b""
    mode: int = 0


def built(members: Sequence[Member], before: bytes = b"", count: int | None = None, shift: int = 0) -> bytes:
    """A zip put together by hand, so that every number in it may lie."""
    body, entries = bytearray(before), bytearray()
    for one in members:
        data = zlib.compress(one.content, 9)[2:-4] if one.deflated else one.content
        method = one.method if one.method is not None else 8 * one.deflated
        packed = len(data) if one.packed is None else one.packed
        size = len(one.content) if one.size is None else one.size
        offset = len(body) if one.offset is None else one.offset
        told = 20, one.flags, method, 0, 0, zlib.crc32(one.content), packed, size, len(one.name)
        body += b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", *told, 0) + one.name + data
        more = len(one.extra), 0, 0, 0, (one.mode << 16) & 0xFFFFFFFF, offset
        entries += b"PK\x01\x02" + struct.pack("<HHHHHHIIIHHHHHII", 20, *told, *more) + one.name + one.extra
    count = min(len(members), 0xFFFF) if count is None else count
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(entries), (len(body) + shift) & 0xFFFFFFFF, 0)
    return bytes(body + entries + b"PK\x05\x06" + end)


folders = st.sampled_from(
    [b"bird", b"plane", b"train", b"test", b"val", b"..", b".", b"", b"C:", b"CON", b"a\\b", b"\\\\x",
     b"__MACOSX", b"\xff\xfe\x80", "猫".encode(), b"<b>", b"x>", b"a\0b", b"\x1b[31m", "\u202egnp".encode(),
     b".git", b" ", b"x" * 300]
)  # fmt: skip
files = st.sampled_from([b"0.png", b"1.png", b"2.jpg", b"", b"notes.txt", b".", b"..", b"\xe4.png", b"a:b"])
names = st.one_of(
    st.tuples(st.lists(folders, max_size=4), files).map(lambda parts: b"/".join([*parts[0], parts[1]])),
    st.tuples(st.sampled_from([b"bird/", b"plane/"]), files).map(b"".join),
    st.integers(30, 3000).map(lambda depth: b"a/" * depth + b"0.png"),
    st.binary(max_size=60),
)
contents = st.one_of(
    st.sampled_from([b"", b"no picture", bytes(100_000)]),
    st.builds(small),
    st.builds(blank),
    st.builds(honest),
    st.binary(max_size=200),
)
extras = st.one_of(
    st.just(b""),
    st.binary(max_size=40),
    st.tuples(EDGES, EDGES, EDGES).map(lambda told: struct.pack("<HHQQQ", 1, 24, *(n << 31 for n in told))),
    st.integers(1, 16_000).map(lambda count: b"\x75\x70\0\0" * count),
)
maybe = st.one_of(st.none(), st.none(), EDGES)
members = st.builds(
    Member,
    names,
    contents,
    st.booleans(),
    st.sampled_from([0, 0, 0, 1, 0x800, 0x8, 0x41, 0xFFFF]),
    st.sampled_from([None, None, None, 0, 8, 12, 14, 93, 99]),
    maybe,
    maybe,
    maybe,
    extras,
    st.sampled_from([0, 0, 0o100644, 0o120777, 0o020666, 0o040755]),
)


def check(data: bytes) -> None:
    with within():
        found = answered(lambda: pictures.read_zip(io.BytesIO(data), "x"))
    plausible(found)


def plausible(found: Dataset | UserError) -> None:
    if isinstance(found, Dataset):
        assert 2 <= len(found.classes) <= 20
        assert len(found.train) + len(found.val) <= archive.MAX_MEMBERS
        assert all(name == one_line(name) for name in (*found.classes, *found.unreadable))


@given(st.lists(members, max_size=12), st.binary(max_size=30), maybe, st.sampled_from([0, 0, 0, 5, -5]))
@fuzzed(120)
def test_whatever_a_zip_says_of_itself(
    told: list[Member], before: bytes, count: int | None, shift: int
) -> None:
    check(built(told, before, None if count is None else count & 0xFFFF, shift))


@given(st.data())
@fuzzed(120)
def test_an_honest_zip_that_was_spoilt(data: st.DataObject) -> None:
    spoilt = bytearray(honest())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, max(len(spoilt) - 1, 0)))
        how = data.draw(st.sampled_from(["change", "cut", "insert", "repeat"]))
        if how == "change" and spoilt:
            spoilt[place] = data.draw(st.integers(0, 255))
        elif how == "cut":
            del spoilt[place : place + data.draw(st.integers(1, 200))]
        elif how == "insert":
            spoilt[place:place] = data.draw(st.binary(max_size=40))
        else:
            spoilt[place:place] = spoilt[place : place + data.draw(st.integers(1, 400))]
    check(bytes(spoilt))


@given(
    st.integers(1, 40_000),
    st.integers(0, 65_000),
    st.sampled_from([b"a/", b"\xe0\x81", b"<x/", b"x"]),
    extras,
)
@fuzzed(12)
def test_many_long_names(count: int, length: int, unit: bytes, extra: bytes) -> None:
    count = min(count, 20_000_000 // (length + len(extra) + 60))
    name = (unit * length)[:length]
    entries = bytearray()
    for n in range(count):
        one = name + b"%06d" % n
        told = 20, 20, 0, 0, 0, 0, 0, 0, 0, len(one), len(extra), 0, 0, 0, 0, 0
        entries += b"PK\x01\x02" + struct.pack("<HHHHHHIIIHHHHHII", *told) + one + extra
    many = min(count, 0xFFFF)
    check(bytes(entries) + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, many, many, len(entries), 0, 0))


shapes = st.sampled_from(["picture", "text", "empty", "link", "loop", "pipe", "folder", "socket"])
trees = st.lists(st.tuples(st.lists(st.sampled_from("ab"), min_size=1, max_size=6), shapes), max_size=20)


@given(trees)
@fuzzed(40)
def test_whatever_lies_in_a_folder(tree: list[tuple[list[str], str]]) -> None:
    with TemporaryDirectory() as top:
        for n, (parts, shape) in enumerate(tree):
            made(Path(top, *parts), f"{n}.png", shape, Path(top))
        with within():
            plausible(answered(lambda: pictures.read_folder(Path(top), "x")))


def made(folder: Path, name: str, shape: str, top: Path) -> None:
    """A file of some kind in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    if shape in ("link", "loop"):
        path.symlink_to("/etc/passwd" if shape == "link" else top)
    elif shape == "pipe":
        os.mkfifo(path)
    elif shape == "folder":
        path.mkdir()
    elif shape == "socket":
        os.mknod(path, 0o140600)
    else:
        path.write_bytes({"picture": small(), "text": b"text", "empty": b""}[shape])
