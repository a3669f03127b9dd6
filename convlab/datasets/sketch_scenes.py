"""What lies behind and before the birds and airplanes of the sketches: skies, horizons, grounds, clutter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.random import Generator

from convlab.datasets.sketch_canvas import SIZE_PX, Canvas, Colour, mixed, points, shaded

T = TypeVar("T")

_SKIES: tuple[tuple[Colour, Colour], ...] = (  # top, bottom
    ((38, 96, 184), (122, 178, 230)),
    ((24, 74, 156), (86, 150, 214)),
    ((58, 122, 196), (150, 196, 230)),
    ((92, 106, 124), (150, 160, 172)),
    ((58, 66, 84), (118, 128, 142)),
    ((62, 52, 116), (236, 140, 92)),
    ((150, 60, 78), (240, 164, 96)),
    ((66, 86, 160), (214, 146, 168)),
    ((14, 20, 50), (48, 58, 106)),
    ((40, 36, 88), (132, 84, 134)),
    ((26, 110, 126), (126, 190, 180)),
    ((150, 194, 230), (228, 240, 248)),
)
_GROUNDS: tuple[tuple[Colour, Colour], ...] = (  # far, near
    ((118, 164, 86), (70, 120, 52)),
    ((150, 150, 152), (96, 98, 104)),
    ((228, 206, 156), (198, 168, 112)),
    ((92, 158, 196), (34, 92, 148)),
    ((238, 242, 248), (204, 216, 232)),
    ((176, 122, 84), (128, 80, 54)),
    ((44, 52, 60), (26, 30, 38)),
)
_SUNS: tuple[Colour, ...] = ((255, 240, 176), (255, 206, 110), (240, 240, 236))
_LEAVES: tuple[Colour, ...] = ((86, 150, 62), (46, 104, 58), (206, 140, 44), (188, 74, 50), (232, 170, 190))
_BARK: tuple[Colour, ...] = ((94, 66, 44), (60, 46, 40), (128, 112, 96), (40, 40, 48))


@dataclass(frozen=True)
class Scene:
    """A background; ``rest`` is the place (x, y) where a figure may stand, px, or None."""

    canvas: Canvas
    rest: tuple[float, float] | None
    perch: bool  # the place to stand is a branch or a wire, not the ground


def scene(rng: Generator) -> Scene:
    """A background that knows nothing of the figure to come."""
    top, bottom = _any(rng, _SKIES)
    if rng.random() < 0.1:
        top, bottom = bottom, top
    top, bottom = jittered(rng, top, 14), jittered(rng, bottom, 14)
    canvas = Canvas(top, bottom)
    if sum(top) < 250:
        _stars(rng, canvas)
    if rng.random() < 0.25:
        _sun(rng, canvas, bottom)
    for _ in range(int(rng.integers(4))):
        _cloud(rng, canvas, mixed(top, bottom, 0.5))
    place = rng.random()
    if place < 0.45:  # nothing but air, or a horizon far below
        if rng.random() < 0.5:
            _horizon(rng, canvas, rng.uniform(22, 31), bottom)
        return Scene(canvas, None, False)
    if place < 0.8:
        start = rng.uniform(13, 25)
        _horizon(rng, canvas, start, bottom)
        return Scene(canvas, (rng.uniform(12, 20), rng.uniform(start + 2, 30)), False)
    if rng.random() < 0.4:
        _horizon(rng, canvas, rng.uniform(14, 28), bottom)
    x, y = rng.uniform(11, 21), rng.uniform(20, 29)
    _branch(rng, canvas, x, y) if rng.random() < 0.7 else _wires(rng, canvas, x, y)
    return Scene(canvas, (x, y), True)


def clutter(rng: Generator, canvas: Canvas) -> None:
    """Now and then something near, over the figure: grass, leaves in a corner, a pole, a wire, a kite."""
    if rng.random() < 0.35:
        _any(rng, (_grass, _corner_leaves, _pole, _kite, _strand))(rng, canvas)


def jittered(rng: Generator, colour: Colour, by: int) -> Colour:
    """The colour with each channel changed by at most ``by``."""
    changes = rng.integers(-by, by + 1, 3).tolist()
    return tuple(min(255, max(0, value + change)) for value, change in zip(colour, changes, strict=True))


def _any(rng: Generator, choices: Sequence[T]) -> T:
    return choices[int(rng.integers(len(choices)))]


def _stars(rng: Generator, canvas: Canvas) -> None:
    for _ in range(int(rng.integers(4, 14))):
        x, y = rng.uniform(0, SIZE_PX, 2)
        canvas.ellipse((226, 226, 214), x, y, 0.7, 0.7)


def _sun(rng: Generator, canvas: Canvas, near: Colour) -> None:
    x, y, size = rng.uniform(2, 30), rng.uniform(1, 20), rng.uniform(3, 8)
    colour = jittered(rng, _any(rng, _SUNS), 10)
    canvas.ellipse(mixed(near, colour, 0.4), x, y, size * 1.5, size * 1.5)
    canvas.ellipse(colour, x, y, size, size)


def _cloud(rng: Generator, canvas: Canvas, sky: Colour) -> None:
    x, y, width = rng.uniform(-2, 34), rng.uniform(0, 26), rng.uniform(6, 18)
    share = rng.uniform(0.3, 0.95)
    lit, under = mixed(sky, (252, 250, 250), share), mixed(shaded(sky, 0.85), (226, 228, 236), share * 0.8)
    for dx, dy, w, h in ((0, 0.03, 1, 0.24), (-0.2, -0.05, 0.45, 0.3), (0.12, -0.1, 0.5, 0.38)):
        canvas.ellipse(under, x + dx * width, y + dy * width + 0.05 * width, w * width, h * width)
    for dx, dy, w, h in ((0, 0, 0.94, 0.16), (-0.2, -0.07, 0.42, 0.26), (0.12, -0.12, 0.46, 0.34)):
        canvas.ellipse(lit, x + dx * width, y + dy * width, w * width, h * width)


def _horizon(rng: Generator, canvas: Canvas, start: float, sky: Colour) -> None:
    """Hills, woods, houses or nothing before the sky; below: grass, runway, sand, water, snow, earth."""
    far, near = _any(rng, _GROUNDS)
    far, near = jittered(rng, far, 12), jittered(rng, near, 12)
    if sum(sky) < 300:
        far, near = shaded(far, 0.5), shaded(near, 0.5)
    kind = int(rng.integers(6))
    if kind < len(_SKYLINES):
        _SKYLINES[kind](rng, canvas, start, mixed(far, sky, rng.uniform(0.1, 0.6)))
    canvas.gradient(far, near, start, SIZE_PX)
    lines = mixed(far, (250, 250, 250), 0.35) if rng.random() < 0.5 else shaded(near, 0.85)
    for _ in range(int(rng.integers(5))):
        x, y, half = rng.uniform(0, 32), rng.uniform(start + 1, 32), rng.uniform(1, 7)
        canvas.line(lines, rng.uniform(0.3, 0.9), points((x - half, y), (x + half, y)))


def _hills(rng: Generator, canvas: Canvas, start: float, colour: Colour) -> None:
    for _ in range(int(rng.integers(1, 4))):
        width = rng.uniform(14, 40)
        canvas.ellipse(jittered(rng, colour, 10), rng.uniform(0, 32), start, width, rng.uniform(4, 14))


def _mountains(rng: Generator, canvas: Canvas, start: float, colour: Colour) -> None:
    x = np.linspace(-2, 34, 9)
    tops = start - rng.uniform(0.5, 8, 9)
    outline = np.concatenate((np.stack((x, tops), axis=1), points((34, start + 1), (-2, start + 1))))
    canvas.polygon(shaded(colour, 0.8), outline)


def _wood(rng: Generator, canvas: Canvas, start: float, colour: Colour) -> None:
    leaves = mixed(_any(rng, _LEAVES[:3]), colour, 0.4)
    for x in np.arange(-1, 34, 3.0).tolist():
        height = rng.uniform(3, 9)
        canvas.ellipse(jittered(rng, shaded(leaves, 0.75), 12), x + rng.uniform(-1, 1), start, 5, height)


def _town(rng: Generator, canvas: Canvas, start: float, colour: Colour) -> None:
    x = rng.uniform(-3, 4)
    while x < SIZE_PX:
        width, height = rng.uniform(2, 6), rng.uniform(1, 9)
        wall = points((x, start), (x, start - height), (x + width, start - height), (x + width, start))
        canvas.polygon(jittered(rng, shaded(colour, 0.75), 14), wall)
        x += width + rng.uniform(0, 3)


def _branch(rng: Generator, canvas: Canvas, x: float, y: float) -> None:
    bark = jittered(rng, _any(rng, _BARK), 10)
    slope, bend = rng.uniform(-0.25, 0.25), rng.uniform(-0.01, 0.01)
    along = np.linspace(-2, 34, 7)
    curve = y + 0.5 + slope * (along - x) + bend * (along - x) ** 2
    canvas.line(bark, rng.uniform(1.0, 2.0), np.stack((along, curve), axis=1))
    green = _any(rng, _LEAVES)
    for _ in range(int(rng.integers(7))):
        at = rng.uniform(0, 32)
        if abs(at - x) > 6:
            _leaf(rng, canvas, green, at, y + 0.5 + slope * (at - x) + rng.uniform(-2.5, 2.5))


def _leaf(rng: Generator, canvas: Canvas, colour: Colour, x: float, y: float) -> None:
    dx, dy = rng.uniform(-2.4, 2.4, 2)
    outline = points((-dx, -dy), (dy * 0.4, -dx * 0.4), (dx, dy), (-dy * 0.4, dx * 0.4))
    canvas.polygon(jittered(rng, colour, 20), outline + points((x, y)))


def _wires(rng: Generator, canvas: Canvas, x: float, y: float) -> None:
    slope, dark = rng.uniform(-0.1, 0.1), jittered(rng, (40, 42, 48), 12)
    for step in (0.0, rng.uniform(2, 5), -rng.uniform(14, 22)):
        ends = points((-1, y + step - slope * (x + 1)), (33, y + step + slope * (33 - x)))
        canvas.line(dark, 0.5, ends)


def _grass(rng: Generator, canvas: Canvas) -> None:
    green = shaded(_any(rng, _LEAVES[:3]), 0.8)
    for x in rng.uniform(0, 32, 10).tolist():
        height, lean = rng.uniform(2, 7), rng.uniform(-1.5, 1.5)
        blade = points((x - 0.5, 32), (x + lean, 32 - height), (x + 0.5, 32))
        canvas.polygon(jittered(rng, green, 16), blade)


def _corner_leaves(rng: Generator, canvas: Canvas) -> None:
    green, x, y = _any(rng, _LEAVES), float(rng.choice([0, 32])), float(rng.choice([0, 32]))
    for _ in range(8):
        dx, dy = rng.uniform(-6, 6, 2)
        _leaf(rng, canvas, green, x + dx, y + dy)


def _pole(rng: Generator, canvas: Canvas) -> None:
    grey = jittered(rng, (86, 88, 94), 30)
    x, top = rng.choice([rng.uniform(0, 6), rng.uniform(26, 32)]), rng.uniform(2, 18)
    canvas.line(grey, 0.8, points((x, top), (x, 33)))
    canvas.line(grey, 0.6, points((x - 2, top + 1), (x + 2, top + 1)))


def _kite(rng: Generator, canvas: Canvas) -> None:
    x, y, size = rng.choice([rng.uniform(1, 6), rng.uniform(26, 31)]), rng.uniform(2, 12), rng.uniform(1.5, 3)
    colour = tuple(int(rng.integers(256)) for _ in range(3))
    balloon = rng.random() >= 0.5
    end = (x + 0.5, y + 3 * size) if balloon else (x + rng.uniform(-4, 4), 33)
    canvas.line(shaded(colour, 0.6), 0.3, points((x, y), end))
    if balloon:
        canvas.ellipse(colour, x, y, size * 1.4, size * 1.7)
    else:
        canvas.polygon(colour, points((x, y - size), (x + size * 0.7, y), (x, y + size), (x - size * 0.7, y)))


def _strand(rng: Generator, canvas: Canvas) -> None:
    y, slope = rng.uniform(1, 31), rng.uniform(-6, 6)
    canvas.line(jittered(rng, (50, 50, 56), 20), 0.4, points((-1, y), (33, y + slope)))


_SKYLINES: tuple[Callable[[Generator, Canvas, float, Colour], None], ...] = (_hills, _mountains, _wood, _town)
