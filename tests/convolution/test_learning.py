"""Figure 8.6: a kernel found by gradient descent."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from convlab.convolution import kernels
from convlab.convolution.conv2d import ConvSettings
from convlab.convolution.learning import Trajectory, largest_stable_lr, learn, sensible_lr, standardise
from convlab.errors import UserError

SETTINGS = ConvSettings(padding=1)


def photo(channels: int, colour: float = 0.1, size: int = 32) -> Tensor:
    """Smoothed noise, neighbours as alike as in a photograph, whose channels differ by ``colour``; 0..1."""
    generator = torch.Generator().manual_seed(0)
    grey = torch.rand(1, 1, size, size, generator=generator)
    tint = torch.rand(channels, size, size, generator=generator)
    smooth = F.avg_pool2d(F.pad(grey, (2, 2, 2, 2), mode="circular"), 5, stride=1)[0]
    return (2 * smooth - 0.5 + colour * tint).clamp(0, 1)


def learned(key: str, channels: int, momentum: float = 0.0, settings: ConvSettings = SETTINGS) -> Trajectory:
    image, target = photo(channels), kernels.preset(key)[None]
    return learn(image, target, settings, sensible_lr(image, target, settings, momentum), 200, 0, momentum)


def distance(found: Trajectory, step: int) -> float:
    return float((found.kernels[step] - found.target).abs().max())


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("key", ["vertical_edges", "blur", "sobel_x", "random"])
def test_200_steps_of_sgd_find_the_kernel(key: str, channels: int) -> None:
    found = learned(key, channels)
    assert found.kernels.shape == (201, 1, 3, 3)
    assert found.losses.shape == (201,)
    assert found.diverged_at is None
    assert distance(found, 0) > 0.25
    assert distance(found, 200) < 0.1 * distance(found, 0)
    assert found.losses[-1] < 1e-3 * found.losses[0]


def test_momentum_finds_it_almost_exactly() -> None:
    assert distance(learned("vertical_edges", 1, momentum=0.9), 200) < 1e-3


def test_a_kernel_per_channel_is_learned_as_one_per_channel() -> None:
    target = torch.stack([kernels.preset(key) for key in ("identity", "blur", "vertical_edges")])
    image = torch.rand(3, 24, 24, generator=torch.Generator().manual_seed(0))
    found = learn(image, target, SETTINGS, 0.2, 200, 0)
    assert found.kernels.shape == (201, 3, 3, 3)
    assert distance(found, 200) < 1e-3


def test_channels_that_are_alike_hide_which_channel_the_weights_belong_to() -> None:
    image, target = photo(3, colour=0.02), kernels.per_channel(kernels.preset("vertical_edges")[None], 3)
    found = learn(image, target, SETTINGS, sensible_lr(image, target, SETTINGS), 200, 0)
    assert found.losses[-1] < 1e-2 * found.losses[0]
    assert distance(found, 200) > 0.1
    summed = found.kernels[200].sum(0) - target.sum(0)
    assert float(summed.abs().max()) < distance(found, 200)


def test_the_first_loss_and_the_first_step_by_hand() -> None:
    image, target = photo(1), kernels.preset("vertical_edges")[None]
    found = learn(image, target, ConvSettings(), 0.05, 1, 3)
    patches = F.unfold(standardise(image)[None], 3)[0].T.double()  # [N, 9]
    start, goal = found.kernels[0].flatten().double(), target.flatten().double()
    residual = patches @ (start - goal)
    assert float(found.losses[0]) == pytest.approx(float(residual.square().mean()), rel=1e-5)
    step = start - 0.05 * 2 * (residual[:, None] * patches).mean(0)
    assert torch.allclose(found.kernels[1].flatten().double(), step, atol=1e-5)


def test_equal_arguments_give_equal_bits_and_seeds_differ() -> None:
    image, target = photo(3), kernels.preset("blur")[None]
    before = torch.get_rng_state()
    one, again, other = (learn(image, target, SETTINGS, 0.01, 20, seed) for seed in (5, 5, 6))
    assert torch.equal(one.kernels, again.kernels)
    assert torch.equal(one.losses, again.losses)
    assert not torch.equal(one.kernels[0], other.kernels[0])
    assert float(one.kernels[0].abs().max()) <= 1 / 3
    assert torch.equal(torch.get_rng_state(), before)


def test_bias_and_activation_play_no_part() -> None:
    image, target = photo(1), kernels.preset("blur")[None]
    busy = SETTINGS.model_copy(update={"bias": 7.0, "activation": "abs"})
    one, other = (learn(image, target, settings, 0.05, 10, 0) for settings in (SETTINGS, busy))
    assert torch.equal(one.kernels, other.kernels)


def test_flip_learns_the_kernel_as_it_is_shown() -> None:
    flipped = ConvSettings(padding=1, flip=True)
    found = learned("sobel_x", 1, momentum=0.9, settings=flipped)
    assert distance(found, 200) < 1e-2


@pytest.mark.parametrize("momentum", [0.0, 0.5])
@pytest.mark.parametrize(
    "settings",
    [SETTINGS, ConvSettings(stride=2, dilation=2), ConvSettings(padding="same", padding_mode="circular")],
)
def test_the_largest_stable_learning_rate_is_a_sharp_border(settings: ConvSettings, momentum: float) -> None:
    image, target = photo(1), kernels.preset("vertical_edges")[None]
    limit = largest_stable_lr(image, target, settings, momentum)
    below, above = (learn(image, target, settings, f * limit, 500, 0, momentum) for f in (0.98, 1.02))
    assert below.losses[-1] < below.losses[0] / 100
    assert above.losses[-1] > above.losses[0] * 100


def test_divergence_stops_early_and_names_the_step() -> None:
    image, target = photo(1), kernels.preset("vertical_edges")[None]
    found = learn(image, target, SETTINGS, 100, 500, 0)
    assert found.diverged_at is not None
    assert 2 < found.diverged_at < 50
    assert len(found.losses) == len(found.kernels) == found.diverged_at
    assert bool(found.losses.isfinite().all())
    assert bool(found.kernels.isfinite().all())


def test_the_limit_of_a_1x1_kernel_is_1_as_a_standardised_picture_has_variance_1() -> None:
    limit = largest_stable_lr(photo(1, size=64), torch.ones(1, 1, 1), ConvSettings())
    assert limit == pytest.approx(1, abs=1e-3)


def test_standardise() -> None:
    image = torch.tensor([[[0.0, 1.0], [2.0, 3.0]], [[0.3, 0.3], [0.3, 0.3]]])
    found = standardise(image)
    assert found[0].flatten().tolist() == pytest.approx([-1.1619, -0.3873, 0.3873, 1.1619], abs=1e-4)
    assert float(found[1].abs().max()) < 1e-3


def test_a_flat_picture_teaches_nothing() -> None:
    flat, target = torch.full((1, 16, 16), 0.3), kernels.preset("blur")[None]
    found = learn(flat, target, SETTINGS, sensible_lr(flat, target, SETTINGS), 5, 0)
    assert float(found.losses.max()) < 1e-6
    black = torch.zeros(1, 16, 16)
    assert largest_stable_lr(black, target, SETTINGS) == float("inf")
    assert sensible_lr(black, target, SETTINGS) == 100


@pytest.mark.parametrize(
    ("lr", "steps", "momentum", "message"),
    [
        (1e-5, 10, 0, "lr is 1e-05: choose 0.0001 to 100"),
        (101, 10, 0, "lr is"),
        (float("nan"), 10, 0, "lr is"),
        (0.1, 0, 0, "steps is 0: choose 1 to 500"),
        (0.1, 501, 0, "steps is 501"),
        (0.1, 10, 1.0, "momentum is 1: choose 0 to 0.99"),
    ],
)
def test_arguments_out_of_range(lr: float, steps: int, momentum: float, message: str) -> None:
    with pytest.raises(UserError, match=message):
        learn(photo(1), torch.ones(1, 3, 3), SETTINGS, lr, steps, 0, momentum)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UserError, match="stride 1 only"):
        learn(photo(1), torch.ones(1, 3, 3), ConvSettings(padding="same", stride=2), 0.1, 5, 0)
    with pytest.raises(UserError, match="3 channels and the picture 1"):
        largest_stable_lr(photo(1), torch.ones(3, 3, 3), SETTINGS)
