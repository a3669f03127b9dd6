"""PyTorch's answers about a bank of kernels: bit for bit the page's own; a sentence for any other message."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from torch import Tensor

from convlab.convolution import bank
from convlab.convolution.bank import Bank
from convlab.convolution.conv2d import ConvSettings
from convlab.errors import UserError
from convlab.ui.kernels.bank_route import answer
from convlab.ui.picture import stock_pixels
from convlab.ui.server import ANSWERERS
from tests.ui.driver import unpack
from tests.ui.kernels import questions
from tests.ui.kernels.questions import as_asked, assert_a_map_or_a_sentence, spoilt

PIXELS = stock_pixels("photo:cat", 32, False)


def question(
    pixels: Tensor, made: Bank, settings: ConvSettings | None = None, changed: dict[str, object] | None = None
) -> bytes:
    asked = {"weight": made.weight.tolist(), "bias": made.bias.tolist()}
    return questions.question(pixels, asked, settings, changed)


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_answer_is_what_the_page_computes(normalised: bool, channels: int) -> None:
    pixels, made = PIXELS[:channels], bank.as_pytorch(16, channels, 2)
    settings = ConvSettings(padding=1, padding_mode="reflect", stride=2, activation="tanh", flip=True)
    header, blobs = unpack(answer(question(pixels, made, settings, {"normalised": normalised})))
    expected = bank.convolve(as_asked(pixels, normalised), made, settings)
    found = torch.frombuffer(bytearray(blobs["result"]), dtype=torch.float32)
    assert header["result_shape"] == [16, 16, 16]
    assert torch.equal(found.reshape(header["result_shape"]), expected)


def test_a_picture_of_the_chooser_is_known_by_name() -> None:
    made = bank.as_pytorch(16, 3, 0)
    named = question(PIXELS, made, changed={"stock": "photo:cat"})[: -PIXELS.numel()]
    assert answer(named) == answer(question(PIXELS, made))


def test_the_longest_question_fits_the_route() -> None:
    drawn = bank.as_pytorch(16, 3, 1)
    longest = Bank(-drawn.weight.abs() * 1e-37, -drawn.bias.abs() * 1e-37)
    assert len(question(PIXELS, longest)) < ANSWERERS["bank"][1]


GOOD = ConvSettings().model_dump()
FILTER = [[[0.0] * 3] * 3] * 3
BAD: list[dict[str, object]] = [
    {"shape": [2, 32, 32]},
    {"shape": [3, 32, 33]},
    {"shape": [1, 32, 32]},
    {"weight": []},
    {"weight": [[[[]]]]},
    {"weight": [FILTER] * 17, "bias": [0] * 17},
    {"weight": [FILTER, FILTER[:1]], "bias": [0, 0]},
    {"weight": [FILTER], "bias": [0, 0]},
    {"weight": [FILTER], "bias": [1e39]},
    {"weight": [FILTER], "bias": [1001]},
    {"weight": [FILTER], "bias": ["cat"]},
    {"weight": [[[[0.0] * 5] * 5] * 3], "bias": [0]},
    {"weight": [[[[float("nan")] * 3] * 3] * 3], "bias": [0]},
    {"settings": {**GOOD, "stride": 0}},
    {"settings": {**GOOD, "more": 1}},
    {"kernel": [[[1]]]},
    {"stock": "photo:cat"},  # and there are pixels too
]


@pytest.mark.parametrize("changed", BAD, ids=lambda changed: str(changed)[:60])
def test_what_is_no_question_is_a_sentence(changed: dict[str, object]) -> None:
    with pytest.raises(UserError) as refused:
        answer(question(PIXELS, bank.as_pytorch(16, 3, 0), changed=changed))
    assert 20 < len(str(refused.value)) < 200


@given(some.binary(max_size=200), some.integers(0, 300))
def test_no_other_error_leaves_it(noise: bytes, place: int) -> None:
    good = question(PIXELS, bank.as_pytorch(2, 3, 0))
    assert_a_map_or_a_sentence(answer, spoilt(good, noise, place))
