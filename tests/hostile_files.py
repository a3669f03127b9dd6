"""Small files that cost much: time, memory or the patience of everybody else. Made here, never kept."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache

import torch
from PIL import Image

from convlab.pictures import files
from tests.corpus import saved

SIDE_PX = int(files.MAX_FILE_PIXELS**0.5)  # of the largest square picture that is read at all


def torch_archive(pickled: bytes) -> bytes:
    """A file as torch.save writes it, around a pickle of any kind."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02" + pickled + b".")
        archive.writestr("archive/version", b"3\n")
    return file.getvalue()


def doubled_key() -> bytes:
    """A dict whose key is a pair of a pair ... of one and the same: hashing it takes 2^60 steps."""
    pairs = b"".join(b"h%c\x86q%c" % (n, n + 1) for n in range(60))  # beside what is on top
    return torch_archive(b"})q\x00" + pairs + b"K\x00s")


def deep_key() -> bytes:
    """A key that is a tuple in a tuple, 20,000 deep."""
    return torch_archive(b"})" + b"\x85" * 20_000 + b"K\x00s")


def large_view() -> bytes:
    """One number that is seen as 10^10."""
    file = io.BytesIO()
    torch.save({"conv1.weight": torch.zeros(1).expand(10**5, 10**5)}, file)
    return file.getvalue()


def many_strings() -> bytes:
    """Ten million copies of a reference to one key, each another entry of a list."""
    return torch_archive(b"(K\x00q\x01" + b"h\x01" * 10_000_000 + b"l")


def nested_header() -> bytes:
    """A safetensors file whose header is a list in a list, as deep as there is room."""
    header = b"[" * 90_000
    return struct.pack("<Q", len(header)) + header


def blank_webp() -> bytes:
    """The largest picture that has to be decoded as a whole, in 38 bytes."""
    return saved(Image.new("RGBA", (5000, 5000), (9, 9, 9, 9)), "WEBP", lossless=True, quality=0, method=0)


def blank_png() -> bytes:
    """The largest picture of 16 bits a channel that a few hundred kB hold."""
    rows = _zeros((1 + 8 * SIDE_PX) * SIDE_PX)
    head = struct.pack(">IIBBBBB", SIDE_PX, SIDE_PX, 16, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def chunky_png() -> bytes:
    """A picture of one pixel behind 1.5 million empty chunks."""
    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    body = _chunk(b"IHDR", head) + _chunk(b"teSt", b"") * 1_500_000 + _chunk(b"IDAT", zlib.compress(bytes(4)))
    return b"\x89PNG\r\n\x1a\n" + body + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _zeros(count: int) -> bytes:
    """So many zeros, compressed."""
    packer, found = zlib.compressobj(9), b""
    for left in range(count, 0, -(2**24)):
        found += packer.compress(bytes(min(left, 2**24)))
    return found + packer.flush()


def striped_tiff() -> bytes:
    """A TIFF of two million strips, a byte each."""
    strips, side = 2_000_000, 1
    tags = [
        (256, 4, 1, side), (257, 4, 1, strips), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
        (273, 4, strips, 0), (277, 3, 1, 1), (278, 4, 1, 1), (279, 4, strips, 0),
    ]  # fmt: skip
    at = 8 + 2 + 12 * len(tags) + 4
    places = {273: at, 279: at + 4 * strips}
    entries = b"".join(
        struct.pack("<HHII", tag, kind, count, places.get(tag, value)) for tag, kind, count, value in tags
    )
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)
    return head + struct.pack("<I", 8) * strips + struct.pack("<I", 1) * strips


def scanned_jpeg() -> bytes:
    """A progressive JPEG of the largest size that refines one grey again and again."""
    whole = saved(Image.new("L", (SIDE_PX, SIDE_PX), 128), "JPEG", progressive=True, quality=50)
    scans = [at for at in range(len(whole) - 1) if whole[at : at + 2] == b"\xff\xda"]
    again = whole[scans[-1] : whole.rindex(b"\xff\xd9")]
    return whole[: scans[-1]] + again * (4_000_000 // len(again)) + b"\xff\xd9"


def framed_gif() -> bytes:
    """A GIF of many frames, each as large as may be."""
    frames = [Image.new("P", (3000, 3000), n % 2) for n in range(20)]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:])


def large_pictures() -> bytes:
    """A zip of 60 pictures of 16 megapixels, in some kB."""
    picture = saved(Image.new("1", (4000, 4000)), "PNG")
    return zipped({f"{name}/{n}.png": picture for name in ("bird", "plane") for n in range(30)})


def many_members() -> bytes:
    """A zip of 60,000 files of nothing."""
    return zipped({f"{name}/{n}.png": b"" for name in ("bird", "plane") for n in range(30_000)})


def deep_folders() -> bytes:
    """A zip with a picture 30,000 folders deep, and its like."""
    picture = saved(Image.new("RGB", (32, 32)), "PNG")
    return zipped({f"{name}/{'a/' * 30_000}{n}.png": picture for name in ("bird", "plane") for n in range(9)})


def bomb() -> bytes:
    """A zip of few bytes that unpacks to 3 GB."""
    zeros = bytes(39_000_000)
    return zipped({f"{name}/{n}.png": zeros for name in ("bird", "plane") for n in range(40)})


def zipped(members: dict[str, bytes]) -> bytes:
    """A zip of name -> content; each content is packed once, however many members have it."""
    packed: dict[int, tuple[bytes, int]] = {}
    body, listed = bytearray(), bytearray()
    for name, content in members.items():
        if id(content) not in packed:
            packer = zlib.compressobj(9, wbits=-15)
            packed[id(content)] = packer.compress(content) + packer.flush(), zlib.crc32(content)
        data, crc = packed[id(content)]
        told = struct.pack("<HHHHIIIHH", 0x800, 8, 0, 0x21, crc, len(data), len(content), len(name), 0)
        listed += b"PK\x01\x02" + struct.pack("<HH", 20, 20) + told
        listed += struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name.encode()
        body += b"PK\x03\x04" + struct.pack("<H", 20) + told + name.encode() + data
    counts = struct.pack("<HHHHIIH", 0, 0, len(members), len(members), len(listed), len(body), 0)
    return bytes(body + listed) + b"PK\x05\x06" + counts


CHECKPOINTS = (doubled_key, deep_key, large_view, many_strings, nested_header)
PICTURES = (blank_webp, blank_png, chunky_png, striped_tiff, scanned_jpeg, framed_gif)
ARCHIVES = (large_pictures, many_members, deep_folders, bomb)


@cache
def made(make: Callable[[], bytes]) -> bytes:
    """A file, made once."""
    return make()
