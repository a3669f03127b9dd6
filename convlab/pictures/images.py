"""Bytes to a checked, upright RGB picture; the small working picture; floats for a network; PNG."""

import io
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image, ImageFile, ImageOps, TiffImagePlugin, UnidentifiedImageError
from torch import Tensor

from convlab.errors import N_, UserError

MAX_PIXELS = 16_000_000
MAX_UPLOAD_MB = 20
MIN_SIZE_PX = 8
MAX_SIZE_PX = 256

# Named one by one, so that Pillow's readers for fonts, film, PostScript and the like are never tried.
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")

# A progressive JPEG has about 10 scans; each decodes the whole picture again, and costs a liar a few bytes.
_MAX_JPEG_SCANS = 100

LUMA = (0.299, 0.587, 0.114)  # ITU-R 601-2: the weights of R, G and B in a grey value
CIFAR10_MEAN = (0.4915, 0.4823, 0.4468)
CIFAR10_STD = (0.2470, 0.2435, 0.2616)


def load(data: bytes) -> Tensor:
    """A picture file as an upright RGB tensor, uint8 [3, H, W], whatever its format, mode or orientation.

    The format is found from the content (PNG, JPEG, WebP, GIF, BMP, TIFF), never from a name. Transparency is
    laid on white, an animation gives its first frame, EXIF rotation is applied, 16-bit grey goes from
    0..65535 to 0..255 and colour profiles are ignored. Raises UserError, and nothing else, for any other
    data, or more than ``MAX_UPLOAD_MB`` MB (of 1,000,000 bytes) or ``MAX_PIXELS`` pixels.
    """
    _check_length(data)
    try:
        return _decode(data)
    except UserError:
        raise
    except UnidentifiedImageError as error:
        message = N_(
            "This file is not a picture that ConvLab can read, or its beginning is damaged: "
            "please use a PNG, JPEG, WebP, GIF, BMP or TIFF file."
        )
        raise UserError(message) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except Exception as error:  # Pillow's readers raise nearly every built-in exception on damaged files
        message = N_("The picture is damaged or cut short: please save it again as PNG or JPEG and retry.")
        raise UserError(message) from error


def working(image: Tensor, size_px: int, grey: bool) -> Tensor:
    """The picture a lesson works on: the centred square of ``image``, resized, in colour or grey.

    A larger source is shrunk with Pillow's Hamming filter. It averages over all pixels (no
    aliasing), but has no negative lobes: Lanczos would draw faint halos along every edge, and an
    edge kernel would find those. A smaller source is enlarged with nearest neighbour, so that each
    of its pixels stays a crisp square.

    uint8 [3, H, W] becomes uint8 [3, size_px, size_px], or one channel of ITU-R 601-2 luma. Raises UserError
    where size_px is not 8..256.
    """
    check_size(size_px)
    _, height, width = image.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = to_pillow(image[:, top : top + side, left : left + side])
    how = Image.Resampling.HAMMING if side > size_px else Image.Resampling.NEAREST
    resized = square.resize((size_px, size_px), how)
    return to_tensor(resized.convert("L") if grey else resized)


def check_size(size_px: int) -> None:
    """Refuse a working size outside ``MIN_SIZE_PX``..``MAX_SIZE_PX`` with a UserError."""
    if not MIN_SIZE_PX <= size_px <= MAX_SIZE_PX:
        message = N_("The working size is {size} px: please choose {smallest} to {largest} px.")
        raise UserError(message, size=size_px, smallest=MIN_SIZE_PX, largest=MAX_SIZE_PX)


def to_float(pixels: Tensor) -> Tensor:
    """Pixels 0..255 (uint8, any shape) as float32 0..1: value / 255, as torchvision's ToTensor does."""
    return pixels.to(torch.float32) / 255


def normalise(x: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """(x - mean) / std, channel by channel: chapter 7.1.4 and torchvision.transforms.Normalize.

    x is float [..., C, H, W]; mean and std have C entries in its unit, each std is above 0; else UserError.
    """
    channels = x.shape[-3]
    if len(mean) != channels or len(std) != channels or min(std) <= 0:
        message = N_(
            "Normalising {channels} channels takes {channels} means and {channels} positive deviations."
        )
        raise UserError(message, channels=channels)
    return (x - x.new_tensor(mean)[:, None, None]) / x.new_tensor(std)[:, None, None]


def channel_statistics(channels: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """(mean, std) to normalise a picture with: the figures the chapter uses for birds and airplanes.

    They are the means and deviations of all of CIFAR-10 (chapter 7.1.4), on the scale 0..1. For one
    grey channel the mean is exact, as luma is a weighted sum. The deviation is the same weighted
    sum, which would be exact if the three colours always moved together; on the bird and airplane
    pictures it is 3% too large. Raises UserError unless ``channels`` is 1 or 3.
    """
    if channels == 3:
        return CIFAR10_MEAN, CIFAR10_STD
    if channels == 1:
        return (_luma(CIFAR10_MEAN),), (_luma(CIFAR10_STD),)
    raise UserError(N_("A picture has 1 or 3 channels, not {channels}."), channels=channels)


def to_png(pixels: Tensor) -> bytes:
    """A PNG file of uint8 [1, H, W] (grey) or [3, H, W] (RGB) pixels, lossless."""
    file = io.BytesIO()
    to_pillow(pixels).save(file, "PNG")
    return file.getvalue()


def _luma(rgb: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(LUMA, rgb, strict=True))


def _check_length(data: bytes) -> None:
    if not data:
        raise UserError(N_("The file is empty: please choose a picture file."))
    if len(data) > MAX_UPLOAD_MB * 1_000_000:
        message = N_("The file has {size:.0f} MB and the limit is {limit} MB: please choose a smaller one.")
        raise UserError(message, size=len(data) / 1_000_000, limit=MAX_UPLOAD_MB)


def _too_many_pixels() -> UserError:
    message = N_("The picture has more than {limit} million pixels: please shrink it first.")
    return UserError(message, limit=MAX_PIXELS // 1_000_000)


def _decode(data: bytes) -> Tensor:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:  # reads the header only
        width, height = picture.size
        if width * height > MAX_PIXELS or _largest_tile(picture) > MAX_PIXELS:
            raise _too_many_pixels()
        if picture.format in ("JPEG", "MPO") and data.count(b"\xff\xda") > _MAX_JPEG_SCANS:
            message = N_("The JPEG is coded in more than {limit} passes: please save it again as PNG.")
            raise UserError(message, limit=_MAX_JPEG_SCANS)
        picture.load()
        return to_tensor(_to_rgb(_upright(picture)))


def _largest_tile(picture: ImageFile.ImageFile) -> int:
    """Pixels of a TIFF's tile, which may be far larger than the picture it is cut down to."""
    if not isinstance(picture, TiffImagePlugin.TiffImageFile):
        return 0
    tags = picture.tag_v2
    return int(tags.get(TiffImagePlugin.TILEWIDTH, 0)) * int(tags.get(TiffImagePlugin.TILELENGTH, 0))


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # a damaged EXIF block says nothing about which side is up, and spoils no pixel
        return picture


def _to_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        return Image.fromarray(_to_8_bit(np.asarray(picture))).convert("RGB")
    if picture.has_transparency_data:
        rgba = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return picture.convert("RGB")


def _to_8_bit(values: np.ndarray) -> np.ndarray:
    """Grey values of more than 8 bits as uint8.

    16-bit values have a range, 0..65535. 32-bit integers and floats do not: they are taken to be
    0..1 (floats only), 0..255 or 0..65535, the first that holds them all, and are otherwise
    stretched from their own minimum to their own maximum.
    """
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise UserError(N_("The picture holds values that are not finite: please save it as 8-bit PNG."))
    ranges = {"u": (65535.0,), "i": (255.0, 65535.0), "f": (1.0, 255.0, 65535.0)}[values.dtype.kind]
    top = next((top for top in ranges if low >= 0 and high <= top), None)
    if top is not None:
        low, high = 0.0, top
    span = (high - low) or 1.0
    return np.rint((values.astype(np.float64) - low) / span * 255).astype(np.uint8)


def to_tensor(picture: Image.Image) -> Tensor:
    """A grey or RGB picture as uint8 [1 or 3, H, W]."""
    pixels = torch.from_numpy(np.array(picture))
    return pixels[None] if pixels.ndim == 2 else pixels.permute(2, 0, 1).contiguous()


def to_pillow(pixels: Tensor) -> Image.Image:
    """What ``to_tensor`` undoes."""
    plane = pixels[0] if pixels.shape[0] == 1 else pixels.permute(1, 2, 0)
    return Image.fromarray(plane.contiguous().numpy())
