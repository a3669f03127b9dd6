"""convlab.pictures.modes: whatever a file's numbers are, the picture shows them as documented."""

import io
import struct
from typing import Any, Literal

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import ImageCms
from torch import Tensor

from convlab.errors import UserError
from convlab.pictures import files
from tests.corpus import chunk, png, saved, scene

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9)
FINITE = {"allow_nan": False, "allow_infinity": False}


def tiff(values: np.ndarray, **options: Any) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, values, metadata=None, **options)
    return file.getvalue()


def grey_png(values: np.ndarray, depth: int, clear: int | None = None, gamma: float = 0) -> bytes:
    """A grey PNG of 1, 2, 4, 8 or 16 bits, written from the format's own description."""
    height, width = values.shape
    if depth == 16:
        rows = values.astype(">u2").view(np.uint8)
    else:
        bits = np.unpackbits(values.astype(np.uint8)[..., None], axis=2)[..., 8 - depth :]
        rows = np.packbits(bits.reshape(height, -1), axis=1)
    extra = chunk(b"gAMA", struct.pack(">I", round(gamma * 100_000))) if gamma else b""
    extra += b"" if clear is None else chunk(b"tRNS", struct.pack(">H", clear))
    return png(width, height, depth, 0, b"".join(b"\0" + row.tobytes() for row in rows), extra)


def grey(loaded: files.Loaded) -> list[list[int]]:
    assert (loaded.pixels == loaded.pixels[:1]).all()
    found: list[list[int]] = loaded.pixels[0].tolist()
    return found


def scaled(values: np.ndarray, low: float, high: float) -> list[list[int]]:
    shares = (values.astype(np.float64) - low) / ((high - low) or 1)
    found: list[list[int]] = np.rint(255 * shares).astype(int).tolist()
    return found


def said(loaded: files.Loaded) -> str:
    return " ".join(map(str, loaded.remarks))


@given(st.data())
@settings(max_examples=150)
def test_grey_of_any_depth_from_png(data: st.DataObject) -> None:
    depth = data.draw(st.sampled_from([1, 2, 4, 8, 16]))
    values = data.draw(hnp.arrays(np.uint16, SHAPES, elements=st.integers(0, 2**depth - 1)))
    clear = data.draw(st.none() | st.sampled_from(values.flatten().tolist()))
    loaded = files.read(grey_png(values, depth, clear))
    seen = values[values != clear]
    highest = int(seen.max()) if seen.size else 0
    top = 2**depth - 1
    if depth == 16 and highest:
        top = next(top for top in (255, 4095, 65535) if highest <= top)
    expected = np.array(scaled(values, 0, top)).clip(0, 255)
    expected[values == clear] = 255
    assert grey(loaded) == expected.tolist()
    assert ("become black to white" in said(loaded)) == (depth == 16 and top < 65535)
    assert ("as dark as the file says" in said(loaded)) == (
        top == 65535 and 4 * highest <= top and highest > 0
    )


@given(st.data())
@settings(max_examples=150)
def test_whole_numbers_from_tiff(data: st.DataObject) -> None:
    kind = np.dtype(data.draw(st.sampled_from(["u1", "i1", "<u2", ">u2", "<i2", ">i2", "<u4", "<i4", ">i4"])))
    values = data.draw(hnp.arrays(kind.newbyteorder("="), SHAPES))
    white_is_zero = kind.str in ("|u1", "<u2") and data.draw(st.booleans())
    options: dict[str, Any] = {"photometric": "miniswhite" if white_is_zero else "minisblack"}
    options["compression"] = data.draw(st.sampled_from([None, "zlib"]))
    loaded = files.read(tiff(values, byteorder=">" if kind.byteorder == ">" else "<", **options))
    low, high = int(values.min()), int(values.max())
    tops = {"u1": (255,), "u2": (255, 4095, 65535)}.get(kind.str[1:], (255, 65535))
    top = next((top for top in tops if low >= 0 and high <= top), None)
    low, high = (low, high) if top is None else (0, 65535 if kind.str[1:] == "u2" and high == 0 else top)
    expected = scaled(values, low, high)
    if white_is_zero:
        expected = (255 - np.array(scaled(values, low, high))).tolist()
    off = np.abs(np.array(grey(loaded)) - expected)
    assert off.max() <= (1 if white_is_zero else 0)  # a half is rounded to the even side, from either end
    assert bool(said(loaded)) == (
        kind.str[1:] not in ("u1", "u2") or "black" in said(loaded) or "dark" in said(loaded)
    )


@given(st.data())
@settings(max_examples=100)
def test_floats_from_tiff(data: st.DataObject) -> None:
    finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
    values = data.draw(hnp.arrays(np.float32, SHAPES, elements=finite))
    white_is_zero = data.draw(st.booleans())
    options: dict[str, Any] = {"photometric": "miniswhite" if white_is_zero else "minisblack"}
    options["compression"] = data.draw(st.sampled_from([None, "zlib"]))
    loaded = files.read(tiff(values, byteorder=data.draw(st.sampled_from("<>")), **options))
    low, high = float(values.min()), float(values.max())
    top = next((top for top in (1.0, 255.0, 65535.0) if low >= 0 and high <= top), None)
    low, high = (low, high) if top is None else (0.0, top)
    shares = (values.astype(np.float64) - low) / ((high - low) or 1)
    expected = np.rint(255 * (1 - shares if white_is_zero else shares)).astype(int)
    assert grey(loaded) == expected.tolist()
    assert "become black to white" in said(loaded)


def test_values_that_are_not_finite_are_refused() -> None:
    for odd in (np.nan, np.inf, -np.inf):
        with pytest.raises(UserError, match="not finite"):
            files.read(tiff(np.array([[0, odd, 1]], np.float32)))


def test_the_range_of_floats_is_said() -> None:
    loaded = files.read(tiff(np.array([[-0.25, 1.5]], np.float32)))
    assert said(loaded) == "The file's values are -0.25 to 1.5: -0.25 to 1.5 become black to white."
    loaded = files.read(tiff(np.array([[3, 2_000_000_000]], np.uint32)))
    assert said(loaded) == "The file's values are 3 to 2000000000: 3 to 2000000000 become black to white."


def test_whether_black_and_white_are_a_pictures_own() -> None:
    full, twelve = np.array([[65535, 0]], np.uint16), np.array([[4095, 0]], np.uint16)
    for values, ranged in (
        (full, False),
        (full // 9, False),
        (twelve, True),
        (twelve.astype(np.float32), True),
    ):
        assert files.read(tiff(values)).ranged == ranged
    assert not files.read(tiff(np.array([[1, 2]], np.uint8))).ranged
    assert files.read(tiff(np.array([[-1, 2]], np.int8))).ranged


def test_twelve_bits_in_sixteen_are_made_visible_and_said() -> None:
    ramp = np.arange(0, 4096, 273, dtype=np.uint16)[None]
    for data in (grey_png(ramp, 16), tiff(ramp), tiff(ramp, byteorder=">")):
        loaded = files.read(data)
        assert grey(loaded) == [list(range(0, 256, 17))]
        assert said(loaded) == "No value of this 16-bit file is above 4095: 0 to 4095 become black to white."


def test_a_tiff_of_twelve_bits_needs_no_words() -> None:
    packed = bytes([0x00, 0x08, 0x00, 0xFF, 0xF0])  # 0x000, 0x800, 0xfff
    tags = [
        (256, 3),
        (257, 1),
        (258, 12),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, 1),
        (279, len(packed)),
    ]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    data = (
        b"II*\0"
        + struct.pack("<I", 16)
        + packed.ljust(8, b"\0")
        + struct.pack("<H", len(tags))
        + entries
        + bytes(4)
    )
    loaded = files.read(data)
    assert (grey(loaded), said(loaded)) == ([[0, 128, 255]], "")


@pytest.mark.parametrize("channels", [2, 3, 4])
@given(st.data())
@settings(max_examples=40)
def test_sixteen_bits_a_channel_give_their_upper_eight(channels: int, data: st.DataObject) -> None:
    height, width = data.draw(SHAPES)
    colours = 1 if channels == 2 else 3
    values = data.draw(hnp.arrays(np.uint16, (height, width, channels)))
    if channels != 3:
        values[..., -1] = 65535  # opaque
    rows = b"".join(b"\0" + row.tobytes() for row in values.astype(">u2"))
    made = [png(width, height, 16, {2: 4, 3: 2, 4: 6}[channels], rows)]
    if channels > 2:
        made += [
            tiff(values, photometric="rgb", byteorder=order, extrasamples=["unassalpha"] * (channels - 3))
            for order in "<>"
        ]
    for file in made:
        loaded = files.read(file)
        upper = np.broadcast_to(values[..., :colours] >> 8, (height, width, 3))
        assert loaded.pixels.permute(1, 2, 0).tolist() == upper.tolist()
        assert "upper 8" in said(loaded)
        assert ("as dark as the file says" in said(loaded)) == (0 < 4 * int(upper.max()) <= 255)


def test_a_transparent_colour_of_sixteen_bits_becomes_white() -> None:
    pixels = np.array([[[0x1234, 0x0000, 0xFFFF], [0x8000, 0x8000, 0x8000]]], ">u2")
    clear = chunk(b"tRNS", struct.pack(">HHH", 0x1234, 0, 0xFFFF))
    loaded = files.read(png(2, 1, 16, 2, b"\0" + pixels.tobytes(), clear))
    assert loaded.pixels[:, 0].T.tolist() == [[255, 255, 255], [128, 128, 128]]


def profile(name: Literal["LAB", "sRGB"]) -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile(name)).tobytes()


def test_a_colour_profile_is_named_and_not_applied() -> None:
    plain = files.read(saved(scene(), "PNG")).pixels
    for kind in ("PNG", "TIFF"):
        for icc, words in (
            (profile("sRGB"), ""),
            (profile("LAB"), "The file's colour profile is not applied"),
        ):
            loaded = files.read(saved(scene(), kind, icc_profile=icc))
            assert same(loaded.pixels, plain)
            assert said(loaded).startswith(words)
            assert bool(said(loaded)) == bool(words)


def same(one: Tensor, other: Tensor) -> bool:
    return bool((one == other).all())


def test_gamma_is_named_and_not_applied() -> None:
    values = np.arange(16).reshape(4, 4)
    for gamma, told in ((1.0, "gamma of 1 is not applied"), (0.45455, ""), (0, "")):
        loaded = files.read(grey_png(values, 8, gamma=gamma))
        assert grey(loaded) == values.tolist()
        assert told in said(loaded)
        assert bool(said(loaded)) == bool(told)


def test_colours_for_print_are_named() -> None:
    assert "CMYK" in said(files.read(saved(scene().convert("CMYK"), "TIFF")))
    assert "CMYK" in said(files.read(saved(scene().convert("CMYK"), "JPEG")))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "YCbCr", "CMYK"])
def test_eight_bits_of_any_mode_are_what_pillow_makes_of_them(mode: str) -> None:
    picture = scene().convert("P" if mode == "PA" else mode)
    if mode == "PA":
        picture = picture.convert("PA")
    kind = "TIFF" if mode in ("RGBX", "YCbCr", "CMYK", "PA") else "PNG"
    loaded = files.read(saved(picture, kind))
    expected = np.array(picture.convert("RGB"))
    assert loaded.pixels.permute(1, 2, 0).tolist() == expected.tolist()
    assert loaded.plain
