"""The gradient of a kernel place by place: its sum is autograd's, whatever the settings."""

import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as some
from torch import Tensor

from convlab.convolution import conv2d, gradient, kernels
from convlab.convolution.conv2d import ConvSettings
from convlab.errors import UserError
from tests.convolution.test_conv2d import random_case


def by_autograd(
    image: Tensor, kernel: Tensor, target: Tensor, chosen: ConvSettings
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of the kernel, the bias and the layer's output, by ``loss.backward()``."""
    conv = conv2d.layer(kernel, len(image), chosen)
    sums = conv(image.unsqueeze(0))
    sums.retain_grad()
    output = conv2d.activate(sums, chosen.activation)
    F.mse_loss(output[0, 0], conv2d.convolve(image, target, chosen)).backward()
    assert conv.weight.grad is not None
    assert conv.bias is not None
    assert conv.bias.grad is not None
    weight = conv.weight.grad[0]
    weight = weight.sum(0, keepdim=True) if len(kernel) < len(image) else weight
    assert sums.grad is not None
    return weight.flip(1, 2) if chosen.flip else weight, conv.bias.grad[0], sums.grad[0, 0]


def assert_autograds(image: Tensor, kernel: Tensor, target: Tensor, chosen: ConvSettings) -> None:
    found = gradient.gradient(image, kernel, target, chosen)
    weight, bias, upstream = by_autograd(image, kernel, target, chosen)
    most = found.contributions.abs().sum((-2, -1)).max() + found.upstream.abs().sum()
    assert found.weight.shape == kernel.shape
    assert torch.allclose(found.upstream, upstream, rtol=1e-4, atol=1e-5 * float(upstream.abs().max()))
    assert float((found.weight - weight).abs().max()) <= 1e-4 * float(most) + 1e-8
    assert abs(found.bias - float(bias)) <= 1e-4 * float(found.upstream.abs().sum()) + 1e-8


@settings(max_examples=60, deadline=None)
@given(some.integers(0, 10**6))
def test_the_sum_over_all_places_is_autograds(seed: int) -> None:
    image, kernel, chosen = random_case(seed)
    generator = torch.Generator().manual_seed(seed + 1)
    target = torch.randn(kernel.shape, generator=generator)
    if chosen.activation in ("relu", "abs"):  # at a kink the last digit of a sum decides
        sums = conv2d.pre_activation(image, kernel, chosen)
        if float(sums.abs().min()) < 1e-4:
            return
    assert_autograds(image, kernel, target, chosen)


def test_a_case_by_hand() -> None:
    image = torch.tensor([[[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]])
    kernel, target = torch.tensor([[[1.0, 0], [0, 0]]]), torch.tensor([[[0.0, 0], [0, 1]]])
    found = gradient.gradient(image, kernel, target, ConvSettings())
    assert found.output.tolist() == [[1, 2], [4, 5]]
    assert found.target.tolist() == [[5, 6], [8, 9]]
    assert found.loss == 16  # every difference is -4
    assert found.upstream.tolist() == [[-2, -2], [-2, -2]]  # 2 * -4 / 4
    assert found.met[0, 0, 1].tolist() == [[2, 3], [5, 6]]  # the weight in row 0, column 1 meets these
    assert found.contributions[0, 0, 1].tolist() == [[-4, -6], [-10, -12]]
    assert found.weight.tolist() == [[[-24, -32], [-48, -56]]]
    assert found.bias == -8
    assert gradient.stepped(kernel, found, 0.5).tolist() == [[[13, 16], [24, 28]]]


def test_with_stride_and_dilation_a_weight_meets_the_pixels_that_its_tap_visits() -> None:
    image = torch.arange(49.0).reshape(1, 7, 7)
    found = gradient.gradient(
        image, torch.ones(1, 2, 2), torch.zeros(1, 2, 2), ConvSettings(stride=2, dilation=3)
    )
    assert found.met[0, 1, 0].tolist() == [[21, 23], [35, 37]]
    assert found.met[0, 0, 1].tolist() == [[3, 5], [17, 19]]


def test_a_flipped_kernel_meets_the_mirrored_pixels() -> None:
    image = torch.rand(1, 6, 6, generator=torch.Generator().manual_seed(2))
    kernel, target = torch.randn(1, 2, 3), torch.randn(1, 2, 3)
    plain = gradient.gradient(image, kernel, target, ConvSettings())
    turned = gradient.gradient(image, kernels.flip(kernel), kernels.flip(target), ConvSettings(flip=True))
    assert torch.equal(turned.weight, kernels.flip(plain.weight))


def test_one_kernel_for_all_channels_meets_their_sum() -> None:
    image = torch.rand(3, 8, 8, generator=torch.Generator().manual_seed(3))
    kernel, target = torch.randn(1, 3, 3), torch.randn(1, 3, 3)
    found = gradient.gradient(image, kernel, target, ConvSettings())
    assert torch.allclose(found.met[0, 1, 2], image.sum(0)[1:7, 2:8])
    assert_autograds(image, kernel, target, ConvSettings())


def test_at_the_target_there_is_nothing_to_learn() -> None:
    image, kernel = torch.rand(1, 8, 8), torch.randn(1, 3, 3)
    found = gradient.gradient(image, kernel, kernel, ConvSettings(activation="tanh"))
    assert found.loss == 0
    assert not found.weight.any()
    assert torch.equal(gradient.stepped(kernel, found, 100), kernel)


@pytest.mark.parametrize("seed", range(20))
def test_a_step_of_the_safe_rate_lowers_the_loss(seed: int) -> None:
    image, kernel, chosen = random_case(seed)
    chosen = chosen.model_copy(update={"activation": "none"})
    target = torch.randn(kernel.shape, generator=torch.Generator().manual_seed(seed + 1))
    found = gradient.gradient(image, kernel, target, chosen)
    rate = gradient.safe_rate(found.met)
    after = gradient.stepped(kernel, found, rate)
    assert gradient.loss(image, after, target, chosen) < found.loss
    assert gradient.loss(image, kernel, target, chosen) == found.loss


def test_a_step_is_sgds() -> None:
    image, kernel, target = torch.rand(3, 9, 9), torch.randn(3, 3, 3), torch.randn(3, 3, 3)
    chosen = ConvSettings(padding=1, activation="relu", bias=0.1)
    conv = conv2d.layer(kernel, 3, chosen)
    optimizer = torch.optim.SGD([conv.weight], lr=0.3)
    F.mse_loss(torch.relu(conv(image[None]))[0, 0], conv2d.convolve(image, target, chosen)).backward()
    optimizer.step()
    found = gradient.gradient(image, kernel, target, chosen)
    assert torch.allclose(gradient.stepped(kernel, found, 0.3), conv.weight[0], atol=1e-6)


def test_a_picture_without_light_has_no_rate_that_is_too_large() -> None:
    assert gradient.curvature(torch.zeros(1, 3, 3, 4, 4)) == 0
    assert gradient.safe_rate(torch.zeros(1, 3, 3, 4, 4)) == 100
    assert math.isclose(gradient.curvature(torch.ones(1, 1, 1, 4, 4)), 2)


def test_a_step_beyond_the_largest_weight_is_refused() -> None:
    image, kernel = torch.rand(1, 8, 8), torch.full((1, 1, 1), 999.0)
    found = gradient.gradient(image, kernel, -kernel, ConvSettings())
    with pytest.raises(UserError, match="choose a smaller rate"):
        gradient.stepped(kernel, found, 100)


def test_what_does_not_fit_is_said() -> None:
    with pytest.raises(UserError, match="spans 7 pixels"):
        gradient.gradient(
            torch.rand(1, 4, 4), torch.ones(1, 3, 3), torch.ones(1, 3, 3), ConvSettings(dilation=3)
        )
    with pytest.raises(UserError, match="3 channels"):
        gradient.inputs(torch.rand(1, 4, 4), torch.ones(3, 3, 3))
