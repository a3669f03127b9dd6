"""convlab.pictures.kinds: a file that is not read is named, with what to do about it."""

import io
import struct
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, TiffImagePlugin

from convlab.errors import UserError
from convlab.pictures import files, kinds
from tests.corpus import REFUSED_SENTENCE, saved, scene

REST = bytes(range(200)) * 3


def ftyp(brand: bytes, *compatible: bytes) -> bytes:
    brands = brand + bytes(4) + b"".join(compatible)
    return struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands + REST


NAMED = {
    "HEIC, as iPhones": ftyp(b"heic", b"mif1"),
    "format is HEIC": ftyp(b"mif1", b"miaf", b"heic"),
    "is HEIC": ftyp(b"msf1", b"hevc", b"heic"),
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "format is SVG": b'\xef\xbb\xbf\n<?xml version="1.0"?>\n<!-- drawn -->\n<!DOCTYPE svg><svg></svg>',
    "a web page": b"\n<!DOCTYPE html><html><img src=cat.jpg></html>",
    "PDF": b"%PDF-1.7\n" + REST,
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "Photoshop": b"8BPS\0\1" + REST,
    "JPEG XL": b"\xff\x0a" + REST,
    "is JPEG XL": b"\0\0\0\x0cJXL \r\n\x87\n" + REST,
    "JPEG 2000": saved(scene(), "JPEG2000"),
    "OpenEXR": b"v/1\x01" + REST,
    "DICOM": bytes(128) + b"DICM" + REST,
    "NumPy": b"\x93NUMPY\1\0",
    "PBM, PGM or PPM": saved(scene(), "PPM"),
    "ICO": saved(scene().resize((16, 16)), "ICO"),
    "zip archive": b"PK\x03\x04" + REST,
    "RAW": b"II*\0\x10\0\0\0CR\x02\0" + REST,
    "camera's RAW": ftyp(b"crx ", b"isom"),
    "a RAW|RAW file": b"FUJIFILMCCD-RAW 0201" + REST,
    "video": ftyp(b"isom", b"mp41"),
    "a video": ftyp(b"qt  "),
    "is a video": b"\x1aE\xdf\xa3" + REST,
    "This is a video": b"RIFF\0\0\0\0AVI LIST" + REST,
}


@pytest.mark.parametrize("name", NAMED)
def test_a_well_known_kind_is_named_with_what_to_do(name: str) -> None:
    with pytest.raises(UserError, match=REFUSED_SENTENCE) as caught:
        files.read(NAMED[name])
    assert any(part in str(caught.value) for part in name.split("|"))


def test_anything_else_is_not_named() -> None:
    for data in (b"This is no picture.", bytes(500), ftyp(b"abcd"), b"", b"PX", saved(scene(), "PNG")[:20]):
        assert kinds.refusal(data) is None
        assert kinds.unread_tiff(data) is None


def tiff(values: np.ndarray, **options: Any) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, values, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (tiff(np.zeros((8, 9))), "1 × float64"),
        (tiff(np.zeros((8, 9), np.float16)), "1 × float16"),
        (tiff(np.zeros((8, 9), np.uint64)), "1 × uint64"),
        (tiff(np.zeros((8, 9, 3), np.float32), photometric="rgb"), "3 × float32"),
        (tiff(np.zeros((8, 9), np.complex64)), "1 × complex64"),
        (
            tiff(np.zeros((8, 9), np.int16), photometric="miniswhite"),
            "1 × int16 (WhiteIsZero)",
        ),
        (
            tiff(np.zeros((3, 8, 9), np.uint16), photometric="rgb", planarconfig="separate"),
            "3 × uint16 (PlanarConfiguration 2)",
        ),
        (tiff(np.zeros((8, 9), np.float64), bigtiff=True), "1 × float64"),
    ],
)  # fmt: skip
def test_a_tiff_of_values_that_are_not_read_is_named_by_them(data: bytes, told: str) -> None:
    with pytest.raises(UserError, match=REFUSED_SENTENCE) as caught:
        files.read(data)
    assert f"This TIFF's pixels are {told}, which" in str(caught.value)


def test_a_camera_s_preview_is_not_taken_for_the_photograph() -> None:
    """Most RAW files are TIFFs whose first picture is a thumbnail."""
    for tag, value in ((254, 1), (50706, b"\1\4\0\0")):
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[tag] = value
        with pytest.raises(UserError, match="a camera's RAW file"):
            files.read(saved(scene(), "TIFF", tiffinfo=tags))
    with pytest.raises(UserError, match="a camera's RAW file"):
        files.read(tiff(np.zeros((8, 9), np.uint16), photometric=32803))


def test_lab_colours_are_named() -> None:
    with pytest.raises(UserError, match="stored as LAB"):
        files.read(saved(Image.new("LAB", (9, 8)), "TIFF"))
