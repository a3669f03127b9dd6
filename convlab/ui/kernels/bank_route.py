"""PyTorch's answer to the bank of kernels in the browser: picture and parameters in, all feature maps out."""

import torch

from convlab.convolution import bank
from convlab.convolution.bank import Bank
from convlab.ui.components.shared import pack
from convlab.ui.kernels.route import Asked, asked, readable


class Question(Asked):
    """A layer's weight [N, C, 3, 3] and bias [N]."""

    weight: list[list[list[list[float]]]]
    bias: list[float]


def answer(message: bytes) -> bytes:
    """All maps, float32, as ``pack`` packs them: header ``result_shape``, blob ``result``.

    A message is what ``route.answer`` takes, with a ``Question`` of its own.
    """
    with readable():
        question, image = asked(Question, message)
        weight, bias = (torch.tensor(part, dtype=torch.float32) for part in (question.weight, question.bias))
    maps = bank.convolve(image, Bank(weight, bias), question.settings)
    return pack({"result_shape": list(maps.shape)}, result=maps)
