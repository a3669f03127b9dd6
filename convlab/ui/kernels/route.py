"""PyTorch's answer to the lab in the browser: picture, kernel and settings in, feature map out."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal, TypeVar, get_args

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch import Tensor

from convlab.convolution import conv2d
from convlab.convolution.conv2d import ConvSettings
from convlab.errors import N_, UserError
from convlab.pictures import images
from convlab.ui.components.kernel_lab import summary
from convlab.ui.components.shared import pack, parts
from convlab.ui.picture import Size, is_stock, stock_pixels

Side = Annotated[int, Field(ge=1, le=images.MAX_SIZE_PX)]


class Asked(BaseModel):
    """What stands in front of the pixels, whatever kernels are laid over them.

    Attributes:
        shape: of the pixels, [C, H, W].
        stock: a photograph or drawing of the chooser, whose pixels are not sent; "" for any other picture.
        normalised: whether the chapter's mean and deviation are taken out first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    shape: tuple[Literal[1, 3], Side, Side]
    stock: Annotated[str, Field(max_length=60)] = ""
    normalised: bool
    settings: ConvSettings

    def image(self, sent: bytes) -> Tensor:
        """Float32 [C, H, W], from the bytes behind the text; ValueError where they are not as many."""
        image = images.to_float(self._pixels(sent))
        return images.normalise(image, *images.channel_statistics(len(image))) if self.normalised else image

    def _pixels(self, sent: bytes) -> Tensor:
        channels, height, width = self.shape
        if self.stock:
            if sent or height != width or width not in get_args(Size) or not is_stock(self.stock):
                raise ValueError(self.stock)
            return stock_pixels(self.stock, width, channels == 1)
        if len(sent) != math.prod(self.shape):
            raise ValueError(len(sent))
        return torch.frombuffer(bytearray(sent), dtype=torch.uint8).reshape(self.shape)


class Question(Asked):
    """One kernel, [1 or C, kh, kw]."""

    kernel: list[list[list[float]]]


Q = TypeVar("Q", bound=Asked)


def answer(message: bytes) -> bytes:
    """The feature map, float32, as ``pack`` packs it: header ``result_shape`` and ``stats``, blob ``result``.

    A message is the uint32 length of the JSON text, the text (a ``Question``), uint8 pixels [C, H, W] or
    none. Raises UserError for anything else, and for settings that do not fit.
    """
    with readable():
        question, image = asked(Question, message)
        kernel = torch.tensor(question.kernel, dtype=torch.float32)
    output = conv2d.convolve(image, kernel, question.settings)
    return pack(summary(output), result=output.numpy().tobytes())


@contextmanager
def readable() -> Iterator[None]:
    """One sentence for whatever is no question."""
    try:
        yield
    except (ValidationError, ValueError, TypeError) as error:
        raise UserError(N_("The page's request cannot be read: please reload the page.")) from error


def asked(kind: type[Q], message: bytes) -> tuple[Q, Tensor]:
    """The question, and its picture as float32 [C, H, W]; ValueError or pydantic's for what is none."""
    text, sent = parts(message)
    question = kind.model_validate_json(text)
    return question, question.image(sent)
