"""convlab.convolution.comparison: a kept layer comes back as it was, and the difference is B - A."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some

from convlab.convolution import comparison, kernels
from convlab.convolution.comparison import Layer
from convlab.convolution.conv2d import ConvSettings
from convlab.errors import UserError
from tests.convolution.test_conv2d import random_case


def test_what_a_kept_layer_looks_like() -> None:
    kernel = torch.tensor([[[-1.0, 0, 1]]])
    assert comparison.write(Layer(kernel, ConvSettings())) == "-1 0 1"
    settings = ConvSettings(padding=1, stride=2, bias=0.5, activation="relu", flip=True)
    text = "-1 0 1 @ padding=1 stride=2 bias=0.5 activation=relu flip=1"
    assert comparison.write(Layer(kernel, settings)) == text


@pytest.mark.parametrize("seed", range(60))
def test_what_is_written_is_read_bit_for_bit(seed: int) -> None:
    _image, kernel, settings = random_case(seed)
    text = comparison.write(Layer(kernel, settings))
    found = comparison.read(text)
    assert torch.equal(found.kernel, kernel)
    assert found.settings == settings
    assert comparison.write(found) == text
    assert len(text) < kernels.MAX_TEXT_LENGTH + 150


NO_LAYERS = [
    "",
    "@ stride=2",
    "cat",
    "1 2 @",
    "1 2 @ stride",
    "1 2 @ stride=0",
    "1 2 @ stride=5",
    "1 2 @ stride=2 stride=2",
    "1 2 @ colour=rgb",
    "1 2 @ kernel=1",
    "1 2 @ bias=nan",
    "1 2 @ bias=inf",
    "1 2 @ bias=1001",
    "1 2 @ padding=4",
    "1 2 @ padding=-1",
    "1 2 @ activation=__import__",
    "1 2 @ flip=perhaps",
    "1 2 @ stride=2 @ flip=1",
    "1 2; 3",
    "1001",
    "1 2 | 3 4",
    "1 " * 3000,
]


@pytest.mark.parametrize("text", NO_LAYERS, ids=lambda text: text[:30])
def test_what_is_no_layer_is_one_sentence(text: str) -> None:
    with pytest.raises(UserError) as refused:
        comparison.read(text)
    assert 20 < len(str(refused.value)) < 300


@given(some.text(max_size=60), some.sampled_from(("1 2 @ ", "", "1/9 @ stride=")))
def test_any_text_is_a_layer_or_a_sentence(text: str, before: str) -> None:
    try:
        layer = comparison.read(before + text)
    except UserError:
        return
    assert torch.equal(comparison.read(comparison.write(layer)).kernel, layer.kernel)


def test_the_difference_is_b_less_a_and_says_where_it_is_largest() -> None:
    a, b = torch.tensor([[1.0, 2, 3], [4, 5, 6]]), torch.tensor([[1.0, 2.5, 3], [4, 0, 11]])
    found = comparison.difference(a, b)
    assert found is not None
    assert found.values.tolist() == [[0, 0.5, 0], [0, -5, 5]]
    assert (found.largest, found.row, found.col) == (5, 1, 1)  # the first of two
    same = comparison.difference(a, a)
    assert same is not None
    assert (same.largest, same.row, same.col) == (0, 0, 0)


def test_maps_of_other_shapes_have_no_difference() -> None:
    assert comparison.difference(torch.zeros(2, 3), torch.zeros(3, 2)) is None
    assert comparison.difference(torch.zeros(1, 1), torch.zeros(2, 2)) is None
