"""Odd and bad picture files, made here: file name -> bytes, and whether ConvLab is to take or refuse them."""

import io
import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

ORIENTATION = 0x0112  # the EXIF tag
REFUSED_SENTENCE = r"^[A-Z][^.]*[a-z][^.]*: please [^.\n]*\.$"  # what is wrong: please do this.
UNDO = {  # orientation -> how to turn the upright picture so that the tag turns it back
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@dataclass(frozen=True)
class PictureFile:
    """One file of the corpus.

    Args:
        data: the bytes.
        ok: taken (True) or refused with a UserError (False).
        shape: (H, W) once loaded, for those taken.
    """

    data: bytes
    ok: bool
    shape: tuple[int, int] = (0, 0)


def scene() -> Image.Image:
    """An RGB picture of 24 x 16 px (W x H) with no symmetry: ramps, a red corner, a blue block."""
    y, x = np.mgrid[0:16, 0:24]
    picture = Image.fromarray(np.stack((x * 10, y * 15, (x + y) * 6), axis=-1).astype(np.uint8))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, 5, 3), fill="red")
    pen.rectangle((14, 9, 17, 14), fill="blue")
    return picture


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file of that kind."""
    file = io.BytesIO()
    picture.copy().save(file, kind, **options)  # Pillow keeps one writer's settings on the picture
    return file.getvalue()


def oriented(kind: str, orientation: int, **options: Any) -> bytes:
    """The scene, stored turned, with an EXIF tag that says how to turn it upright."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    picture = scene().transpose(UNDO[orientation]) if orientation in UNDO else scene()
    return saved(picture, kind, exif=exif, **options)


def png(width: int, height: int, depth: int, colour_type: int, rows: bytes, extra: bytes = b"") -> bytes:
    """A PNG put together by hand, so that its header may lie."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(rows, 9))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + data + chunk(b"IEND", b"")


def chunk(kind: bytes, content: bytes) -> bytes:
    """A PNG chunk with its checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _taken() -> dict[str, PictureFile]:
    rgb = scene()
    grey = rgb.convert("L")
    alpha = Image.linear_gradient("L").resize(rgb.size)
    rgba, la = rgb.copy(), grey.copy()
    rgba.putalpha(alpha)
    la.putalpha(alpha)
    palette = rgb.quantize(16)
    frames = [rgb.rotate(90 * i) for i in range(1, 4)]
    wide = np.arange(16 * 24, dtype=np.float64).reshape(16, 24) / (16 * 24 - 1)
    files = {
        "rgb.png": saved(rgb, "PNG"),
        "grey.png": saved(grey, "PNG"),
        "one_bit.png": saved(grey.convert("1"), "PNG"),
        "grey_alpha.png": saved(la, "PNG"),
        "rgba.png": saved(rgba, "PNG"),
        "palette.png": saved(palette, "PNG"),
        "palette_transparent.png": saved(palette, "PNG", transparency=0),
        "palette_alpha.png": saved(palette, "PNG", transparency=bytes(range(0, 256, 16))),
        "rgb_transparent.png": saved(rgb, "PNG", transparency=(255, 0, 0)),
        "grey_16_bit.png": saved(Image.fromarray((wide * 65535).astype(np.uint16)), "PNG"),
        "animated.png": saved(rgb, "PNG", save_all=True, append_images=frames),
        "rgb.jpg": saved(rgb, "JPEG", quality=95, subsampling=0),
        "progressive.jpg": saved(rgb, "JPEG", progressive=True),
        "grey.jpg": saved(grey, "JPEG"),
        "cmyk.jpg": saved(rgb.convert("CMYK"), "JPEG", quality=95),
        "two_pictures.jpg": saved(rgb, "MPO", save_all=True, append_images=[rgb.rotate(180)]),
        "really_a_jpeg.png": saved(rgb, "JPEG", quality=95, subsampling=0),
        "no_extension": saved(rgb, "PNG"),
        "lossy.webp": saved(rgb, "WEBP"),
        "lossless.webp": saved(rgb, "WEBP", lossless=True),
        "rgba.webp": saved(rgba, "WEBP", lossless=True),
        "animated.webp": saved(rgb, "WEBP", save_all=True, append_images=frames, lossless=True),
        "palette.gif": saved(palette, "GIF"),
        "transparent.gif": saved(palette, "GIF", transparency=0),
        "animated.gif": saved(palette, "GIF", save_all=True, append_images=frames),
        "rgb.bmp": saved(rgb, "BMP"),
        "rgba.bmp": saved(rgba, "BMP"),
        "palette.bmp": saved(palette, "BMP"),
        "rgb.tif": saved(rgb, "TIFF"),
        "rgba.tif": saved(rgba, "TIFF"),
        "cmyk.tif": saved(rgb.convert("CMYK"), "TIFF"),
        "ycbcr.tif": saved(rgb.convert("YCbCr"), "TIFF"),
        "lzw.tif": saved(rgb, "TIFF", compression="tiff_lzw"),
        "pages.tif": saved(rgb, "TIFF", save_all=True, append_images=frames),
        "grey_16_bit.tif": saved(Image.fromarray((wide * 65535).astype(np.uint16)), "TIFF"),
        "grey_32_bit.tif": saved(Image.fromarray((wide * 2_000_000_000).astype(np.int32)), "TIFF"),
        "grey_float.tif": saved(Image.fromarray(wide.astype(np.float32)), "TIFF"),
        "bad_exif.jpg": saved(rgb, "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff garbage"),
        **{f"turned_{i}.jpg": oriented("JPEG", i, quality=95, subsampling=0) for i in range(1, 9)},
    }
    return {name: PictureFile(data, True, (16, 24)) for name, data in files.items()} | {
        "one_pixel.png": PictureFile(saved(rgb.crop((0, 0, 1, 1)), "PNG"), True, (1, 1)),
        "one_pixel.gif": PictureFile(saved(palette.crop((0, 0, 1, 1)), "GIF"), True, (1, 1)),
        "thread.png": PictureFile(saved(rgb.resize((5000, 1)), "PNG"), True, (1, 5000)),
        "tower.jpg": PictureFile(saved(rgb.resize((2, 6000)), "JPEG"), True, (6000, 2)),
    }


def _refused() -> dict[str, bytes]:
    rgb = scene()
    whole = {
        "png": saved(rgb, "PNG"),
        "jpg": saved(rgb, "JPEG"),
        "webp": saved(rgb, "WEBP", lossless=True),
        "gif": saved(rgb.quantize(64), "GIF"),
        "bmp": saved(rgb, "BMP"),
        "tif": saved(rgb, "TIFF", compression="tiff_deflate"),
    }
    not_finite = np.ones((4, 4), np.float32)
    not_finite[1, 2] = np.nan
    return {
        "empty.png": b"",
        "text.png": b"This is no picture.\n" * 20,
        "page.html": b"<!doctype html><img src=x onerror=alert(1)>",
        "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>',
        "paper.pdf": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n",
        "archive.zip": b"PK\x03\x04" + bytes(60),
        "phone.heic": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(60),
        "portable.ppm": saved(rgb, "PPM"),
        "icon.ico": saved(rgb.resize((16, 16)), "ICO"),
        "zeros.bin": bytes(1000),
        **{f"signature_only.{kind}": data[:8] for kind, data in whole.items()},
        **{f"header_only.{kind}": data[:30] for kind, data in whole.items()},
        **{f"cut_in_half.{kind}": data[: len(data) // 2] for kind, data in whole.items()},
        "no_data.png": png(24, 16, 8, 2, b""),
        "no_width.png": png(0, 16, 8, 2, b""),
        "wrong_checksum.png": whole["png"].replace(b"IHDR", b"IHDR\x00", 1),
        "nan.tif": saved(Image.fromarray(not_finite), "TIFF"),
        "too_many_passes.jpg": _many_scans(saved(rgb, "JPEG", progressive=True), 200),
        **bombs(),
    }


def bombs() -> dict[str, bytes]:
    """Small files that claim, or really hold, more than 64 million pixels, or more than decoders may hold."""
    gif = bytearray(saved(scene().quantize(16), "GIF"))
    gif[6:10] = struct.pack("<HH", 65000, 65000)
    bmp = bytearray(saved(scene(), "BMP"))
    bmp[18:26] = struct.pack("<ii", 30000, 30000)
    return {
        "real_70_megapixels.png": png(10000, 7000, 1, 0, bytes(1251 * 7000)),
        "just_over.png": png(8001, 8000, 1, 0, bytes(1002 * 8000)),
        "pillow_is_silent_9000.png": png(9000, 9000, 8, 2, b""),
        "pillow_warns_10000.png": png(10000, 10000, 8, 2, b""),
        "pillow_raises_20000.png": png(20000, 20000, 8, 2, b""),
        "claims_everything.png": png(2**31 - 1, 2**31 - 1, 8, 2, b""),
        "claims_65000.gif": bytes(gif),
        "claims_30000.bmp": bytes(bmp),
        "huge_canvas.webp": _webp_canvas(13000),
        "large_canvas.webp": _webp_canvas(6000),
        "huge_tile.tif": _tiled_tiff(16, 8192),
        "four_full_channels.jpg": jpeg(8000, 8000, 0x11, 0x11, 0x11, 0x11),
    }


def jpeg(width: int, height: int, *sampling: int) -> bytes:
    """A JPEG's header, and nothing behind it; ``sampling`` of each channel, 0x22 for twice both ways."""
    head = struct.pack(">BHHB", 8, height, width, len(sampling))
    frame = head + b"".join(bytes((n, share, 0)) for n, share in enumerate(sampling))
    return b"\xff\xd8\xff\xc2" + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xda\x00\x02"


def _many_scans(progressive: bytes, times: int) -> bytes:
    """A progressive JPEG whose last scan is there so many times over."""
    start = progressive.rindex(b"\xff\xda")
    return progressive[:start] + progressive[start:-2] * times + b"\xff\xd9"


def _webp_canvas(side: int) -> bytes:
    """An animation of one small frame on a huge canvas."""

    def block(kind: bytes, content: bytes) -> bytes:
        return kind + struct.pack("<I", len(content)) + content + b"\x00" * (len(content) % 2)

    still = saved(scene(), "WEBP", lossless=True)[12:]
    three = [struct.pack("<I", n)[:3] for n in (side - 1, 24 - 1, 16 - 1)]
    content = block(b"VP8X", bytes([2, 0, 0, 0]) + three[0] * 2) + block(b"ANIM", bytes(6))
    content += block(b"ANMF", bytes(6) + three[1] + three[2] + bytes(4) + still)
    return block(b"RIFF", b"WEBP" + content)


def _tiled_tiff(side: int, tile: int) -> bytes:
    """A tiny grey TIFF that says it is cut from one huge tile."""
    tags = (
        (256, 4, side), (257, 4, side), (258, 3, 8), (259, 3, 8), (262, 3, 1), (277, 3, 1),
        (322, 4, tile), (323, 4, tile), (324, 4, 8), (325, 4, 16),
    )  # fmt: skip
    pixels = zlib.compress(bytes(256))[:16].ljust(16, b"\x00")
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\x00" + struct.pack("<I", 24) + pixels + struct.pack("<H", len(tags)) + entries + bytes(4)


@lru_cache(maxsize=1)
def corpus() -> dict[str, PictureFile]:
    """All files, taken and refused, by file name."""
    return _taken() | {name: PictureFile(data, ok=False) for name, data in _refused().items()}
