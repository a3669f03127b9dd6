"""What the numbers in a picture file mean: any mode that Pillow decodes to, as 8 bits of grey or RGB."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, TiffImagePlugin

from convlab.errors import N_, Sentence, UserError

_BAND_VALUES = 1 << 20  # so many at a time: the steps in between take more memory than the picture
_DARK = 4  # times as large could the largest value be
_SRGB = tuple("sRGB".encode(code) for code in ("ascii", "utf-16-be"))
_SRGB_GAMMA = 1 / 2.2

# Of a compressed TIFF that begins its numbers with the high byte, libtiff puts the bytes in order; these
# Pillow turns round once more. By bits and form, as ``_sample`` tells them.
_SWAPPED = {(16, 2): np.int16, (32, 2): np.int32, (32, 3): np.float32}

Values = npt.NDArray[np.generic]


def is_wide(picture: Image.Image) -> bool:
    """Whether the values are others than the 0..255 of a photograph: more bits, floats, or a sign."""
    return picture.mode in ("I", "F") or picture.mode.startswith("I;16") or _sample(picture) == (8, 2)


def to_grey(picture: Image.Image) -> tuple[Image.Image, list[Sentence], bool]:
    """A wide picture as 8-bit grey, its transparent value white; what is to be said of its range; whether
    that follows from the picture's own values, so that other pictures may have another.

    Whole numbers of 16 bits are taken to be 0..255, 0..4095 (12 bits, as cameras and scanners give them) or
    0..65535, the first that holds them all; of 32 bits 0..255 or 0..65535; floats 0..1, 0..255 or 0..65535.
    Where none does, they are stretched from their own minimum to their own maximum. UserError for values
    that are not finite.
    """
    clear, tags = picture.info.get("transparency"), _tags(picture)
    white_is_zero = tags is not None and tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == 0
    bits = (_sample(picture) or (16, 1))[0]
    kind, lowest, highest = _extremes(picture, clear)
    low, high, said = _range(kind, lowest, highest, bits)
    span = (high - low) or 1.0
    grey = np.empty((picture.height, picture.width), np.uint8)
    for top, band in _bands(picture):
        shares = (band.astype(np.float64) - low) / span
        shares = 1 - shares if white_is_zero else shares
        grey[top : top + len(band)] = np.rint(shares.clip(0, 1) * 255)
        if clear is not None:
            grey[top : top + len(band)][band == clear] = 255
    own = kind != "u" or bits > 16 or high < 2.0**bits - 1
    return Image.fromarray(grey), said, own


def to_rgb(picture: Image.Image) -> Image.Image:
    """A picture of up to 8 bits a channel as RGB, transparency laid on white."""
    if picture.has_transparency_data:
        rgba = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def remarks(picture: ImageFile.ImageFile) -> list[Sentence]:
    """What the file says of its colours and is not heeded."""
    info = picture.info
    profile, gamma = info.get("icc_profile"), info.get("gamma")
    if picture.mode == "CMYK":
        return [Sentence(N_("The colours are CMYK, for print: they are made RGB without a profile."))]
    if profile and not any(name in profile for name in _SRGB):
        return [Sentence(N_("The file's colour profile is not applied: its numbers are used as they are."))]
    if gamma and not profile and "srgb" not in info and abs(gamma - _SRGB_GAMMA) > 0.01:
        told = N_("The file's gamma of {gamma:g} is not applied: its numbers are used as they are.")
        return [Sentence(told, {"gamma": gamma})]
    return []


def depth(picture: ImageFile.ImageFile, data: bytes) -> int:
    """Bits of a channel in the file, where that is a PNG or a TIFF; else 8."""
    if picture.format == "PNG":
        return data[24]
    return (_sample(picture) or (8, 1))[0]


def mend_transparency(picture: ImageFile.ImageFile, bits: int) -> bool:
    """Bring a PNG's transparent colour to the scale of its pixels; Pillow leaves it on that of the file."""
    clear = picture.info.get("transparency")
    if picture.format != "PNG" or is_wide(picture) or picture.mode not in ("L", "RGB") or clear is None:
        return False
    if bits in (2, 4):
        picture.info["transparency"] = clear * 255 // (2**bits - 1)
    if bits == 16:
        picture.info["transparency"] = tuple(value >> 8 for value in clear)
    return bits != 8


def upper_bits(rgb: Image.Image) -> list[Sentence]:
    """What is said of 16 bits a channel, of which the upper 8 were taken: they may hold 12 bits only."""
    highest = max(high for _low, high in rgb.getextrema())  # type: ignore[misc]
    said = [Sentence(N_("Of the file's 16 bits a channel, the upper 8 are used."))]
    return said + ([_is_dark(highest, 255)] if 0 < highest * _DARK <= 255 else [])


def _is_dark(highest: float, top: float) -> Sentence:
    told = N_("The largest value is {highest} of {top}: the picture is as dark as the file says.")
    return Sentence(told, {"highest": int(highest), "top": int(top)})


def _tags(picture: Image.Image) -> TiffImagePlugin.ImageFileDirectory_v2 | None:
    return picture.tag_v2 if isinstance(picture, TiffImagePlugin.TiffImageFile) else None


def _sample(picture: Image.Image) -> tuple[int, int] | None:
    """Bits of a TIFF's value, and what they are: 1 a whole number, 2 one with a sign, 3 a float."""
    tags = _tags(picture)
    if tags is None:
        return None
    known = (TiffImagePlugin.BITSPERSAMPLE, TiffImagePlugin.SAMPLEFORMAT)
    bits, form = (max(tags.get(tag, (1,))) for tag in known)
    return bits, form


def _bands(picture: Image.Image) -> Iterator[tuple[int, Values]]:
    """The values [n, W] of some rows at a time, and where these begin."""
    rows = max(1, _BAND_VALUES // picture.width)
    for top in range(0, picture.height, rows):
        yield top, _values(picture, (0, top, picture.width, min(top + rows, picture.height)))


def _extremes(picture: Image.Image, clear: float | None) -> tuple[str, float, float]:
    """NumPy's letter for the kind of the values; the smallest and the largest but ``clear``, or NaN."""
    kind, ends = "", []
    for _top, band in _bands(picture):
        kind = band.dtype.kind
        seen = band if clear is None else band[band != clear]
        ends += [float(seen.min()), float(seen.max())] if seen.size else []
    return (kind, float(np.min(ends)), float(np.max(ends))) if ends else (kind, 0.0, 0.0)


def _values(picture: Image.Image, box: tuple[int, int, int, int]) -> Values:
    """Pillow knows neither 32 bits without a sign nor 8 bits with one."""
    values, tags, sample = np.asarray(picture.crop(box)), _tags(picture), _sample(picture)
    high_first = tags is not None and tags.prefix == b"MM" and picture.info["compression"] != "raw"
    if high_first and sample in _SWAPPED:
        values = values.astype(_SWAPPED[sample]).byteswap()
    unlike = {(32, 1): np.uint32, (8, 2): np.int8}.get(sample or (0, 0))
    return values if unlike is None else values.view(unlike)


def _range(kind: str, low: float, high: float, bits: int) -> tuple[float, float, list[Sentence]]:
    """The values that become black and white, and what is to be said of that."""
    if not np.isfinite([low, high]).all():
        raise UserError(N_("The picture holds values that are not finite: please save it as 8-bit PNG."))
    if kind == "u" and bits < 16:  # the file itself says how many
        return 0.0, 2.0**bits - 1, []
    if kind == "u" and bits == 16:
        top = 65535.0 if high == 0 else next(top for top in (255.0, 4095.0, 65535.0) if high <= top)
        if top < 65535:
            told = N_("No value of this 16-bit file is above {high}: 0 to {top} become black to white.")
            return 0.0, top, [Sentence(told, {"high": int(high), "top": int(top)})]
        return 0.0, top, [_is_dark(high, top)] if 0 < high * _DARK <= top else []
    tops = (1.0, 255.0, 65535.0) if kind == "f" else (255.0, 65535.0)
    found = next((top for top in tops if low >= 0 and high <= top), None)
    black, white = (low, high) if found is None else (0.0, found)
    told = N_("The file's values are {low} to {high}: {black} to {white} become black to white.")
    ends = {"low": low, "high": high, "black": black, "white": white}
    texts = {name: f"{end:.0f}" if end == int(end) else f"{end:.6g}" for name, end in ends.items()}
    return black, white, [Sentence(told, texts)]
