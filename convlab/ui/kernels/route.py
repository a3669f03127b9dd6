"""PyTorch's answer to the lab in the browser: picture, kernel and settings in, feature map out."""

import math
from typing import Annotated, Literal, get_args

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


class Question(BaseModel):
    """What stands in front of the pixels.

    Attributes:
        shape: of the pixels, [C, H, W].
        stock: a photograph or drawing of the chooser, whose pixels are not sent; "" for any other picture.
        normalised: whether the chapter's mean and deviation are taken out first.
        kernel: [1 or C, kh, kw].
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    shape: tuple[Literal[1, 3], Side, Side]
    stock: Annotated[str, Field(max_length=60)] = ""
    normalised: bool
    kernel: list[list[list[float]]]
    settings: ConvSettings


def answer(message: bytes) -> bytes:
    """The feature map, float32, as ``pack`` packs it: header ``result_shape`` and ``stats``, blob ``result``.

    Raises UserError for anything else than a message, and for settings that do not fit.

    Args:
        message: uint32 length of the JSON text, the text (a ``Question``), uint8 pixels [C, H, W] or none.
    """
    try:
        text, sent = parts(message)
        question = Question.model_validate_json(text)
        kernel = torch.tensor(question.kernel, dtype=torch.float32)
        pixels = _pixels(question, sent)
    except (ValidationError, ValueError, TypeError) as error:
        raise UserError(N_("The page's request cannot be read: please reload the page.")) from error
    image = images.to_float(pixels)
    if question.normalised:
        image = images.normalise(image, *images.channel_statistics(question.shape[0]))
    output = conv2d.convolve(image, kernel, question.settings)
    return pack(summary(output), result=output.numpy().tobytes())


def _pixels(question: Question, sent: bytes) -> Tensor:
    channels, height, width = question.shape
    if question.stock:
        if sent or height != width or width not in get_args(Size) or not is_stock(question.stock):
            raise ValueError(question.stock)
        return stock_pixels(question.stock, width, channels == 1)
    if len(sent) != math.prod(question.shape):
        raise ValueError(len(sent))
    return torch.frombuffer(bytearray(sent), dtype=torch.uint8).reshape(question.shape)
