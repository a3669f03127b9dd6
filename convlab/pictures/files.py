"""Bytes to a checked, upright RGB picture, within bounds of memory, and what is to be said of it."""

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from PIL import Image, ImageFile, JpegImagePlugin, TiffImagePlugin, UnidentifiedImageError, features
from torch import Tensor

from convlab.errors import N_, Sentence, UserError
from convlab.pictures import kinds, modes, turns

T = TypeVar("T")

MAX_PIXELS = 16_000_000  # of a picture as it is used
MAX_FILE_PIXELS = 64_000_000  # of one that is made smaller on the way in
MAX_SIDE_PX = 1_000_000  # Pillow takes memory and time for each row, however short
MAX_UPLOAD_MB = 40  # a photograph of 50 megapixels has up to 35

# Named one by one, so that Pillow's readers for fonts, film, PostScript and the like are never tried.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", *(("AVIF",) if features.check("avif") else ()))
_TELLING = ("PNG", "JPEG", "GIF", "BMP")  # their size at once; of others the decoder is begun

# A progressive JPEG has about 10 scans; each decodes the whole picture again, and costs a liar a few bytes.
_MAX_JPEG_SCANS = 100  # of a picture of MAX_PIXELS

# What a decoder may hold; pictures are decoded one after the other, whoever brings them (see ``turns``).
_MAX_DECODED_BYTES = 400_000_000
_BYTES_A_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2}  # in Pillow; 4 in all other modes
_COPIES = {"WEBP": 4, "AVIF": 4}  # at most, with the decoder's own; Pillow turns a TIFF as soon as it is read
_BAND_ROWS = 240  # made smaller at a time

_ORIENTATION = 0x0112  # the EXIF tag
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, eq=False)
class Loaded:
    """A picture file as it is used.

    Attributes:
        pixels: uint8 [3, H, W], upright RGB.
        remarks: what was done to the file's own numbers, and what it asks for that is not done.
        plain: whether Pillow's ``convert("RGB")`` gives the same, once it is upright and laid on white.
        ranged: whether black and white follow from its own values, so that they are others elsewhere.
    """

    pixels: Tensor
    remarks: tuple[Sentence, ...]
    plain: bool
    ranged: bool


def read(data: bytes, patient: bool = False) -> Loaded:
    """A picture file as upright RGB, and what is to be said of it; ``patient``: see ``turns.turn``.

    The format is found from the content (``FORMATS``), never from a name. Transparency is laid on white, the
    first of several pictures is taken, EXIF rotation is applied, colour profiles and gamma are not. A picture
    of more than ``MAX_PIXELS`` pixels is made smaller: to the means of squares of 2 x 2 (3 x 3 ...) pixels, a
    JPEG to a half (a quarter) as its decoder does it. Of 16 bits a colour channel the upper 8 are taken; for
    grey of more than 8 bits see ``modes.to_grey``.

    Raises UserError, and nothing else, for any other data, for more than ``MAX_UPLOAD_MB`` MB (of 1,000,000
    bytes), for more than ``MAX_FILE_PIXELS`` pixels, or fewer where a decoder would take too much memory, for
    more than ``turns.SECONDS``, and where other pictures take too long before it is this one's turn.
    """
    return made(data, lambda loaded: loaded, patient)


def made(data: bytes, make: Callable[[Loaded], T], patient: bool = False) -> T:
    """What ``make`` makes of a picture while it has the turn, for what takes memory too; see ``read``."""
    if not data:
        raise UserError(N_("The file is empty: please choose a picture file."))
    if len(data) > MAX_UPLOAD_MB * 1_000_000:
        message = N_("The file has {size} MB and the limit is {limit} MB: please choose a smaller one.")
        raise UserError(message, size=-(-len(data) // 1_000_000), limit=MAX_UPLOAD_MB)
    with turns.turn(patient) as seconds:
        found = _read(data, seconds)
        if isinstance(found, Exception):
            raise found
        return make(found)


def told_pixels(head: bytes) -> int:
    """How many pixels a picture has that begins so, by its header; 0 for what is none, or does not tell."""
    try:
        with Image.open(io.BytesIO(head), formats=_TELLING) as picture:
            return picture.width * picture.height
    except Exception:  # as above
        return 0


def _read(data: bytes, seconds: float) -> Loaded | UserError | turns.TooSlow:
    """The picture, or what is to be raised, made anew: what was raised holds on to all that was decoded."""
    try:
        return _loaded(data, time.thread_time() + seconds)
    except turns.TooSlow:
        return turns.TooSlow()
    except UserError as error:
        return UserError(error.sentence.template, **error.sentence.values)
    except UnidentifiedImageError:
        message = N_(
            "This file is not a picture that ConvLab can read, or its beginning is damaged: "
            "please use a PNG, JPEG, WebP, GIF, BMP or TIFF file."
        )
        return kinds.refusal(data) or kinds.unread_tiff(data) or UserError(message)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return _too_many_pixels()
    except Exception:  # Pillow's readers raise nearly every built-in exception on damaged files
        message = N_("The picture is damaged or cut short: please save it again as PNG or JPEG and retry.")
        return UserError(message)


def _too_many_pixels() -> UserError:
    message = N_("The picture has more than {limit} million pixels: please shrink it first.")
    return UserError(message, limit=MAX_FILE_PIXELS // 1_000_000)


def _loaded(data: bytes, end: float) -> Loaded:
    file = turns.Timed(data, end)
    kinds.check_parts(file)
    upright, said, plain, ranged = _decoded(data, file)  # what the decoder held is free again
    pixels = torch.from_numpy(np.array(upright)).permute(2, 0, 1).contiguous()
    return Loaded(pixels, (*said, *_first_of_several(file)), plain, ranged)


def _decoded(data: bytes, file: turns.Timed) -> tuple[Image.Image, list[Sentence], bool, bool]:
    """Upright and RGB, and the rest of ``Loaded``. The picture is decoded here, and nowhere else."""
    with Image.open(file, formats=FORMATS) as picture:  # reads the header only
        if isinstance(picture, TiffImagePlugin.TiffImageFile):
            kinds.check_tiff(picture)
        kinds.check_mode(picture.mode)
        _check_size(picture, picture.width * picture.height, data)
        size, factor = picture.size, _factor(picture)
        if factor > 1 and _is_jpeg(picture):
            picture.draft(None, (picture.width // factor, picture.height // factor))
        left = factor if picture.size == size else 1  # what the decoder does not do
        _load(picture)
        said, depth = modes.remarks(picture), modes.depth(picture, data)
        wide = modes.is_wide(picture)
        mended = modes.mend_transparency(picture, depth)
        grey, of_range, ranged = modes.to_grey(picture) if wide else (picture, [], False)
        rgb = _shrunk(grey, left)
        turn, readable = _orientation(picture)
    if not wide and depth == 16:
        of_range = modes.upper_bits(rgb)
    upright = rgb.transpose(_TURNS[turn]) if turn in _TURNS else rgb
    plain = factor == 1 and readable and not wide and not mended
    return upright, [*_reduced(size, rgb.size, factor, turn), *of_range, *said], plain, ranged


def _load(picture: ImageFile.ImageFile) -> None:
    """Decode. The decoders of WebP and AVIF hold the picture too; they go before Pillow makes its copy."""
    if hasattr(picture, "_decoder"):
        prepare = picture.load_prepare

        def alone() -> None:
            picture._decoder = None
            prepare()

        picture.load_prepare = alone  # type: ignore[method-assign]
    try:
        picture.load()
    finally:
        vars(picture).pop("load_prepare", None)  # which holds the picture


def _check_size(picture: ImageFile.ImageFile, pixels: int, data: bytes) -> None:
    """Refuse what would take more memory or time than a picture may."""
    tags = picture.tag_v2 if isinstance(picture, TiffImagePlugin.TiffImageFile) else {}
    # A TIFF's tile may be far larger than the picture it is cut down to.
    tile = int(tags.get(TiffImagePlugin.TILEWIDTH, 0)) * int(tags.get(TiffImagePlugin.TILELENGTH, 0))
    if pixels > MAX_FILE_PIXELS or tile > MAX_PIXELS:
        raise _too_many_pixels()
    if max(picture.size) > MAX_SIDE_PX:
        message = N_("A side of the picture has {side:,} pixels and the limit is {limit:,}: please cut it.")
        raise UserError(message, side=max(picture.size), limit=MAX_SIDE_PX)
    if (needed := _decoded_bytes(picture, pixels)) > _MAX_DECODED_BYTES:
        message = N_(
            "The picture has {count} million pixels, and this kind of {format} may have {limit} million: "
            "please shrink it first."
        )
        limit = pixels * _MAX_DECODED_BYTES // needed // 1_000_000
        raise UserError(message, count=-(-pixels // 1_000_000), limit=limit, format=picture.format)
    turns.expect(needed)
    scans = _MAX_JPEG_SCANS * MAX_PIXELS // max(pixels, MAX_PIXELS)
    if _is_jpeg(picture) and data.count(b"\xff\xda") > scans:
        message = N_("The JPEG is coded in more than {limit} passes: please save it again as PNG.")
        raise UserError(message, limit=scans)


def _is_jpeg(picture: ImageFile.ImageFile) -> bool:
    return picture.format in ("JPEG", "MPO")


def _decoded_bytes(picture: ImageFile.ImageFile, pixels: int) -> int:
    """What the decoder holds: the whole picture; of a JPEG, which is decoded smaller, its coefficients."""
    if isinstance(picture, JpegImagePlugin.JpegImageFile):
        parts = [across * down for _id, across, down, _table in picture.layer]
        return 2 * pixels * sum(parts) // max(parts) if pixels > MAX_PIXELS else 0
    turned = isinstance(picture, TiffImagePlugin.TiffImageFile) and picture.tag_v2.get(_ORIENTATION, 1) != 1
    copies = 2 if turned else _COPIES.get(picture.format or "", 1)
    return pixels * _BYTES_A_PIXEL.get(picture.mode, 4) * copies


def _factor(picture: ImageFile.ImageFile) -> int:
    """By how much the sides are divided, for ``MAX_PIXELS`` to be left; a JPEG's decoder knows 1, 2, 4, 8."""
    factor = 1
    while -(-picture.width // factor) * -(-picture.height // factor) > MAX_PIXELS:
        factor = factor * 2 if _is_jpeg(picture) else factor + 1
    return factor


def _shrunk(picture: Image.Image, factor: int) -> Image.Image:
    """As RGB, a mean of each square of ``factor`` pixels; band by band: the picture as RGB may not fit."""
    width, height = picture.size
    if factor == 1 and (height <= _BAND_ROWS or not picture.has_transparency_data):
        return modes.to_rgb(picture)
    small = Image.new("RGB", (-(-width // factor), -(-height // factor)))
    rows = _BAND_ROWS * factor
    for n, top in enumerate(range(0, height, rows)):
        band = modes.to_rgb(picture.crop((0, top, width, min(top + rows, height))))
        small.paste(band.reduce(factor), (0, n * _BAND_ROWS))
    return small


def _orientation(picture: Image.Image) -> tuple[int, bool]:
    """The EXIF tag, and whether it could be read; Pillow has turned a TIFF already, and taken the tag out."""
    try:
        return int(picture.getexif().get(_ORIENTATION, 1)), True
    except Exception:  # a damaged EXIF block says nothing about which side is up, and spoils no pixel
        return 1, False


def _reduced(size: tuple[int, int], small: tuple[int, int], factor: int, turn: int) -> list[Sentence]:
    if factor == 1:
        return []
    told = N_("The picture has {size} pixels: it was made smaller, {small}, a pixel of each {n} × {n}.")
    form = "{1:,} × {0:,}" if turn in (5, 6, 7, 8) else "{0:,} × {1:,}"
    return [Sentence(told, {"size": form.format(*size), "small": form.format(*small), "n": factor})]


def _first_of_several(file: turns.Timed) -> list[Sentence]:
    """A word where the file holds more pictures; opened anew, as looking for a second one moves on to it."""
    try:
        with Image.open(file, formats=FORMATS) as picture:
            several = getattr(picture, "is_animated", False)
    except Exception:  # the first picture is well: what follows it is not asked for
        several = False
    return [Sentence(N_("The file holds several pictures: the first one is used."))] if several else []
