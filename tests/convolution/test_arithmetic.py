"""One output pixel's sum, and the convolution as a matrix, against PyTorch's convolution."""

import pytest
import torch
import torch.nn.functional as F

from convlab.convolution.arithmetic import tied_matrix, tied_places, window
from convlab.convolution.conv2d import ConvSettings, convolve, pre_activation
from convlab.errors import UserError
from tests.convolution.test_conv2d import VERTICAL, random_case, reference


@pytest.mark.parametrize("seed", range(0, 200, 4))
def test_the_arithmetic_of_a_window_gives_the_output_pixel(seed: int) -> None:
    image, kernel, settings = random_case(seed)
    output = convolve(image, kernel, settings)
    pre = pre_activation(image, kernel, settings)
    for row, col in {(0, 0), (output.shape[0] - 1, output.shape[1] - 1), (output.shape[0] // 2, 0)}:
        found = window(image, kernel, settings, row, col)
        assert len(found.taps) == len(image) * kernel[0].numel()
        assert found.total == pytest.approx(sum(t.value * t.weight for t in found.taps), abs=1e-12)
        assert found.total + found.bias == found.pre
        assert found.pre == pytest.approx(float(pre[row, col]), abs=1e-5)
        assert found.out == pytest.approx(float(output[row, col]), abs=1e-5)


@pytest.mark.parametrize("seed", range(0, 200, 4))
def test_the_tied_matrix_equals_the_convolution(seed: int) -> None:
    image, kernel, settings = random_case(seed)
    image = image[:, :12, :12]
    plain = settings.model_copy(update={"activation": "none"})
    if settings.dilation > 1:
        kernel = kernel[:, :3, :3]
    matrix = tied_matrix(kernel, len(image), image.shape[1], image.shape[2], plain)
    wanted = reference(image, kernel, plain)
    assert matrix.shape == (wanted.numel(), image.numel())
    product = matrix @ image.flatten() + plain.bias
    assert torch.allclose(product.reshape(wanted.shape), wanted, rtol=0, atol=1e-5)


def test_the_matrix_of_6x6_to_4x4_is_16x36_almost_all_zeros_and_tied() -> None:
    kernel = torch.arange(1.0, 10.0).reshape(1, 3, 3)
    matrix = tied_matrix(kernel, 1, 6, 6, ConvSettings())
    assert matrix.shape == (16, 36)
    assert int((matrix != 0).sum()) == 16 * 9
    assert matrix[0].reshape(6, 6)[:3, :3].tolist() == kernel[0].tolist()
    assert all(sorted(row[row != 0].tolist()) == [1, 2, 3, 4, 5, 6, 7, 8, 9] for row in matrix)
    assert torch.equal(matrix[1, 1:], matrix[0, :-1])  # one output further, one input further
    image = torch.rand(1, 6, 6, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(matrix @ image.flatten(), F.conv2d(image[None], kernel[None]).flatten(), atol=1e-5)


@pytest.mark.parametrize("seed", range(0, 200, 8))
def test_a_matrix_holds_a_weight_where_a_window_reaches_a_pixel(seed: int) -> None:
    """Told by autograd of a convolution whose weights are all positive, not by the matrix."""
    image, kernel, settings = random_case(seed)
    image = image[:, :9, :9].clone().requires_grad_()
    kernel = kernel[:, :3, :3]
    found = tied_places(torch.zeros_like(kernel), len(image), image.shape[1], image.shape[2], settings)
    plain = settings.model_copy(update={"activation": "none"})
    output = reference(image, torch.ones_like(kernel), plain).flatten()
    rows = [torch.autograd.grad(one, image, retain_graph=True)[0].flatten() != 0 for one in output]
    assert torch.equal(found, torch.stack(rows))


def test_a_ghost_that_copies_a_pixel_adds_its_weight_to_that_pixels() -> None:
    matrix = tied_matrix(
        torch.tensor([[[1.0, 2.0, 4.0]]]), 1, 1, 2, ConvSettings(padding="same", padding_mode="replicate")
    )
    assert matrix.tolist() == [[3, 4], [1, 6]]


def test_too_large_a_matrix_is_refused() -> None:
    with pytest.raises(UserError, match="3844 x 4096 entries"):
        tied_matrix(VERTICAL, 1, 64, 64, ConvSettings())
    with pytest.raises(UserError, match="36 x 2304 entries"):
        tied_matrix(torch.ones(1, 7, 7), 1, 48, 48, ConvSettings(stride=4, dilation=4))
    assert tied_matrix(VERTICAL, 3, 24, 24, ConvSettings()).shape == (22 * 22, 3 * 24 * 24)


def test_one_window_by_hand() -> None:
    image = torch.arange(16.0).reshape(1, 4, 4)
    found = window(image, VERTICAL, ConvSettings(bias=0.5, activation="relu"), 1, 0)
    assert [(t.input_row, t.input_col) for t in found.taps[:4]] == [(1, 0), (1, 1), (1, 2), (2, 0)]
    assert [t.product for t in found.taps] == [-4, 0, 6, -8, 0, 10, -12, 0, 14]
    assert (found.total, found.bias, found.pre, found.out) == (6, 0.5, 6.5, 6.5)
    negative = window(image.flip(2), VERTICAL, ConvSettings(activation="relu"), 0, 0)
    assert (negative.pre, negative.out) == (-6, 0)
    with pytest.raises(UserError, match="2 x 2 pixels: row 2, column 0"):
        window(image, VERTICAL, ConvSettings(), 2, 0)
