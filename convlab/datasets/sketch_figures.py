"""Birds and airplanes in three dimensions: balls in a skin, and sheets; turned, lit and put on a canvas.

Body axes: x to the nose, y to the left wing, z up. A figure is about one unit long.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from convlab.datasets.sketch_canvas import SIZE_PX, Canvas, Colour, Points, mixed, points, shaded

_WINDOWS = np.linspace(-0.28, 0.32, 7).tolist()
_LIGHT = (-0.35, -0.55, 0.76)  # screen axes: right, away, up


@dataclass(frozen=True)
class Coat:
    """The colours of a figure; birds and airplanes draw from the same coats."""

    main: Colour
    second: Colour
    accent: Colour
    dark: Colour


@dataclass(frozen=True)
class Sheet:
    """A thin surface with the outline points [N, 3]."""

    points: Points
    colour: Colour

    def draw(self, canvas: Canvas, turned: Points, flat: Points, scale: float) -> None:
        """``turned`` [N, 3] in screen axes, ``flat`` [N, 2] on the canvas, ``scale`` px to a unit."""
        a, b, c = turned[0], turned[len(turned) // 3], turned[2 * len(turned) // 3]
        lit = _facing((b - a).tolist(), (c - a).tolist())
        canvas.polygon(shaded(self.colour, 0.72 + 0.34 * lit), flat)


@dataclass(frozen=True)
class Tube:
    """A row of balls about points [N, 3] with radii [N], in a tight skin."""

    points: Points
    radii: Points
    colour: Colour
    lit: bool = False

    def draw(self, canvas: Canvas, turned: Points, flat: Points, scale: float) -> None:
        """``turned`` [N, 3] in screen axes, ``flat`` [N, 2] on the canvas, ``scale`` px to a unit."""
        radii = np.maximum(self.radii * scale, 0.3)
        canvas.tube(shaded(self.colour, 0.8) if self.lit else self.colour, flat, radii)
        if self.lit:
            towards = np.array([_LIGHT[0], -_LIGHT[2]]) * 0.3
            canvas.tube(self.colour, flat + towards * radii[:, None], radii * 0.68)


Part = Sheet | Tube


def put(canvas: Canvas, parts: list[Part], rotation: NDArray[np.float64], size_px: float, x: float, y: float,
        standing: bool) -> None:  # fmt: skip
    """Draw the parts, rotated to screen axes (right, away, up), size_px long, about (x, y) or on it."""
    turned = np.concatenate([part.points for part in parts]) @ rotation.T
    flat = turned[:, [0, 2]] * (1, -1)
    low, high = flat.min(axis=0), flat.max(axis=0)
    width, height = (high - low).tolist()
    scale = min(size_px / max(width, height), ((y - 1) if standing else SIZE_PX) / height)
    anchor = np.array([(low[0] + high[0]) / 2, high[1] if standing else (low[1] + high[1]) / 2])
    flat = (flat - anchor) * scale + (x, y)
    ends = np.cumsum([len(part.points) for part in parts])
    starts = np.concatenate(([0], ends[:-1]))
    depth = np.add.reduceat(turned[:, 1], starts) / (ends - starts)
    for i in np.argsort(-depth, kind="stable").tolist():
        own = slice(starts[i], ends[i])
        parts[i].draw(canvas, turned[own], flat[own], scale)


def _facing(one: list[float], other: list[float]) -> float:
    """How squarely the light meets the surface between two edges [3], 0..1."""
    (a, b, c), (d, e, f) = one, other
    x, y, z = b * f - c * e, c * d - a * f, a * e - b * d
    right, away, up = _LIGHT
    return abs(x * right + y * away + z * up) / (math.sqrt(x * x + y * y + z * z) or 1.0)


def turn(axis: int, degrees: float) -> NDArray[np.float64]:
    """The rotation [3, 3] about one axis."""
    angle = np.deg2rad(degrees)
    matrix = np.eye(3)
    one, other = (axis + 1) % 3, (axis + 2) % 3
    matrix[one, one] = matrix[other, other] = np.cos(angle)
    matrix[one, other], matrix[other, one] = -np.sin(angle), np.sin(angle)
    return matrix


def bird(rng: Generator, coat: Coat, resting: bool) -> list[Part]:
    """A bird: wings spread in flight, folded where it rests (with legs to stand on)."""
    girth = rng.uniform(0.115, 0.175)
    neck = rng.uniform(0.1, 0.38) if rng.random() < 0.3 else 0.0
    parts = _bird_body(rng, coat, girth, neck)
    if not resting:
        return parts + _spread_wings(rng, coat)
    parts += _both(*_folded_wing(coat, girth))
    upright = turn(1, -rng.uniform(5, 45)).T
    parts = [replace(part, points=part.points @ upright) for part in parts]
    return parts + _legs(rng, coat, girth, long=neck > 0)


def airplane(rng: Generator, coat: Coat, resting: bool) -> list[Part]:
    """An airliner, a light propeller airplane, a biplane or a jet fighter; on wheels where it rests."""
    kind = (_airliner, _airliner, _light, _biplane, _fighter)[int(rng.integers(5))]
    girth = rng.uniform(0.05, 0.07) if kind is _fighter else rng.uniform(0.065, 0.09)
    parts = _fuselage(rng, coat, girth) + kind(rng, coat, girth)
    if resting or rng.random() < 0.15:
        parts += _wheels(coat, girth)
    return parts


def _both(*parts: Part) -> list[Part]:
    """Parts of the left side, after their mirror images on the right."""
    return [*(replace(part, points=part.points * (1, -1, 1)) for part in parts), *parts]


def _bird_body(rng: Generator, coat: Coat, girth: float, neck: float) -> list[Part]:
    head = points((0.33 + 0.75 * neck, 0, 0.07 + neck * rng.uniform(0.1, 0.9)))
    head_radius = girth * rng.uniform(0.55, 0.72)
    body = points((-0.36, 0, 0.03), (-0.18, 0, 0), (0.02, 0, -0.02), (0.18, 0, 0.01))
    throat = np.concatenate((points((0.2, 0, 0.02)), head))
    beak_length, beak_drop = rng.uniform(0.1, 0.2), rng.uniform(0, 0.05)
    beak = head + points((head_radius * 0.7, 0, 0), (head_radius + beak_length, 0, -beak_drop))
    tail, spread, notch = rng.uniform(0.18, 0.36), rng.uniform(0.08, 0.18), rng.uniform(-0.06, 0.12)
    fan = points((-0.28, -0.04, 0.02), (-0.3 - tail, -spread, 0.02), (-0.3 - tail + notch, 0, 0.02),
                 (-0.3 - tail, spread, 0.02), (-0.28, 0.04, 0.02))  # fmt: skip
    eye = head + points((head_radius * 0.35, head_radius * 0.8, head_radius * 0.3))
    return [
        Sheet(fan, coat.second),
        Tube(body, girth * np.array([0.25, 0.8, 1.0, 0.8]), coat.main, lit=True),
        Tube(throat, np.array([girth * 0.7, head_radius]), coat.main, lit=True),
        Tube(beak, np.array([0.034, 0.008]), coat.accent),
        *_both(Tube(eye, np.array([0.026]), coat.dark)),
    ]


def _spread_wings(rng: Generator, coat: Coat) -> list[Part]:
    """Two curved wings that bend at the wrist, with bars across their feathers."""
    span, chord = rng.uniform(0.6, 1.0), rng.uniform(0.24, 0.38)
    raised = np.deg2rad(rng.uniform(-25, 60))
    bent = raised - np.deg2rad(rng.uniform(0, 70))
    forward, sweep = rng.uniform(0.02, 0.14), rng.uniform(0.1, 0.5)
    ragged = rng.uniform(0, 0.05)
    share = np.linspace(0, 1, 9)
    inner, outer = np.minimum(share, 0.45), np.maximum(share - 0.45, 0)
    y = span * (inner * np.cos(raised) + outer * np.cos(bent)) + 0.04
    z = span * (inner * np.sin(raised) + outer * np.sin(bent)) + 0.05
    lead = 0.14 + forward * np.sin(np.pi * np.minimum(share / 0.8, 1)) - sweep * share**2.2
    trail = lead - chord * np.array([1, 1.02, 1, 0.95, 0.86, 0.74, 0.58, 0.38, 0.1])
    trail += ragged * np.array([0, 0, 1, -1, 1, -1, 1, -1, 0])
    bars = (mixed(coat.main, coat.second, 0.5), mixed(coat.second, coat.dark, rng.uniform(0.3, 0.9)))
    front, back = (np.stack((x, y, z), axis=1) for x in (lead, trail))
    strips = [np.concatenate((front[i : i + 3], back[i : i + 3][::-1])) for i in range(0, 8, 2)]
    return _both(*(Sheet(strip, bars[n % 2]) for n, strip in enumerate(strips)))


def _folded_wing(coat: Coat, y: float) -> list[Part]:
    """A wing laid along the body, with bars across its feathers."""
    outline = points((0.17, y, 0.02), (0.12, y, 0.07), (0.02, y, 0.085), (-0.2, y, 0.05), (-0.5, 0.4 * y, 0),
                     (-0.22, y, -0.07), (-0.08, y, -0.085), (0.05, y, -0.07), (0.14, y, -0.03))  # fmt: skip
    bars = [
        Tube(points((x + 0.03, 1.04 * y, 0.05), (x - 0.03, 1.04 * y, -0.06)), np.full(2, 0.018), coat.dark)
        for x in (0.04, -0.08, -0.2)
    ]
    return [Sheet(outline, coat.second), *bars]


def _legs(rng: Generator, coat: Coat, girth: float, long: bool) -> list[Part]:
    foot = -girth - (rng.uniform(0.25, 0.45) if long else rng.uniform(0.1, 0.18))
    colour = coat.dark if rng.random() < 0.5 else coat.accent
    legs = [
        points((x, y, -girth * 0.8), (x + 0.01, y, foot), (x + 0.07, y, foot))
        for x, y in ((-0.02, -0.05), (0.06, 0.05))
    ]
    return [Tube(leg, np.full(3, 0.014), colour) for leg in legs]


def _fuselage(rng: Generator, coat: Coat, girth: float) -> list[Part]:
    line = points((-0.58, 0, 0.045), (-0.38, 0, 0.015), (-0.1, 0, 0), (0.25, 0, 0), (0.4, 0, -0.005),
                  (0.5, 0, -0.02))  # fmt: skip
    height, lean, fin_chord = rng.uniform(0.18, 0.28), rng.uniform(0.02, 0.2), rng.uniform(0.1, 0.16)
    top = -0.42 - lean
    fin = points((-0.36, 0, 0.04), (top, 0, height), (top - fin_chord, 0, height), (-0.6, 0, 0.05))
    parts: list[Part] = [
        Tube(line, girth * np.array([0.3, 0.7, 1, 1, 0.85, 0.35]), coat.main, lit=True),
        Sheet(fin, coat.accent),
        Tube(points((0.4, 0, girth * 0.75)), np.array([girth * 0.5]), coat.dark),
    ]
    low = rng.random() < 0.75  # else a T-tail, which sits on the leaning fin
    start, lift = (-0.44, rng.uniform(0.02, 0.06)) if low else (-0.44 - lean, height)
    span, sweep = rng.uniform(0.18, 0.27), rng.uniform(0, 0.14)
    return parts + _wings(coat.second, start, lift, span, (0.13, 0.07), sweep, rise=0)


def _wings(colour: Colour, x: float, z: float, span: float, chords: tuple[float, float], sweep: float,
           rise: float) -> list[Part]:  # fmt: skip
    """A pair of straight-edged wings whose leading edge starts at x."""
    root, tip = chords
    outline = ((x, 0, z), (x - sweep, span, z + rise), (x - sweep - tip, span, z + rise), (x - root, 0, z))
    return _both(Sheet(points(*outline), colour))


def _airliner(rng: Generator, coat: Coat, girth: float) -> list[Part]:
    span, sweep = rng.uniform(0.5, 0.7), rng.uniform(0.12, 0.36)
    z, rise = -0.4 * girth, rng.uniform(0, 0.1)
    parts = _wings(coat.second, 0.14, z, span, (rng.uniform(0.2, 0.28), 0.07), sweep, rise)
    under = ((0.33,), (0.28, 0.62), ())[int(rng.integers(3))]  # shares of the span
    wing_engines = [(0.14 - sweep * share, span * share, z - 0.05) for share in under]
    for x, y, depth in wing_engines or [(-0.3, 1.6 * girth, 0.04)]:
        axis = points((x + 0.06, y, depth), (x - 0.06, y, depth))
        parts += _both(Tube(axis, np.array([0.038, 0.03]), coat.dark))
    windows = (Tube(points((x, girth, 0.02)), np.full(1, 0.019), coat.dark) for x in _WINDOWS)
    return parts + _both(*windows)


def _light(rng: Generator, coat: Coat, girth: float) -> list[Part]:
    z = girth * (1.0 if rng.random() < 0.6 else -0.5)
    wings = _wings(coat.second, 0.2, z, rng.uniform(0.5, 0.65), (0.18, rng.uniform(0.11, 0.17)), 0.03, 0.04)
    return wings + _propeller(rng, coat)


def _biplane(rng: Generator, coat: Coat, girth: float) -> list[Part]:
    span, chord, gap = rng.uniform(0.45, 0.55), rng.uniform(0.15, 0.2), rng.uniform(0.1, 0.14)
    parts = _propeller(rng, coat)
    for z in (gap, -0.8 * girth):
        parts += _wings(coat.second, 0.24, z, span, (chord, chord), 0.0, 0.02)
    strut = points((0.16, span * 0.7, gap), (0.16, span * 0.7, -0.8 * girth))
    return parts + _both(Tube(strut, np.full(2, 0.012), coat.dark))


def _fighter(rng: Generator, coat: Coat, girth: float) -> list[Part]:
    span, tip, sweep = rng.uniform(0.32, 0.45), rng.uniform(0.06, 0.14), rng.uniform(0.4, 0.5)
    wings = _wings(coat.second, 0.2, -0.3 * girth, span, (0.55, tip), sweep, 0.0)
    nozzle = Tube(points((-0.5, 0, 0.02), (-0.62, 0, 0.02)), np.full(2, girth * 0.6), coat.dark)
    return [*wings, nozzle]


def _propeller(rng: Generator, coat: Coat) -> list[Part]:
    angle, radius = rng.uniform(0, np.pi), rng.uniform(0.14, 0.19)
    y, z = radius * np.cos(angle), radius * np.sin(angle)
    return [Tube(points((0.52, y, z - 0.02), (0.53, -y, -z - 0.02)), np.full(2, 0.016), coat.dark)]


def _wheels(coat: Coat, girth: float) -> list[Part]:
    return [
        Tube(points((x, y * 0.5, -girth * 0.7), (x, y, -girth - 0.1)), np.array([0.014, 0.034]), coat.dark)
        for x, y in ((0.36, 0.0), (0.0, -0.11), (0.0, 0.11))
    ]
