"""A square window on any picture, made the 32x32 that a network takes; it may reach beyond the picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from convlab.errors import N_, UserError, chosen
from convlab.networks.designs import INPUT_SHAPE
from convlab.pictures import images

SIZE_PX = INPUT_SHAPE[1]
PADDINGS: dict[str, str] = {
    "black": N_("Black"),
    "edge": N_("The picture's edge, drawn out"),
    "mean": N_("Mean colour, 0 once normalised"),
}
MAX_ZOOM_OUT = 8  # window to longer side of the picture: there 4 pixels are left of it
_MAX_CANVAS_PX = 2048  # side of a window with padding, in memory; a larger one is made of a smaller picture


@dataclass(frozen=True)
class Square:
    """A square of a picture in its pixels; left and top may be negative, right and bottom beyond the end."""

    left_px: int
    top_px: int
    side_px: int


def centred(height_px: int, width_px: int, zoom: float = 1.0) -> Square:
    """The window about the centre; zoom 1 is the largest square, the default of ``images.working``.

    A zoom above 1 is nearer; below 1 farther, down to where ``MAX_ZOOM_OUT`` ends; UserError if not above 0.
    """
    if not zoom > 0:
        raise UserError(N_("The zoom is {zoom}: choose a number above 0."), zoom=zoom)
    largest = MAX_ZOOM_OUT * max(height_px, width_px)
    side = int(min(max(round(min(height_px, width_px) / zoom), 1), largest))
    return Square((width_px - side) // 2, (height_px - side) // 2, side)


def whole(height_px: int, width_px: int) -> Square:
    """The smallest centred window that leaves nothing of the picture out."""
    side = max(height_px, width_px)
    return Square((width_px - side) // 2, (height_px - side) // 2, side)


def cut(
    image: Tensor,
    window: Square | None = None,
    padding: str = "black",
    mean: Sequence[float] = images.CIFAR10_MEAN,
    size_px: int = SIZE_PX,
) -> Tensor:
    """The picture in a window at 32x32, resized as ``images.working`` does; 32 pixels stay what they are.

    uint8 [3, H, W] becomes uint8 [3, 32, 32], or of another ``size_px`` for another network. A larger window
    is shrunk by Pillow's Hamming filter, which averages over all pixels (antialiased); a smaller one is
    enlarged in crisp squares. What lies outside the picture is filled before resizing, with "mean" by a
    colour on the scale 0..1. Without a window: ``centred``. Raises UserError for a window that is empty, too
    large or beside the picture.
    """
    _, height, width = image.shape
    window = window or centred(height, width)
    _check(window, height, width, padding)
    factor, window = reduction(window, height, width)
    if factor > 1:  # means over squares of pixels; at the right and at the bottom over what is there
        image = images.to_tensor(images.to_pillow(image).reduce(factor))
    return images.working(_canvas(image, window, padding, mean), size_px, grey=False)


def reduction(window: Square, height_px: int, width_px: int) -> tuple[int, Square]:
    """By how much ``cut`` first shrinks a picture to bound its memory, and the window in the small one."""
    if _inside(window, height_px, width_px):
        return 1, window
    factor = -(-window.side_px // _MAX_CANVAS_PX)
    return factor, Square(window.left_px // factor, window.top_px // factor, window.side_px // factor)


def _inside(window: Square, height: int, width: int) -> bool:
    right, bottom = window.left_px + window.side_px, window.top_px + window.side_px
    return window.left_px >= 0 and window.top_px >= 0 and right <= width and bottom <= height


def _check(window: Square, height: int, width: int, padding: str) -> None:
    chosen(PADDINGS, padding, N_("There is no padding {key}: choose one of {keys}."))
    largest = MAX_ZOOM_OUT * max(height, width)
    if not 1 <= window.side_px <= largest:
        message = N_("The window is {side} px wide: choose 1 to {largest}.")
        raise UserError(message, side=window.side_px, largest=largest)
    beside = window.left_px >= width or window.left_px + window.side_px <= 0
    if beside or window.top_px >= height or window.top_px + window.side_px <= 0:
        raise UserError(N_("The window lies beside the picture: move it back."))


def _canvas(image: Tensor, window: Square, padding: str, mean: Sequence[float]) -> Tensor:
    """The window's pixels, uint8 [3, side, side], filled where there is no picture."""
    _, height, width = image.shape
    if _inside(window, height, width):
        across = slice(window.left_px, window.left_px + window.side_px)
        return image[:, window.top_px : window.top_px + window.side_px, across]
    rows = torch.arange(window.top_px, window.top_px + window.side_px)
    cols = torch.arange(window.left_px, window.left_px + window.side_px)
    canvas = image[:, rows.clamp(0, height - 1)[:, None], cols.clamp(0, width - 1)]
    if padding != "edge":
        colour = [0, 0, 0] if padding == "black" else colour_of(mean)
        filling = torch.tensor(colour, dtype=torch.uint8)[:, None]
        canvas[:, (rows < 0) | (rows >= height)] = filling[..., None]
        canvas[:, :, (cols < 0) | (cols >= width)] = filling[..., None]
    return canvas


def colour_of(mean: Sequence[float]) -> list[int]:
    """A mean on the scale 0..1 as the nearest pixel values 0..255."""
    return [round(255 * value) for value in mean]
