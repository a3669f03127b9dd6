"""Pictures: honest files of each format, their parts changed, left out, repeated, lied about, cut short."""

import re
import struct
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Literal

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image, features

from convlab.errors import UserError
from convlab.pictures import files
from tests.corpus import corpus, saved, scene
from tests.fuzz.bounds import answered, fuzzed, within

Parts = list[bytes]  # a file is these, one after the other

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL", "ignore::RuntimeWarning:PIL")


def png_parts(data: bytes) -> Parts:
    """The signature, then each chunk."""
    parts, place = [data[:8]], 8
    while place < len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        parts.append(data[place:end])
        place = end
    return parts


def riff_parts(data: bytes) -> Parts:
    """A WebP's head, then each chunk."""
    parts, place = [data[:12]], 12
    while place < len(data):
        size = int.from_bytes(data[place + 4 : place + 8], "little")
        parts.append(data[place : place + 8 + size + size % 2])
        place += 8 + size + size % 2
    return parts


def jpeg_parts(data: bytes) -> Parts:
    """Up to each marker: a segment, or what is coded behind one."""
    places = [match.start() for match in re.finditer(rb"\xff[\xc0-\xfe]", data)]
    return [data[a:b] for a, b in zip(places, [*places[1:], len(data)], strict=True)]


def tiff_parts(data: bytes) -> Parts:
    """Before the list of tags, each tag of it, and what is behind."""
    order = "<" if data[:2] == b"II" else ">"
    (start,) = struct.unpack(order + "I", data[4:8])
    (count,) = struct.unpack(order + "H", data[start : start + 2])
    tags = [data[place : place + 12] for place in range(start + 2, start + 2 + 12 * count, 12)]
    return [data[: start + 2], *tags, data[start + 2 + 12 * count :]]


def box_parts(data: bytes) -> Parts:
    """An AVIF's outermost boxes."""
    parts, place = [], 0
    while place < len(data):
        size = max(8, int.from_bytes(data[place : place + 4], "big"))
        parts.append(data[place : place + size])
        place += size
    return parts


def even_parts(data: bytes) -> Parts:
    """Some bytes at a time."""
    return [data[place : place + 16] for place in range(0, len(data), 16)]


WAYS: dict[str, Callable[[bytes], Parts]] = {
    ".png": png_parts,
    ".webp": riff_parts,
    ".jpg": jpeg_parts,
    ".tif": tiff_parts,
    ".avif": box_parts,
    ".gif": even_parts,
    ".bmp": even_parts,
}


@lru_cache(maxsize=1)
def honest() -> dict[str, bytes]:
    """Files that are taken, of every format and mode."""
    wide = np.arange(16 * 24, dtype=np.float32).reshape(16, 24)
    taken = {name: file.data for name, file in corpus().items() if file.ok and len(file.data) < 20_000}
    taken |= {
        "tiles.tif": saved(scene(), "TIFF", compression="jpeg", strip_size=4 * 72),
        "float.tif": saved(Image.fromarray(wide), "TIFF", compression="tiff_lzw"),
        "arithmetic.png": saved(scene().convert("LA"), "PNG"),
    }
    if features.check("avif"):
        taken["rgb.avif"] = saved(scene(), "AVIF")
    return {name: data for name, data in taken.items() if name[name.find(".") :] in WAYS}


def test_the_parts_of_an_honest_file_are_the_file() -> None:
    assert {name[name.find(".") :] for name in honest()} <= set(WAYS)
    for name, data in honest().items():
        assert b"".join(parts_of(name)) == data, name


def parts_of(name: str) -> Parts:
    """Those of an honest file, as its format has them."""
    return WAYS[name[name.find(".") :]](honest()[name])


NUMBERS = some.sampled_from([0, 1, 2, 7, 255, 256, 65535, 2**16, 2**24, 2**31 - 1, 2**31, 2**32 - 1])


@some.composite
def lie(draw: some.DrawFn, part: bytes) -> bytes:
    """A part with another number somewhere in it, as large as numbers in files are."""
    width = draw(some.sampled_from([1, 2, 4]))
    number = draw(NUMBERS) % 256**width
    order: Literal["big", "little"] = draw(some.sampled_from(["big", "little"]))
    place = draw(some.integers(0, max(0, len(part) - width)))
    changed: bytes = part[:place] + number.to_bytes(width, order) + part[place + width :]
    return changed


@some.composite
def mutated(draw: some.DrawFn) -> bytes:
    """An honest file to which one to four things have been done."""
    name = draw(some.sampled_from(sorted(honest())))
    parts = parts_of(name)
    for _ in range(draw(some.integers(1, 4))):
        place = draw(some.integers(0, len(parts) - 1))
        deed = draw(some.sampled_from(["lie", "repeat", "leave out", "swap", "graft", "cut"]))
        if deed == "lie":
            parts[place] = draw(lie(parts[place]))
        elif deed == "repeat":
            parts[place:place] = [parts[place]] * draw(some.sampled_from([1, 9, 999]))
        elif deed == "leave out":
            parts[place : place + 1] = [] if len(parts) > 1 else parts
        elif deed == "swap":
            other = draw(some.integers(0, len(parts) - 1))
            parts[place], parts[other] = parts[other], parts[place]
        elif deed == "graft":
            foreign = draw(some.sampled_from(sorted(honest())))
            parts.insert(place, draw(some.sampled_from(parts_of(foreign))))
        else:
            parts[place] = parts[place][: draw(some.integers(0, len(parts[place])))]
    return mended(b"".join(parts)) if draw(some.booleans()) else b"".join(parts)


def mended(data: bytes) -> bytes:
    """With checksums and lengths that are right again, so that decoders go on."""
    if data.startswith(b"RIFF"):
        return data[:4] + struct.pack("<I", max(0, len(data) - 8)) + data[8:]
    if not data.startswith(b"\x89PNG"):
        return data
    chunks = (chunk[:-4] + struct.pack(">I", zlib.crc32(chunk[4:-4])) for chunk in png_parts(data)[1:])
    return data[:8] + b"".join(chunks)


def is_answered(data: bytes) -> None:
    """A picture as pictures are to be, or one sentence, in bounded time and memory."""
    with within():
        found = answered(lambda: files.read(data))
    if isinstance(found, UserError):
        return
    assert (found.pixels.dtype, found.pixels.ndim, found.pixels.shape[0]) == (torch.uint8, 3, 3)
    assert 0 < found.pixels[0].numel() <= files.MAX_PIXELS
    assert all(str(remark) for remark in found.remarks)


@given(mutated())
@fuzzed(250)
def test_a_mutated_picture_is_a_picture_or_a_sentence(data: bytes) -> None:
    is_answered(data)


@given(some.sampled_from(sorted(honest())), some.data())
@fuzzed(150)
def test_a_picture_cut_anywhere_is_a_picture_or_a_sentence(name: str, data: some.DataObject) -> None:
    whole = honest()[name]
    is_answered(whole[: data.draw(some.integers(0, len(whole)))])


@given(some.sampled_from(sorted(honest())), some.sampled_from(sorted(honest())), some.integers(0, 64))
@fuzzed(100)
def test_a_file_of_two_formats_is_a_picture_or_a_sentence(one: str, other: str, place: int) -> None:
    is_answered(honest()[one][:place] + honest()[other] + honest()[one][place:])
