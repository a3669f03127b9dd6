"""Slips of chapter 8 about convolution, each tried on a picture and a kernel.

The picture is float32 [C, H, W] of 8 px or more, the kernel [1 or C, kh, kw].
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.chapter.facts import Fact, Facts
from convlab.convolution import kernels
from convlab.convolution.conv2d import ConvSettings, convolve, padding_amounts, pre_activation
from convlab.convolution.equivariance import shift_image
from convlab.errors import N_
from convlab.networks.designs import seeded
from convlab.pictures import images, photographs

_SHIFT_PX = 2


def example() -> tuple[Tensor, Tensor]:
    """A photograph, grey, 16 x 16, and the kernel of vertical edges."""
    cat = images.to_float(images.working(photographs.photograph("cat"), 16, grey=True))
    return cat, kernels.preset("vertical_edges")[None]


def first_output(image: Tensor, kernel: Tensor) -> Facts:
    """o11 with the printed third term, with the right one, and PyTorch's; first channel, 3x3 kernel.

    A kernel of another size is padded or cropped to 3x3. The last facts try the same two sums at every place.
    """
    pixels, weights = image[0], kernels.resize(kernel[:1], 3, 3)[0]
    right = pre_activation(pixels[None], weights[None], ConvSettings())  # [H - 2, W - 2]
    # Every window's i22 and i13, counted as in the book: the window of o11 starts at i11.
    i22, i13 = pixels[1:-1, 1:-1], pixels[:-2, 2:]
    error = (i22 - i13) * weights[0, 2]
    corrected = float((pixels[1:4, 1:4] * weights).sum())
    wrong = error.abs()
    worst_row, worst_col = divmod(int(wrong.argmax()), wrong.shape[1])
    return (
        Fact("printed", N_("o11 as printed, with i22 * w02"), corrected + float(error[1, 1])),
        Fact("corrected", N_("o11 with i13 * w02"), corrected),
        Fact("conv2d", N_("o11 from F.conv2d"), float(right[1, 1])),
        Fact("largest_error", N_("Largest error of the printed sum in this picture"), float(wrong.max())),
        Fact("worst_row", N_("found at output row"), worst_row),
        Fact("worst_col", N_("and output column"), worst_col),
    )


def moved(image: Tensor, kernel: Tensor) -> Facts:
    """How far the map of a picture that moved is from the old map, and from the old map moved along."""
    circular = ConvSettings(padding="same", padding_mode="circular")
    before = convolve(image, kernel, circular)
    after = convolve(shift_image(image, _SHIFT_PX, 0, wrap=True), kernel, circular)
    along = shift_image(before, _SHIFT_PX, 0, wrap=True)
    return (
        Fact("shift_px", N_("The picture moves to the right by (px)"), _SHIFT_PX),
        Fact("change", N_("Largest change of the map: 0 if it were invariant"), _gap(after, before)),
        Fact("gap", N_("Largest gap to the map moved along: 0 as it is equivariant"), _gap(after, along)),
    )


def ones(image: Tensor, kernel: Tensor) -> Facts:
    """What ``one_()`` says, and what ``fill_(1)`` does to the mean of the output, at the kernel's size."""
    conv = seeded(lambda: nn.Conv2d(len(image), 1, kernel_size=(kernel.shape[1], kernel.shape[2])), 0)
    missing, message = "one_", ""
    try:
        getattr(conv.weight, missing)()
    except AttributeError as error:
        message = f"AttributeError: {error}"
    with torch.no_grad():
        conv.weight.fill_(1)
        weight_sum = float(conv.weight.sum())
    filled = torch.ones(1, *kernel.shape[1:])
    summed, averaged = _mean_after(image, filled), _mean_after(image, filled / filled.numel())
    return (
        Fact("message", N_("conv.weight.one_() answers"), message),
        Fact("weight_sum", N_("Sum of all weights after fill_(1)"), weight_sum),
        Fact("mean_of_sums", N_("Mean of the output with weights 1"), summed),
        Fact("mean_of_means", N_("Mean of the output with weights 1/n"), averaged),
        Fact("ratio", N_("The first over the second"), summed / averaged if averaged else None),
    )


def blur_of_rgb(image: Tensor, kernel: Tensor) -> Facts:
    """The output's mean over the picture's, for weights of 1/9 and of 1/27 on three channels.

    A grey picture is taken as three equal channels. Circular padding lets every pixel count nine times, so
    that the borders do not spoil the figure. The learner's kernel plays no part.
    """
    picture = image.expand(3, -1, -1)
    mean = float(picture.double().mean())
    ninth, twenty_seventh = (_mean_after(picture, torch.full((1, 3, 3), 1 / n)) for n in (9, 27))
    return (
        Fact("mean", N_("Mean of the picture"), mean),
        Fact("mean_ninth", N_("Mean of the output with weights 1/9"), ninth),
        Fact("ratio_ninth", N_("times the picture's mean"), ninth / mean if mean else None),
        Fact("mean_twenty_seventh", N_("Mean of the output with weights 1/27"), twenty_seventh),
        Fact("ratio_twenty_seventh", N_("times the picture's mean"), twenty_seventh / mean if mean else None),
    )


def even_kernel(image: Tensor, kernel: Tensor) -> Facts:
    """``F.pad`` by unequal amounts against ``padding="same"``; odd sides of the kernel are made even."""
    kh, kw = (k if k % 2 == 0 else min(k + 1, kernels.MAX_SIZE - 1) for k in kernel.shape[1:])
    even = kernels.per_channel(kernels.resize(kernel, kh, kw), len(image))
    same = ConvSettings(padding="same")
    left, right, top, bottom = padding_amounts((kh, kw), same)
    padded = F.pad(image, (left, right, top, bottom))
    by_hand = F.conv2d(padded.unsqueeze(0), even.unsqueeze(0))[0, 0]
    difference = float((by_hand - pre_activation(image, even, same)).abs().max())
    return (
        Fact("kernel_size", N_("Size of the kernel"), f"{kh} x {kw}"),
        Fact("left", N_("Ghost columns to the left"), left),
        Fact("right", N_("Ghost columns to the right"), right),
        Fact("top", N_("Ghost rows above"), top),
        Fact("bottom", N_("Ghost rows below"), bottom),
        Fact("largest_difference", N_("Largest difference between F.pad and padding='same'"), difference),
    )


def _mean_after(image: Tensor, kernel: Tensor) -> float:
    """The output's mean, where every pixel counts as often as the kernel has weights."""
    circular = ConvSettings(padding="same", padding_mode="circular")
    return float(convolve(image, kernel, circular).double().mean())


def _gap(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().max())
