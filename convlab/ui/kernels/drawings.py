"""Small moving drawings of what each setting of a convolution does, for the value that is set.

Each is a picture of its own (SVG, CSS) that plays three times and then rests, and one that is at rest from
the start, for whoever wants no motion. At rest it shows beside each other what moved.
"""

import base64
import html
import math
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

WIDTH, HEIGHT = 132, 76


class Drawing(NamedTuple):
    """Two SVG texts."""

    moving: str
    still: str


_STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")


@lru_cache(maxsize=64)
def scan(padding: int = 0, stride: int = 1, dilation: int = 1, size: int = 5, kernel: int = 3) -> Drawing:
    """A window goes over the pixels, ghosts round them; where it stands, an output pixel lights up."""
    side, span = size + 2 * padding, dilation * (kernel - 1) + 1
    out = (side - span) // stride + 1
    pixel = min(12.0, (HEIGHT - 6) / max(side, out), (WIDTH - 18) / (side + out))
    right = 6 + side * pixel + 10
    top, below = (HEIGHT - side * pixel) / 2, (HEIGHT - out * pixel) / 2
    edge = range(side)
    inside = {(x, y) for x in edge for y in edge if padding <= min(x, y) and max(x, y) < side - padding}
    pixels = _cells(inside, 6, top, pixel, "cell")
    ghosts = _cells({(x, y) for x in edge for y in edge} - inside, 6, top, pixel, "ghost")
    outputs = _cells(((x, y) for x in range(out) for y in range(out)), right, below, pixel, "cell")
    taps = [(dilation * x, dilation * y) for x in range(kernel) for y in range(kernel)]
    places = [(x, y) for y in range(out) for x in range(out)]

    def at(place: tuple[int, int], more: str = "") -> str:
        moved = [(x + stride * place[0], y + stride * place[1]) for x, y in taps]
        output = _cells([place], right, below, pixel, "out" + more)
        return _cells(moved, 6, top, pixel, "window" + more) + output

    motion = _keyframes("window", [(stride * pixel * x, stride * pixel * y) for x, y in places])
    motion += _keyframes("out", [(pixel * x, pixel * y) for x, y in places])
    moving = _moving("window", _cells(taps, 6, top, pixel, "window"))
    moving += _moving("out", _cells([(0, 0)], right, below, pixel, "out"))
    rest = at(places[0]) + (at(places[1], "-next") if out > 1 else "")
    return _drawing(pixels + ghosts + outputs, moving, rest, motion)


@lru_cache(maxsize=64)
def lift(bias: float) -> Drawing:
    """Five sums as bars; the bias lifts or lowers all of them alike."""
    middle, high, wide = HEIGHT / 2, 9.0, 16.0
    move = -high * math.copysign(min(2.0, 0.5 + abs(bias)), bias) if bias else 0.0
    heads = [middle - high * value for value in (-1.5, 0.5, 1.8, -0.6, 1.0)]
    axis = _line(4, middle, WIDTH - 4, middle, "axis")

    def bars(moved: float, kind: str) -> str:
        places = [(12 + 24 * n, y + moved) for n, y in enumerate(heads)]
        return "".join(_line(x, y, x + wide, y, kind) for x, y in places)

    motion = _keyframes("out", [(0, 0), (0, move), (0, move)])
    moving = _moving("out", bars(0, "line"), "smooth")
    return _drawing(axis + bars(0, "before"), moving, bars(move, "line"), motion)


@lru_cache(maxsize=64)
def curve(activation: str) -> Drawing:
    """The activation as a curve: a sum moves along the axis, and what becomes of it along the curve."""
    functions: dict[str, Callable[[float], float]] = {
        "relu": lambda x: max(0.0, x),
        "tanh": math.tanh,
        "abs": abs,
    }
    function: Callable[[float], float] = functions.get(activation, float)
    middle, unit, centre = HEIGHT / 2, 13.0, WIDTH / 2
    steps = [n / 10 - 2.5 for n in range(51)]
    points = [(centre + 2 * unit * x, middle - unit * function(x)) for x in steps]
    axes = _line(4, middle, WIDTH - 4, middle, "axis") + _line(centre, 4, centre, HEIGHT - 4, "axis")
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    line = _shape("polyline", "line", points=path)
    motion = _keyframes("window", [(x, middle) for x, _y in points]) + _keyframes("out", points)
    moving = _moving("window", _dot(0, 0, "window")) + _moving("out", _dot(0, 0, "out"))
    ends = [_dot(x, middle, "window") + _dot(x, y, "out") for x, y in points[5::10]]
    rest = "".join(ends + [_line(x, middle, x, y, "before") for x, y in points[5::10]])
    return _drawing(axes + line, moving, rest, motion)


def _cells(places: Iterable[tuple[int, int]], left: float, top: float, pixel: float, kind: str) -> str:
    side = f"h{pixel:.2f}v{pixel:.2f}h{-pixel:.2f}z"
    squares = (f"M{left + pixel * x:.2f} {top + pixel * y:.2f}{side}" for x, y in sorted(places))
    return _shape("path", kind, d="".join(squares))


def _dot(x: float, y: float, kind: str) -> str:
    return _shape("circle", kind, cx=f"{x:.1f}", cy=f"{y:.1f}", r=3)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return _shape("path", kind, d=f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}")


def _shape(name: str, kind: str, inner: str = "", **attributes: Any) -> str:
    pairs = "".join(f' {key}="{value}"' for key, value in {"class": kind, **attributes}.items())
    return f"<{name}{pairs}>{inner}</{name}>"


def _keyframes(name: str, places: list[tuple[float, float]]) -> str:
    frames = [f"{100 * n / len(places):.2f}%{_shifted(place)}" for n, place in enumerate(places)]
    return f"@keyframes {name} {{{''.join(frames)}to{_shifted(places[-1])}}}"


def _shifted(place: tuple[float, float]) -> str:
    return f"{{translate:{place[0]:.2f}px {place[1]:.2f}px}}"


def _moving(name: str, shapes: str, more: str = "") -> str:
    return _shape("g", f"moving {name}-moves {more}", shapes)


def images(drawing: Drawing, alt: str) -> str:
    """HTML of both, of which the page shows one."""
    found = []
    for kind, svg in drawing._asdict().items():
        source = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
        found.append(_shape("img", f"drawing-{kind}", src=source, width=WIDTH, alt=html.escape(alt)))
    return "".join(found).replace("</img>", "")


def _drawing(always: str, moving: str, rest: str, motion: str) -> Drawing:
    rest = _shape("g", "rest", rest)
    return Drawing(_svg(motion, always + moving + rest), _svg("", always + rest))


def _svg(motion: str, shapes: str) -> str:
    size = {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "width": WIDTH, "height": HEIGHT}
    inner = f"<style>{_STYLE}{motion}</style>{shapes}"
    return _shape("svg", "drawing", inner, xmlns="http://www.w3.org/2000/svg", **size)
