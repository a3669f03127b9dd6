"""PyTorch's answers over the route: bit for bit the lab's own; one sentence for all that is no question."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from torch import Tensor

from convlab.convolution import conv2d
from convlab.convolution.conv2d import ConvSettings
from convlab.errors import UserError
from convlab.ui.kernels.route import answer
from convlab.ui.picture import stock_pixels
from tests.ui.driver import unpack
from tests.ui.kernels import questions
from tests.ui.kernels.questions import as_asked, assert_a_map_or_a_sentence, spoilt

PIXELS = torch.arange(3 * 9 * 10, dtype=torch.float32).remainder(256).to(torch.uint8).reshape(3, 9, 10)
KERNEL = torch.tensor([[[0.1, -0.2, 0.3]], [[1.0, 0, -1]], [[1 / 9, 2, -7]]])


def question(
    pixels: Tensor,
    kernel: Tensor,
    settings: ConvSettings | None = None,
    changed: dict[str, object] | None = None,
) -> bytes:
    return questions.question(pixels, {"kernel": kernel.tolist()}, settings, changed)


@pytest.mark.parametrize("normalised", [False, True])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_answer_is_what_the_page_computes(normalised: bool, channels: int) -> None:
    pixels, kernel = PIXELS[:channels], KERNEL[:channels]
    settings = ConvSettings(
        padding=2, padding_mode="reflect", stride=2, bias=0.3, activation="tanh", flip=True
    )
    header, blobs = unpack(answer(question(pixels, kernel, settings, {"normalised": normalised})))
    expected = conv2d.convolve(as_asked(pixels, normalised), kernel, settings)
    found = torch.frombuffer(bytearray(blobs["result"]), dtype=torch.float32)
    assert torch.equal(found.reshape(header["result_shape"]), expected)
    assert header["stats"] == {
        "min": float(expected.min()),
        "mean": float(expected.mean()),
        "max": float(expected.max()),
    }


@pytest.mark.parametrize("colours", [1, 3])
def test_a_picture_of_the_chooser_is_known_by_name(colours: int) -> None:
    pixels = stock_pixels("photo:cat", 24, colours == 1)
    named = question(pixels, KERNEL[:colours], changed={"stock": "photo:cat"})[: -pixels.numel()]
    assert answer(named) == answer(question(pixels, KERNEL[:colours]))


GOOD = ConvSettings().model_dump()
BAD: list[dict[str, object]] = [
    {"shape": [2, 9, 10]},
    {"shape": [3, 9, 257]},
    {"shape": [3, 0, 10]},
    {"shape": [3, 9]},
    {"shape": [3, 10, 10]},  # more than there are pixels
    {"kernel": [[[1], [1, 2]]]},
    {"kernel": []},
    {"kernel": [[[]]]},
    {"kernel": [[["cat"]]]},
    {"kernel": [[[1e39]]]},
    {"kernel": [[[1001]]]},
    {"kernel": [[[0] * 8]]},
    {"kernel": [[[1]], [[1]]]},
    {"kernel": [[[float("nan")]]]},
    {"settings": {**GOOD, "stride": 0}},
    {"settings": {**GOOD, "stride": 10**9}},
    {"settings": {**GOOD, "bias": float("inf")}},
    {"settings": {**GOOD, "activation": "__import__"}},
    {"settings": {**GOOD, "more": 1}},
    {"settings": None},
    {"normalised": "perhaps"},
    {"stock": "photo:cat"},  # which is not of this size, and there are pixels too
    {"more": 1},
]


@pytest.mark.parametrize("changed", BAD, ids=str)
def test_what_is_no_question_is_a_sentence(changed: dict[str, object]) -> None:
    with pytest.raises(UserError) as refused:
        answer(question(PIXELS, KERNEL, changed=changed))
    assert 20 < len(str(refused.value)) < 200


@pytest.mark.parametrize(
    "changed",
    [
        {"stock": "photo:cat", "shape": [3, 25, 25]},
        {"stock": "photo:cat", "shape": [3, 24, 32]},
        {"stock": "upload", "shape": [3, 24, 24]},
        {"stock": "board", "shape": [3, 24, 24]},
        {"stock": "photo:../cat", "shape": [3, 24, 24]},
        {"stock": "x" * 61, "shape": [3, 24, 24]},
    ],
    ids=str,
)
def test_what_the_chooser_does_not_have_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        answer(question(PIXELS[:, :0], KERNEL, changed=changed))


@given(some.binary(max_size=200), some.integers(0, 300))
def test_no_other_error_leaves_it(noise: bytes, place: int) -> None:
    assert_a_map_or_a_sentence(answer, spoilt(question(PIXELS, KERNEL), noise, place))
