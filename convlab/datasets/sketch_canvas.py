"""A small canvas for the sketches: outlines, tubes, gradients; drawn four times too large, then averaged."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from convlab.pictures.images import LUMA

SIZE_PX = 32
_FINER = 4  # each pixel of the finished picture is the mean of so many squared

Colour = tuple[int, ...]  # red, green, blue, 0..255
Points = NDArray[np.float64]


def points(*values: tuple[float, ...]) -> Points:
    """Points as rows [N, 2 or 3]."""
    return np.array(values, dtype=np.float64)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """``one`` at share 0, ``other`` at share 1."""
    return tuple(round(a + (b - a) * share) for a, b in zip(one, other, strict=True))


def shaded(colour: Colour, factor: float) -> Colour:
    """The colour under less light (factor below 1) or more."""
    return tuple(min(255, max(0, round(value * factor))) for value in colour)


def luma(colour: Colour) -> float:
    """How bright the colour looks, 0..255 (ITU-R 601-2 luma)."""
    return sum(weight * value for weight, value in zip(LUMA, colour, strict=True))


class Canvas:
    """Coordinates are pixels of the finished picture: x to the right, y down, both 0..32."""

    def __init__(self, top: Colour, bottom: Colour) -> None:
        self._picture = Image.new("RGB", (SIZE_PX * _FINER, SIZE_PX * _FINER))
        self._pen = ImageDraw.Draw(self._picture)
        self.gradient(top, bottom, 0, SIZE_PX)

    def gradient(self, top: Colour, bottom: Colour, start: float, end: float) -> None:
        """Fill the rows from start to end, from one colour to the other."""
        first = round(start * _FINER)
        rows = round(end * _FINER) - first
        if rows > 0:
            shares = np.linspace(0, 1, rows)[:, None, None]
            column = np.rint(np.array(top) + shares * (np.array(bottom) - np.array(top))).astype(np.uint8)
            band = Image.fromarray(column).resize((self._picture.width, rows), Image.Resampling.NEAREST)
            self._picture.paste(band, (0, first))

    def polygon(self, colour: Colour, points: Points) -> None:
        """A filled outline through points [N, 2]."""
        self._pen.polygon(_fine(points), fill=colour)

    def ellipse(self, colour: Colour, x: float, y: float, width: float, height: float) -> None:
        """A filled ellipse about (x, y)."""
        x, y, across, down = x * _FINER, y * _FINER, width * _FINER / 2, height * _FINER / 2
        self._pen.ellipse((x - across, y - down, x + across, y + down), fill=colour)

    def tube(self, colour: Colour, points: Points, radii: Points) -> None:
        """Discs about points [N, 2] with radii [N], joined: the outline of a row of balls in a tight skin."""
        if len(points) > 1:
            ahead = points[1:] - points[:-1]
            along = np.concatenate((ahead[:1], ahead[1:] + ahead[:-1], ahead[-1:]))
            lengths = np.maximum(np.sqrt((along * along).sum(axis=1)), 1e-6)
            across = along[:, ::-1] * (-1, 1) * (radii / lengths)[:, None]
            self.polygon(colour, np.concatenate((points + across, (points - across)[::-1])))
        for i in {0, len(points) - 1}:
            self.ellipse(colour, points[i, 0], points[i, 1], 2 * radii[i], 2 * radii[i])

    def line(self, colour: Colour, width: float, points: Points) -> None:
        """A line through points [N, 2]."""
        self._pen.line(_fine(points), colour, max(1, round(width * _FINER)), "curve")

    def middle(self) -> Colour:
        """The mean colour of the square in the middle, half as wide as the picture."""
        quarter = SIZE_PX * _FINER // 4
        pixel = self._picture.reduce(2 * quarter, (quarter, quarter, 3 * quarter, 3 * quarter))
        return tuple(np.asarray(pixel)[0, 0].tolist())

    def pixels(self, blur_px: float) -> NDArray[np.float64]:
        """The finished picture, softened by a Gaussian of that deviation: float64 [32, 32, 3], 0..255."""
        picture = self._picture.reduce(_FINER)
        soft = picture.filter(ImageFilter.GaussianBlur(blur_px)) if blur_px else picture
        return np.asarray(soft, dtype=np.float64)


def _fine(points: Points) -> list[float]:
    """x, y, x, y ... on the large picture."""
    coordinates: list[float] = (points * _FINER).ravel().tolist()
    return coordinates
