"""Shift, turn, zoom, blur, noise, light: the probabilities along a slider (8.6)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL.Image import Resampling
from torch import Tensor

from convlab.convolution.equivariance import shift_image
from convlab.datasets.dataset import Split
from convlab.errors import N_, UserError, chosen
from convlab.pictures.images import to_float
from convlab.probing.evaluation import evaluate
from convlab.probing.probe import Probe

Change = Callable[[Tensor, float, Sequence[float]], Tensor]


@dataclass(frozen=True)
class Kind:
    """A slider: its English title, marked for translation, unit, and the range of its values, ends included.

    At ``neutral`` nothing changes; where ``whole``, only whole numbers have a meaning. ``change``: (float
    pictures 0..1 [N, 3, H, W], value, colour of what comes into view) -> pictures.
    """

    title: str
    unit: str
    lowest: float
    highest: float
    neutral: float
    step: float
    change: Change
    whole: bool = False


def perturb(images: Tensor, kind: str, value: float, fill: Sequence[float]) -> Tensor:
    """Pictures with one change of ``KINDS`` made to each; the neutral value gives them back bit by bit.

    Images are uint8 0..255 or float32 0..1, [N, 3, H, W], the result float32. What comes into view from
    outside is ``fill``, R, G, B in 0..1: the mean that the network's pictures are normalised with is 0 behind
    the normalisation. Raises UserError for no such kind, or a value that it has not.
    """
    slider = chosen(KINDS, kind, N_("There is no change {key}: choose one of {keys}."))
    if not slider.lowest <= value <= slider.highest:
        sentence = N_("{kind} goes from {lowest:g} to {highest:g} {unit}, not to {value:g}.")
        low, high, unit = slider.lowest, slider.highest, slider.unit
        raise UserError(sentence, kind=kind, value=value, lowest=low, highest=high, unit=unit)
    if slider.whole and value != math.floor(value):
        raise UserError(N_("{kind} takes whole numbers, not {value:g}."), kind=kind, value=value)
    pixels = images if images.is_floating_point() else to_float(images)
    return pixels if value == slider.neutral else slider.change(pixels, value, fill)


def pictures(probe: Probe, image: Tensor, kind: str, values: Sequence[float]) -> Tensor:
    """One picture [3, 32, 32] at each value, at least one: float32 [len(values), 3, 32, 32], 0..1.

    Its type and the errors are those of ``perturb``.
    """
    if not values:
        raise UserError(N_("A slider needs at least one value."))
    return torch.cat([perturb(image[None], kind, value, probe.mean) for value in values])


def accuracy_along(probe: Probe, split: Split, kind: str, values: Sequence[float]) -> list[float]:
    """Accuracy, 0..1, of a whole split at each value of a slider; raises UserError as ``perturb``.

    The book's weights on the validation pictures: .881, .8735, .859, .8155, .689 at a shift of 0, 1, 2, 4, 8.
    """
    changed = (perturb(split.images, kind, value, probe.mean) for value in values)
    return [evaluate(probe, images, split.labels).accuracy for images in changed]


def _shifted(pixels: Tensor, value: float, fill: Sequence[float]) -> Tensor:
    moved = shift_image(pixels, int(value), 0, wrap=False)
    inside = shift_image(torch.ones_like(pixels[:1, :1]), int(value), 0, wrap=False) > 0
    return torch.where(inside, moved, pixels.new_tensor(fill)[:, None, None])


def _v2(name: str, pixels: Tensor, *arguments: Any, **options: Any) -> Tensor:
    """A function of torchvision's, which takes a second to import: only the sliders wait for it."""
    from torchvision.transforms.v2 import functional

    changed: Tensor = getattr(functional, name)(pixels, *arguments, **options)
    return changed


def _rotated(pixels: Tensor, value: float, fill: Sequence[float]) -> Tensor:
    return _v2("rotate", pixels, value, Resampling.BILINEAR, fill=list(fill))


def _scaled(pixels: Tensor, value: float, fill: Sequence[float]) -> Tensor:
    return _v2("affine", pixels, 0, [0, 0], value, [0, 0], Resampling.BILINEAR, fill=list(fill))


def _blurred(pixels: Tensor, value: float, _: Sequence[float]) -> Tensor:
    sigma = max(value, 0.05)  # narrower bells all leave a pixel alone, and at last become 0 / 0
    side = 2 * math.ceil(3 * sigma) + 1  # all but 0.3% of the bell
    return _v2("gaussian_blur", pixels, [side, side], [sigma, sigma])


def _noisy(pixels: Tensor, value: float, _: Sequence[float]) -> Tensor:
    """Each picture of a batch gets its own noise; along the slider only its strength grows."""
    noise = torch.randn(pixels.shape, generator=torch.Generator().manual_seed(0))
    return (pixels + value * noise).clamp(0, 1)


def _brightened(pixels: Tensor, value: float, _: Sequence[float]) -> Tensor:
    return _v2("adjust_brightness", pixels, value)


KINDS: dict[str, Kind] = {
    "shift": Kind(N_("Shift to the right"), "px", -16, 16, 0, 1, _shifted, whole=True),
    "rotate": Kind(N_("Turn anticlockwise"), "°", -180, 180, 0, 1, _rotated),
    "scale": Kind(N_("Zoom"), "×", 0.5, 2, 1, 0.01, _scaled),
    "blur": Kind(N_("Gaussian blur, deviation"), "px", 0, 4, 0, 0.02, _blurred),
    "noise": Kind(N_("Gaussian noise, deviation"), "of 0..1", 0, 0.5, 0, 0.0025, _noisy),
    "brightness": Kind(N_("Brightness"), "×", 0, 2, 1, 0.01, _brightened),
}
