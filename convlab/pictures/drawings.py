"""Pictures drawn by our own code: a house, test patterns, figure 8.8's crosses, a bird and an airplane."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from convlab.errors import N_, UserError
from convlab.pictures.images import check_size, to_tensor

_WHITE = 255
_BARS = [(r, g, b) for g, r, b in itertools.product((_WHITE, 0), repeat=3)]  # in order of falling brightness


def draw(key: str, size_px: int) -> Tensor:
    """One of ``DRAWINGS``, uint8 [3, size_px, size_px], drawn for the size asked, not resized.

    All but the bird and the airplane have pixels of exact values, with no softened edge. Raises UserError for
    an unknown key, or a size outside 8..256.
    """
    check_size(size_px)
    if key not in DRAWINGS:
        raise UserError(N_("There is no drawing {key!r}: please choose one of the list."), key=key[:40])
    return _DRAWN[key][1](size_px)


def _grey(plane: Tensor) -> Tensor:
    return plane.to(torch.uint8).expand(3, -1, -1).clone()  # (H, W) -> (3, H, W)


def _axes(size_px: int) -> tuple[Tensor, Tensor]:
    """Row numbers (H, 1) and column numbers (1, W)."""
    numbers = torch.arange(size_px)
    return numbers[:, None], numbers[None, :]


def _vertical_edges(size_px: int) -> Tensor:
    """Four bands whose three edges have steps of +255, -191 and +127: both signs, three strengths."""
    _, x = _axes(size_px)
    levels = torch.tensor([0, 255, 64, 191])
    return _grey(levels[x * 4 // size_px].expand(size_px, size_px))


def _diagonal_edges(size_px: int) -> Tensor:
    """Nested diamonds: edges along both diagonals, rising and falling."""
    y, x = _axes(size_px)
    centre = size_px - 1
    ring = ((2 * x - centre).abs() + (2 * y - centre).abs()) * 5 // (2 * size_px)  # 0 inside, 4 in corners
    levels = torch.tensor([255, 64, 191, 0, 128])
    return _grey(levels[ring])


def _impulse(size_px: int) -> Tensor:
    picture = torch.zeros(3, size_px, size_px, dtype=torch.uint8)
    picture[:, size_px // 2, size_px // 2] = _WHITE
    return picture


def _checks(size_px: int, cell_px: int) -> Tensor:
    y, x = _axes(size_px)
    return (y // cell_px + x // cell_px + 1) % 2 * _WHITE


def _cross_at(row: int, column: int, arm: int, size: int = 8) -> Tensor:
    y, x = _axes(size)
    down, right = (y - row).abs(), (x - column).abs()
    return ((down == 0) & (right <= arm)) | ((right == 0) & (down <= arm))


def _small_cross(size_px: int) -> Tensor:
    """Crosses of 3x3 px at every size: two in each 8x8 tile, none touching another."""
    tile = _cross_at(1, 1, arm=1) | _cross_at(5, 5, arm=1)
    y, x = _axes(size_px)
    return _grey(tile[y % 8, x % 8] * _WHITE)


def _large_cross(size_px: int) -> Tensor:
    """One cross over 7/8 of the picture: at 8 px, 7x7 px with arms one pixel thick."""
    y, x = _axes(size_px)
    return _grey(_cross_at(3, 3, arm=3)[y * 8 // size_px, x * 8 // size_px] * _WHITE)


def _crosses(size_px: int) -> Tensor:
    """In each 16x16 tile a cross of 7x7 px and six of 3x3 px, none touching another; figure 8.8's subject."""
    tile = _cross_at(3, 3, arm=3, size=16)
    for row, column in ((1, 9), (5, 13), (9, 1), (13, 5), (9, 9), (13, 13)):
        tile = tile | _cross_at(row, column, arm=1, size=16)
    y, x = _axes(size_px)
    return _grey(tile[y % 16, x % 16] * _WHITE)


_HOUSE = """
  ........
  ...##...
  ..####..
  .######.
  .      .
  .    % .
  .    % .
  ,,,,,,,,
"""
_HOUSE_TENTHS = {".": 6, "#": 2, " ": 10, "%": 0, ",": 4}  # sky, roof, wall, door, ground


def _house(size_px: int) -> Tensor:
    """Five greys of whole tenths: edges both ways and aslant, and a wall of one colour between two edges."""
    rows = [line[2:] for line in _HOUSE.splitlines()[1:]]
    tenths = torch.tensor([[_HOUSE_TENTHS[sign] for sign in row] for row in rows])
    y, x = _axes(size_px)
    return _grey(tenths[y * 8 // size_px, x * 8 // size_px] * _WHITE // 10)


def _test_card(size_px: int) -> Tensor:
    """From the top: a grey ramp, colour bars, three checkerboards and a dot, lines in four directions."""
    y, x = _axes(size_px)
    unit = max(1, size_px // 64)
    ramp = torch.round(x * _WHITE / (size_px - 1)).to(torch.uint8).expand(3, size_px, -1)
    bars = torch.tensor(_BARS, dtype=torch.uint8)[x[0] * 8 // size_px].T[:, None, :].expand(-1, size_px, -1)
    dot = torch.zeros(size_px, size_px, dtype=torch.int64)
    dot[size_px * 5 // 8, size_px * 7 // 8] = _WHITE

    def lines(across: Tensor) -> Tensor:
        return (across % (4 * unit) < unit).expand(size_px, size_px) * _WHITE

    panels = (
        (_checks(size_px, 1), _checks(size_px, 2 * unit), _checks(size_px, 4 * unit), dot),
        (lines(x), lines(y), lines(x + y), lines(x - y)),
    )
    edges = [i * size_px // 4 for i in range(5)]
    card = torch.cat((ramp[:, : edges[1]], bars[:, edges[1] :]), dim=1).clone()
    for i, row in enumerate(panels, start=2):
        for j, panel in enumerate(row):
            rows, columns = slice(edges[i], edges[i + 1]), slice(edges[j], edges[j + 1])
            card[:, rows, columns] = panel[rows, columns].to(torch.uint8)
    return card


Point = tuple[float, float]
Colour = tuple[int, int, int]


class _Canvas:
    """Shapes in coordinates 0..1 (x to the right, y down), drawn four times too large, then averaged."""

    def __init__(self, size_px: int, sky_top: Colour, sky_bottom: Colour) -> None:
        self.scale = 4 * size_px
        self.picture = Image.new("RGB", (self.scale, self.scale))
        self.pen = ImageDraw.Draw(self.picture)
        for row in range(self.scale):
            share = row / (self.scale - 1)
            colour = tuple(round(a + (b - a) * share) for a, b in zip(sky_top, sky_bottom, strict=True))
            self.pen.line(((0, row), (self.scale, row)), fill=colour)

    def shape(self, colour: Colour, *points: Point) -> None:
        """A filled outline through the points."""
        self.pen.polygon([(x * self.scale, y * self.scale) for x, y in points], fill=colour)

    def smooth(self, colour: Colour, *points: Point) -> None:
        """A filled closed curve (a Catmull-Rom spline) through the points."""
        self.shape(colour, *_closed_curve(points))

    def ellipse(self, colour: Colour, x: float, y: float, width: float, height: float) -> None:
        """A filled ellipse about the centre (x, y)."""
        box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        self.pen.ellipse([value * self.scale for value in box], fill=colour)

    def line(self, colour: Colour, width: float, *points: Point) -> None:
        """A line of the given width through the points."""
        thick = max(1, round(width * self.scale))
        self.pen.line([(x * self.scale, y * self.scale) for x, y in points], colour, thick, "curve")

    def cloud(self, x: float, y: float, width: float) -> None:
        """A small white cloud about the centre (x, y)."""
        for dx, dy, w, h in ((0, 0, 1, 0.3), (-0.18, -0.1, 0.42, 0.36), (0.12, -0.15, 0.5, 0.46)):
            self.ellipse((250, 252, 255), x + dx * width, y + dy * width, w * width, h * width)

    def pixels(self) -> Tensor:
        """The finished picture, uint8 [3, size_px, size_px]."""
        return to_tensor(self.picture.reduce(4))


def _closed_curve(points: tuple[Point, ...], steps: int = 12) -> list[Point]:
    """Points along the Catmull-Rom spline through ``points`` and back to the first."""
    knots = np.array(points)
    before, after, next_after = (np.roll(knots, shift, axis=0) for shift in (1, -1, -2))
    curve = []
    for t in np.arange(steps) / steps:
        a = 2 * knots + (after - before) * t
        b = (2 * before - 5 * knots + 4 * after - next_after) * t**2
        c = (3 * knots - before - 3 * after + next_after) * t**3
        curve.append((a + b + c) / 2)
    return [(float(x), float(y)) for x, y in np.stack(curve, axis=1).reshape(-1, 2)]


def _bird(size_px: int) -> Tensor:
    """A robin on a twig, facing right."""
    canvas = _Canvas(size_px, (120, 186, 236), (214, 238, 250))
    canvas.cloud(0.2, 0.2, 0.3)
    canvas.cloud(0.87, 0.48, 0.22)
    back, dark, breast, belly = (112, 84, 64), (72, 52, 42), (226, 96, 34), (246, 232, 214)
    bark, leaf = (94, 66, 44), (86, 150, 62)
    canvas.line(bark, 0.045, (-0.05, 0.9), (0.4, 0.86), (0.75, 0.87), (1.05, 0.8))
    canvas.smooth(leaf, (0.78, 0.85), (0.84, 0.76), (0.95, 0.72), (0.9, 0.81))
    canvas.shape(dark, (0.31, 0.56), (0.4, 0.66), (0.1, 0.86), (0.03, 0.8))  # tail
    body = ((0.26, 0.6), (0.36, 0.43), (0.5, 0.31), (0.545, 0.2), (0.65, 0.135), (0.765, 0.19),
            (0.79, 0.29), (0.81, 0.45), (0.77, 0.62), (0.65, 0.735), (0.48, 0.755), (0.34, 0.7))  # fmt: skip
    canvas.smooth(back, *body)
    canvas.smooth(belly, (0.38, 0.68), (0.56, 0.6), (0.74, 0.55), (0.795, 0.52), (0.76, 0.63), (0.65, 0.73),
                  (0.48, 0.75))  # fmt: skip
    canvas.smooth(breast, (0.66, 0.19), (0.76, 0.2), (0.785, 0.29), (0.81, 0.45), (0.785, 0.56), (0.7, 0.6),
                  (0.6, 0.53), (0.585, 0.38), (0.6, 0.27))  # fmt: skip
    canvas.smooth(dark, (0.55, 0.42), (0.6, 0.52), (0.52, 0.63), (0.36, 0.68), (0.17, 0.72), (0.3, 0.56),
                  (0.44, 0.44))  # fmt: skip
    canvas.shape((240, 178, 44), (0.765, 0.2), (0.91, 0.26), (0.775, 0.285))  # beak
    canvas.ellipse((20, 16, 14), 0.69, 0.225, 0.062, 0.062)
    canvas.ellipse((255, 255, 255), 0.702, 0.213, 0.02, 0.02)
    for x in (0.52, 0.61):
        canvas.line((60, 42, 34), 0.02, (x, 0.74), (x + 0.015, 0.86))
    return canvas.pixels()


def _airplane(size_px: int) -> Tensor:
    """An airliner, seen from its right side as it climbs."""
    canvas = _Canvas(size_px, (58, 128, 206), (176, 216, 244))
    canvas.cloud(0.76, 0.89, 0.4)
    canvas.cloud(0.14, 0.84, 0.22)
    canvas.cloud(0.5, 0.15, 0.24)
    white, shade, steel = (248, 250, 252), (204, 212, 224), (112, 126, 148)
    dark, red = (40, 52, 74), (208, 34, 40)
    roof = ((0.06, 0.44), (0.2, 0.41), (0.5, 0.4), (0.78, 0.4), (0.89, 0.435), (0.955, 0.515))
    canvas.shape(steel, *_climbing((0.46, 0.44), (0.64, 0.44), (0.44, 0.24), (0.36, 0.24)))  # far wing
    canvas.shape(red, *_climbing((0.12, 0.45), (0.09, 0.18), (0.19, 0.18), (0.36, 0.44)))  # fin
    canvas.smooth(shade, *_climbing(*roof, (0.92, 0.57), (0.82, 0.6), (0.6, 0.61), (0.38, 0.6), (0.2, 0.54)))
    canvas.smooth(white, *_climbing(*roof, (0.8, 0.55), (0.5, 0.555), (0.2, 0.51)))
    canvas.shape(dark, *_climbing((0.85, 0.43), (0.885, 0.44), (0.915, 0.475), (0.86, 0.475)))  # cockpit
    if size_px >= 64:  # smaller, the windows only muddy the white
        for i in range(11):
            x = 0.27 + 0.052 * i
            canvas.shape(dark, *_climbing((x, 0.455), (x + 0.024, 0.455), (x + 0.024, 0.49), (x, 0.49)))
    canvas.shape(steel, *_climbing((0.11, 0.46), (0.23, 0.46), (0.11, 0.55), (0.05, 0.55)))  # tailplane
    engine = _climbing((0.43, 0.61), (0.55, 0.61), (0.57, 0.66), (0.54, 0.71), (0.43, 0.69))
    canvas.smooth(dark, *engine)
    canvas.shape(steel, *_climbing((0.41, 0.55), (0.65, 0.55), (0.33, 0.88), (0.23, 0.88)))  # near wing
    canvas.shape(shade, *_climbing((0.61, 0.55), (0.65, 0.55), (0.33, 0.88), (0.3, 0.88)))
    return canvas.pixels()


def _climbing(*points: Point) -> list[Point]:
    """The points turned 14 degrees about the middle of the picture, so that what points right climbs."""
    cos, sin = math.cos(math.radians(14)), math.sin(math.radians(14))
    moved = [(x - 0.5, y - 0.5) for x, y in points]
    return [(0.5 + x * cos + y * sin, 0.5 - x * sin + y * cos) for x, y in moved]


_DRAWN: dict[str, tuple[str, Callable[[int], Tensor]]] = {
    "house": (N_("House"), _house),
    "test_card": (N_("Test card"), _test_card),
    "vertical_edges": (N_("Vertical edges"), _vertical_edges),
    "horizontal_edges": (N_("Horizontal edges"), lambda size: _vertical_edges(size).mT.contiguous()),
    "diagonal_edges": (N_("Diagonal edges"), _diagonal_edges),
    "impulse": (N_("One white pixel"), _impulse),
    "checkerboard": (N_("Checkerboard"), lambda size: _grey(_checks(size, max(1, size // 32)))),
    "small_cross": (N_("Small crosses"), _small_cross),
    "large_cross": (N_("A large cross"), _large_cross),
    "crosses": (N_("A large cross among small ones"), _crosses),
    "bird": (N_("Bird"), _bird),
    "airplane": (N_("Airplane"), _airplane),
}
DRAWINGS: dict[str, str] = {key: title for key, (title, _) in _DRAWN.items()}
