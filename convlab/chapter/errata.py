"""Where chapter 8 errs about convolution: the book's line, the right one, both tried on a picture."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from convlab.convolution import kernels
from convlab.convolution.conv2d import ConvSettings, convolve, padding_amounts, pre_activation
from convlab.errors import N_


@dataclass(frozen=True)
class Fact:
    """One computed value: a key for code, a label for people, and what came out (None: undefined here)."""

    key: str
    label: str
    value: float | int | str | None


@dataclass(frozen=True)
class Erratum:
    """One slip: its place in chapter 8, the line as printed and as it should be.

    Attributes:
        live: (image float32 [C, H, W] of 8 px or more, kernel [1 or C, kh, kw]) -> facts.
    """

    place: str
    book: str
    right: str
    live: Callable[[Tensor, Tensor], tuple[Fact, ...]]

    @property
    def key(self) -> str:
        """For code."""
        return self.live.__name__


def first_output(image: Tensor, kernel: Tensor) -> tuple[Fact, ...]:
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


def ones(image: Tensor, kernel: Tensor) -> tuple[Fact, ...]:
    """What ``one_()`` says, and what ``fill_(1)`` does to the mean of the output, at the kernel's size."""
    conv = nn.utils.skip_init(nn.Conv2d, len(image), 1, kernel_size=tuple(kernel.shape[1:]))
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


def blur_of_rgb(image: Tensor, kernel: Tensor) -> tuple[Fact, ...]:
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


def even_kernel(image: Tensor, kernel: Tensor) -> tuple[Fact, ...]:
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


ERRATA: tuple[Erratum, ...] = (
    Erratum(
        place=N_("Section 8.1.1"),
        book="o11 = i11 * w00 + i12 * w01 + i22 * w02 + ...",
        right="o11 = i11 * w00 + i12 * w01 + i13 * w02 + ...",
        live=first_output,
    ),
    Erratum(
        place=N_("Section 8.2.2"),
        book="conv.weight.one_()",
        right="conv.weight.fill_(1)  # or torch.nn.init.ones_(conv.weight)",
        live=ones,
    ),
    Erratum(
        place=N_("Section 8.2.2"),
        book="conv.weight.fill_(1.0 / 9.0)",
        right="conv.weight.fill_(1.0 / 27.0)  # in_channels * 3 * 3 weights share the mean",
        live=blur_of_rgb,
    ),
    Erratum(
        place=N_("Section 8.2.1, footnote 3"),
        book="torch.nn.functional.pad",
        right="nn.Conv2d(in_channels, 1, kernel_size=4, padding='same')  # since PyTorch 1.9",
        live=even_kernel,
    ),
)
