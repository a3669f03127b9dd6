"""The batch of train() mode: the open picture together with others, drawn anew for each number."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import torch
from torch import Tensor

from convlab.datasets import exams
from convlab.errors import UserError
from convlab.networks.designs import INPUT_SHAPE
from convlab.pictures import images
from convlab.pictures.photographs import PHOTOGRAPHS
from convlab.ui import own_data
from convlab.ui.networks import Model
from convlab.ui.picture import Picture, stock_pixels

OTHERS = 7
_MOST_VALUES = 2**24  # that layers put out for the whole batch


@dataclass(frozen=True, eq=False)
class Beside:
    """Pictures beside the open one, uint8 [N, C, H, W], and as they enter the network.

    Attributes:
        own: they are the network's own validation pictures, else ConvLab's photographs.
        code: lines that define ``others``, from which they were drawn; ``images`` is imported there.
    """

    pixels: Tensor
    values: Tensor
    own: bool
    code: str


def beside(model: Model, chosen: str, picture: Picture, draw: int, values_each: int) -> Beside:
    """Others for a batch, drawn with the seed ``draw`` from the network's own data where they are here.

    ``chosen`` names the open picture. ``values_each``: what all layers put out for one picture; of a large
    network fewer pictures are taken, one at the least.
    """
    key, pixels = _own(model, picture)
    if pixels is None:
        keys = [one for one in PHOTOGRAPHS if chosen != f"photo:{one}"]
        pixels, code = photographs(picture, keys), photographs_code(picture, keys)
    else:
        code = _own_code(key)
    count = max(1, min(OTHERS, _MOST_VALUES // values_each - 1))
    order = torch.randperm(len(pixels), generator=torch.Generator().manual_seed(draw))
    pixels = pixels[order[:count]]
    return Beside(pixels, entering(pixels, picture), bool(key), code)


def photographs(picture: Picture, keys: Iterable[str] = PHOTOGRAPHS) -> Tensor:
    """Some of ConvLab's photographs in the size and colours of a picture, uint8 [N, C, H, W]."""
    channels, side, _width = picture.pixels.shape
    return torch.stack([stock_pixels(f"photo:{key}", side, channels == 1) for key in keys])


def entering(pixels: Tensor, picture: Picture) -> Tensor:
    """Pictures, uint8 [..., C, H, W], as they enter the network: as the open one does."""
    return normalised(images.to_float(pixels), picture)


def normalised(values: Tensor, picture: Picture) -> Tensor:
    """Floats 0..1, [..., C, H, W], as the open picture is normalised."""
    return images.normalise(values, picture.mean, picture.std) if picture.normalised else values


def _own_code(key: str) -> str:
    return f"from convlab.datasets import exams\nothers = exams.get({key!r}).val.images"


def photographs_code(picture: Picture, keys: list[str]) -> str:
    """Lines that define ``others``, some of ConvLab's photographs as ``photographs`` gives them."""
    channels, side, _width = picture.pixels.shape
    made = f"images.working(photographs.photograph(key), size_px={side}, grey={channels == 1})"
    lines = "from convlab.pictures import photographs", f"keys = {keys!r}"
    return "\n".join([*lines, f"others = torch.stack([{made} for key in keys])"])


def _own(model: Model, picture: Picture) -> tuple[str, Tensor | None]:
    """Key and validation pictures of the network's data; ("", None) where none that fit are here."""
    if tuple(picture.pixels.shape) == INPUT_SHAPE:
        with suppress(UserError):  # deleted meanwhile
            if home := own_data.find(model):
                return home.key, exams.get(home.key).val.images
    return "", None
