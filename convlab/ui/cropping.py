"""A square of the learner's own, cut from any picture of the chooser and brought to 32 x 32."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from convlab import numerals
from convlab.pictures import crop, images
from convlab.ui.picture import (
    FALLBACK,
    Picture,
    PictureControls,
    Size,
    source_code,
    unnormalised,
    whole_picture,
)

_FARTHEST_PX = 200_000  # from the corner of a picture of 16 megapixels; more is no square that anybody chose


def _square(text: str) -> crop.Square:
    left, top, side = map(numerals.whole, text.split(","))
    if max(abs(left), abs(top), side) > _FARTHEST_PX or side < 1:
        raise ValueError(text)
    return crop.Square(left, top, side)


def _text(window: crop.Square) -> str:
    return f"{window.left_px},{window.top_px},{window.side_px}"


_Window = Annotated[str, Field(max_length=40), AfterValidator(lambda text: text and _text(_square(text)))]


class CroppedControls(PictureControls):
    """A picture of 32 x 32 RGB pixels, and the square of the source that it is made of.

    ``window`` is "left,top,side" in pixels of the source, or "" for the largest square in the middle.
    """

    size: Size = 32
    colour: Literal["grey", "rgb"] = "rgb"
    normalised: bool = True
    window: _Window = ""
    padding: Literal["black", "edge", "mean"] = "black"


def window_on(controls: CroppedControls, height_px: int, width_px: int) -> crop.Square:
    """The square on a picture of that size; the middle where there is none or it misses the picture."""
    middle = crop.centred(height_px, width_px)
    if not controls.window:
        return middle
    found = _square(controls.window)
    beside = found.left_px >= width_px or found.left_px + found.side_px <= 0
    above = found.top_px >= height_px or found.top_px + found.side_px <= 0
    too_large = found.side_px > crop.MAX_ZOOM_OUT * max(height_px, width_px)
    return middle if beside or above or too_large else found


def window_text(window: crop.Square, height_px: int, width_px: int) -> str:
    """What ``CroppedControls.window`` is to hold for a square of a picture of that size."""
    return "" if window == crop.centred(height_px, width_px) else _text(window)


def picture(
    controls: CroppedControls,
    mean: tuple[float, ...],
    std: tuple[float, ...],
    size_px: int = crop.SIZE_PX,
) -> tuple[Picture, str | None]:
    """The square as the working picture, and a notice where another picture has to stand in.

    ``mean`` and ``std`` are those of the network's pictures, which are grey where there is but one of each;
    they count where ``controls.normalised``.
    """
    whole, name, notice = whole_picture(controls, size_px)
    window, grey = window_on(controls, *whole.shape[1:]), len(mean) == 1
    filling = mean * 3 if grey else mean
    pixels = crop.cut(whole, window, controls.padding, filling, size_px)
    if grey:
        pixels = images.working(pixels, size_px, grey=True)
    code = _code(controls, FALLBACK if notice else controls.picture, window, filling, size_px, grey)
    if not controls.normalised:
        mean, std = unnormalised(len(mean))
    identity = f"{name}/{_text(window)}/{controls.padding}/{tuple(pixels.shape)}"
    return Picture(pixels, mean, std, identity, code), notice


def _code(
    controls: CroppedControls,
    choice: str,
    window: crop.Square,
    mean: tuple[float, ...],
    size_px: int,
    grey: bool,
) -> str:
    given = [repr(controls.padding)]
    if controls.padding == "mean" and controls.normalised:
        given.append(f"mean={mean!r}")
    if size_px != crop.SIZE_PX:
        given.append(f"size_px={size_px}")
    square = f"Square({window.left_px}, {window.top_px}, {window.side_px})"
    lines = [f"pixels = cut(picture, {square}, {', '.join(given)})"]
    if grey:
        lines.append(f"pixels = images.working(pixels, {size_px}, grey=True)")
    source = source_code(controls, choice, size_px)
    return "\n".join(["from convlab.pictures.crop import Square, cut", *source, *lines])
