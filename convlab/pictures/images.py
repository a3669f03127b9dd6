"""The pixels of a picture; the small working picture; floats for a network; PNG."""

import io
from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from convlab.errors import N_, UserError
from convlab.pictures.files import MAX_PIXELS as MAX_PIXELS
from convlab.pictures.files import MAX_UPLOAD_MB as MAX_UPLOAD_MB
from convlab.pictures.files import read

MIN_SIZE_PX = 8
MAX_SIZE_PX = 256

LUMA = (0.299, 0.587, 0.114)  # ITU-R 601-2: the weights of R, G and B in a grey value
CIFAR10_MEAN = (0.4915, 0.4823, 0.4468)
CIFAR10_STD = (0.2470, 0.2435, 0.2616)


def load(data: bytes) -> Tensor:
    """A picture file as an upright RGB tensor, uint8 [3, H, W], whatever its format, mode or orientation.

    What it takes and how is said in ``files.read``, which also tells what was done to the file's numbers.
    Raises UserError, and nothing else, for any other data.
    """
    return read(data).pixels


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
    square = image[:, top : top + side, left : left + side]
    how = Image.Resampling.HAMMING if side > size_px else Image.Resampling.NEAREST
    # One colour after the other gives the same, in a fifth of the memory.
    colours = [Image.fromarray(plane.numpy()).resize((size_px, size_px), how) for plane in square]
    resized = Image.merge("RGB", colours)
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
    told = N_("Normalising {channels} channels takes {channels} means and {channels} positive deviations.")
    if len(mean) != channels or len(std) != channels or min(std) <= 0:
        raise UserError(told, channels=channels)
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


def to_tensor(picture: Image.Image) -> Tensor:
    """A grey or RGB picture as uint8 [1 or 3, H, W]."""
    pixels = torch.from_numpy(np.array(picture))
    return pixels[None] if pixels.ndim == 2 else pixels.permute(2, 0, 1).contiguous()


def to_pillow(pixels: Tensor) -> Image.Image:
    """What ``to_tensor`` undoes."""
    plane = pixels[0] if pixels.shape[0] == 1 else pixels.permute(1, 2, 0)
    return Image.fromarray(plane.contiguous().numpy())
