"""The convolution against torch.nn.functional, against hand-made cases, and the chapter's own figures."""

import math
import random
import re

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from torch import Tensor, nn

from convlab.convolution import kernels
from convlab.convolution.arithmetic import window
from convlab.convolution.conv2d import (
    ConvSettings,
    activate,
    conv_arguments,
    convolve,
    effective_kernel,
    formula,
    geometry,
    ignored,
    layer,
    output_size,
    padding_amounts,
    parameter_count,
)
from convlab.convolution.padding import PaddingMode
from convlab.errors import UserError

MODES: list[PaddingMode] = ["zeros", "reflect", "replicate", "circular"]
VERTICAL = kernels.preset("vertical_edges")[None]


def reference(image: Tensor, kernel: Tensor, settings: ConvSettings) -> Tensor:
    """The same by F.pad and F.conv2d alone."""
    channels, kh, kw = len(image), *kernel.shape[1:]
    weight = kernel.expand(channels, kh, kw)[None]
    if settings.flip:
        weight = weight.flip(2, 3)
    if settings.padding == "same":
        across, down = settings.dilation * (kw - 1), settings.dilation * (kh - 1)
        amounts = (across // 2, across - across // 2, down // 2, down - down // 2)
    else:
        amounts = (settings.padding,) * 4
    mode = "constant" if settings.padding_mode == "zeros" else settings.padding_mode
    output = F.conv2d(
        F.pad(image[None], amounts, mode=mode),
        weight,
        torch.tensor([settings.bias]),
        settings.stride,
        dilation=settings.dilation,
    )[0, 0]
    named = {"none": output, "relu": F.relu(output), "tanh": F.tanh(output), "abs": output.abs()}
    return named[settings.activation]


def random_case(seed: int) -> tuple[Tensor, Tensor, ConvSettings]:
    """A picture, a kernel and settings that fit each other."""
    chance = random.Random(seed)
    generator = torch.Generator().manual_seed(seed)
    while True:
        channels = chance.choice([1, 3])
        kernel_channels = chance.choice([1, channels])
        kernel = torch.randn(kernel_channels, chance.randint(1, 7), chance.randint(1, 7), generator=generator)
        image = torch.rand(channels, chance.randint(8, 40), chance.randint(8, 40), generator=generator)
        settings = ConvSettings(
            padding=chance.choice([0, 1, 2, 3, "same"]),
            padding_mode=chance.choice(MODES),
            stride=chance.choice([1, 1, 2, 3, 4]),
            dilation=chance.choice([1, 1, 2, 3, 4]),
            bias=chance.choice([0.0, 0.1, -2.5]),
            activation=chance.choice(["none", "relu", "tanh", "abs"]),
            flip=chance.choice([False, True]),
        )
        try:
            geometry(image.shape[1], image.shape[2], (kernel.shape[1], kernel.shape[2]), settings)
        except UserError:
            continue
        return image, kernel, settings


@pytest.mark.parametrize("seed", range(200))
def test_200_random_settings_equal_torch_nn_functional(seed: int) -> None:
    image, kernel, settings = random_case(seed)
    output = convolve(image, kernel, settings)
    shape = geometry(image.shape[1], image.shape[2], (kernel.shape[1], kernel.shape[2]), settings)
    assert output.shape == (shape.out_height, shape.out_width)
    assert output.dtype == torch.float32
    assert torch.allclose(output, reference(image, kernel, settings), rtol=0, atol=1e-5)


@pytest.mark.parametrize("seed", range(0, 200, 4))
def test_feeding_and_reading_are_the_same_relation(seed: int) -> None:
    image, kernel, settings = random_case(seed)
    shape = geometry(image.shape[1], image.shape[2], (kernel.shape[1], kernel.shape[2]), settings)
    chance = random.Random(seed)
    row, col = chance.randrange(shape.height), chance.randrange(shape.width)
    lit = torch.zeros(1, shape.height, shape.width)
    lit[0, row, col] = 1
    plain = settings.model_copy(update={"bias": 0.0, "activation": "none"})
    touched = convolve(lit, torch.ones(1, *shape.kernel_size), plain).nonzero().tolist()
    assert shape.feeds(row, col) == [tuple(place) for place in touched]


def test_flip_is_the_mathematicians_convolution() -> None:
    image = torch.zeros(1, 5, 5)
    image[0, 2, 2] = 1
    kernel = torch.arange(1.0, 10.0).reshape(1, 3, 3)
    centre = slice(1, 4)
    correlated = convolve(image, kernel, ConvSettings(padding=1))
    convolved = convolve(image, kernel, ConvSettings(padding=1, flip=True))
    assert correlated[centre, centre].tolist() == kernel.flip(1, 2)[0].tolist()
    assert convolved[centre, centre].tolist() == kernel[0].tolist()
    assert effective_kernel(kernel, 3, ConvSettings(flip=True)).tolist() == kernel.flip(1, 2).tolist() * 3


def test_sixteen_filters_on_rgb() -> None:
    conv = nn.Conv2d(3, 16, kernel_size=3)
    assert conv.bias is not None
    assert (list(conv.weight.shape), list(conv.bias.shape)) == ([16, 3, 3, 3], [16])
    assert sum(parameter.numel() for parameter in conv.parameters()) == 448
    assert conv(torch.zeros(1, 3, 32, 32)).shape == (1, 16, 30, 30)
    shape = geometry(32, 32, (3, 3), ConvSettings())
    assert (shape.out_height, shape.out_width) == (30, 30)
    assert 16 * parameter_count(3, shape).conv == 448


def test_the_formula_with_its_numbers() -> None:
    assert formula(32, 3, 0, 0, 1, 1) == "floor((32 + 0 + 0 - 1*(3-1) - 1)/1) + 1 = 30"
    assert formula(32, 3, 1, 1, 1, 1) == "floor((32 + 1 + 1 - 1*(3-1) - 1)/1) + 1 = 32"
    assert formula(17, 2, 0, 1, 4, 3) == "floor((17 + 0 + 1 - 3*(2-1) - 1)/4) + 1 = 4"


@given(st.data())
def test_the_formula_counts_the_windows(data: st.DataObject) -> None:
    k, stride, dilation = (data.draw(st.integers(1, high)) for high in (7, 4, 4))
    before, after = data.draw(st.integers(0, 12)), data.draw(st.integers(0, 12))
    extent = dilation * (k - 1) + 1
    n = data.draw(st.integers(max(1, extent - before - after), 64))
    starts = [s for s in range(0, n + before + after, stride) if s + extent <= n + before + after]
    assert output_size(n, k, before, after, stride, dilation) == len(starts)
    assert ignored(n, k, before, after, stride, dilation) == n + before + after - starts[-1] - extent
    text = formula(n, k, before, after, stride, dilation)
    inside, size = re.fullmatch(r"(floor\(.*\) \+ 1) = (\d+)", text).groups()  # type: ignore[union-attr]
    assert eval(inside, {"floor": math.floor}) == int(size) == len(starts)


def test_rows_that_no_window_reaches() -> None:
    shape = geometry(8, 10, (3, 3), ConvSettings(stride=2))
    assert (shape.out_height, shape.out_width, shape.ignored_rows, shape.ignored_cols) == (3, 4, 1, 1)
    assert shape.feeds(7, 0) == []
    assert shape.feeds(6, 0) == [(2, 0)]


def test_padding_1_keeps_32x32_and_the_weight_shape() -> None:
    image = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert convolve(image, VERTICAL, ConvSettings(padding=1)).shape == (32, 32)
    shapes = [tuple(layer(VERTICAL, 3, ConvSettings(padding=p)).weight.shape) for p in (0, 1, "same")]
    assert shapes == [(1, 3, 3, 3)] * 3


def test_ghost_pixels_are_0_which_is_the_mean_colour_of_a_normalised_picture() -> None:
    corner = window(torch.ones(1, 8, 8), torch.ones(1, 3, 3), ConvSettings(padding=1), 0, 0)
    ghosts = [tap for tap in corner.taps if tap.input_row == -1]
    assert [(tap.input_col, tap.value) for tap in ghosts] == [(-1, 0.0)] * 5
    assert corner.total == 4
    mean_colour = torch.full((1, 8, 8), 0.4915)
    normalised = (mean_colour - 0.4915) / 0.2470
    assert convolve(normalised, torch.ones(1, 3, 3), ConvSettings(padding=1)).abs().max() == 0
    assert convolve(mean_colour, torch.ones(1, 3, 3), ConvSettings(padding=1))[0, 0] < 9 * 0.4915


@pytest.mark.parametrize("dilation", [1, 2, 3, 4])
@pytest.mark.parametrize("k", range(1, 8))
def test_same_puts_the_odd_ghost_to_the_right_as_pytorch_does(k: int, dilation: int) -> None:
    settings = ConvSettings(padding="same", dilation=dilation)
    left, right, top, bottom = padding_amounts((k, k), settings)
    conv = layer(torch.ones(1, k, k), 1, settings)
    assert [left, right, top, bottom] == conv._reversed_padding_repeated_twice
    assert (left, top) == (dilation * (k - 1) // 2,) * 2
    assert left + right == top + bottom == dilation * (k - 1)


def test_activations() -> None:
    values = torch.tensor([[-2.0, 0.0, 0.5]])
    assert activate(values, "none").tolist() == [[-2, 0, 0.5]]
    assert activate(values, "relu").tolist() == [[0, 0, 0.5]]
    assert activate(values, "abs").tolist() == [[2, 0, 0.5]]
    assert activate(values, "tanh")[0, 0].item() == pytest.approx(math.tanh(-2))


def test_a_layer_disturbs_no_random_numbers_and_says_only_what_is_not_default() -> None:
    before = torch.get_rng_state()
    conv = layer(VERTICAL, 3, ConvSettings(bias=0.25))
    assert torch.equal(torch.get_rng_state(), before)
    assert conv.weight[0].tolist() == VERTICAL.tolist() * 3
    assert conv.bias is not None
    assert conv.bias.tolist() == [0.25]
    assert conv_arguments(VERTICAL, 3, ConvSettings()) == {
        "in_channels": 3,
        "out_channels": 1,
        "kernel_size": (3, 3),
    }
    assert conv_arguments(VERTICAL, 3, ConvSettings(stride=2, padding_mode="reflect")).keys() >= {"stride"}


@pytest.mark.parametrize(
    ("settings", "size", "kernel_size", "message"),
    [
        (ConvSettings(padding="same", stride=2), 32, 3, "works with stride 1 only"),
        (
            ConvSettings(padding=3, padding_mode="reflect"),
            3,
            1,
            "reflect padding cannot make 3 ghost pixels from 3",
        ),
        (ConvSettings(padding=3, padding_mode="circular"), 2, 1, "circular padding cannot make 3 .* from 2"),
        (ConvSettings(padding="same", padding_mode="reflect", dilation=4), 8, 7, "12 ghost pixels from 8"),
        (ConvSettings(dilation=4), 8, 3, "spans 9 pixels, the padded picture 8"),
        (ConvSettings(padding=1, dilation=4), 8, 5, "spans 17 pixels, the padded picture 10"),
    ],
)
def test_what_does_not_fit_is_said_before_pytorch_says_it(
    settings: ConvSettings, size: int, kernel_size: int, message: str
) -> None:
    kernel = torch.ones(1, kernel_size, kernel_size)
    with pytest.raises(UserError, match=message):
        geometry(size, size, (kernel_size, kernel_size), settings)
    with pytest.raises(UserError, match=message):
        convolve(torch.zeros(1, size, size), kernel, settings)


def test_what_just_fits_is_allowed() -> None:
    image = torch.rand(1, 4, 4, generator=torch.Generator().manual_seed(0))
    for settings, k in [
        (ConvSettings(padding=3, padding_mode="reflect"), 1),
        (ConvSettings(dilation=3), 2),
        (ConvSettings(padding=3, dilation=3), 4),
        (ConvSettings(padding=3, padding_mode="circular"), 7),
    ]:
        kernel = torch.ones(1, k, k)
        assert torch.allclose(
            convolve(image, kernel, settings), reference(image, kernel, settings), atol=1e-5
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"padding": 4},
        {"padding": -1},
        {"padding": "valid"},
        {"padding_mode": "constant"},
        {"stride": 0},
        {"stride": 5},
        {"dilation": 5},
        {"bias": float("nan")},
        {"bias": float("inf")},
        {"bias": 1001},
        {"activation": "gelu"},
        {"groups": 2},
    ],
)
def test_settings_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        ConvSettings.model_validate(wrong)


def test_a_convolution_does_not_grow_with_the_picture_and_a_dense_layer_does() -> None:
    counts = [parameter_count(3, geometry(n, n, (3, 3), ConvSettings(padding=1))) for n in (8, 32, 256)]
    assert [count.conv for count in counts] == [28, 28, 28]
    assert [count.dense for count in counts] == [
        3 * 8**4 + 8**2,
        3 * 32**4 + 32**2,
        3 * 256**4 + 256**2,
    ]
    assert counts[1].dense_weights == 3_145_728
    assert counts[1].ratio == pytest.approx(3_146_752 / 28)


@given(st.integers(1, 40), st.integers(1, 7), st.integers(0, 3), st.integers(1, 4), st.integers(1, 4))
def test_a_pixels_place_leads_back_to_it_and_to_its_like_in_another_size(
    size: int, kernel: int, padding: int, stride: int, dilation: int
) -> None:
    settings = ConvSettings(padding=padding, stride=stride, dilation=dilation)
    try:
        shape = geometry(size, 2 * size, (kernel, 1), settings)
        other = geometry(4 * size, 8 * size, (3, 3), ConvSettings(padding="same"))
    except UserError:
        return
    for row in range(shape.out_height):
        y, x = shape.place(row, 0)
        assert shape.nearest(y, x) == (row, 0)
        near, _column = other.nearest(y, x)
        middle = (row * stride + dilation * (kernel - 1) / 2 - padding + 0.5) * 4
        assert near == pytest.approx(min(max(middle - 0.5, 0), 4 * size - 1), abs=0.5)
