"""A comparison's figures as SVG: bars with intervals and a dot for each seed, curves with bands."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convlab.comparison.markup import Markup, element
from convlab.comparison.statistics import Interval

WIDTH = 960
_LEFT, _RIGHT, _ROW = 230, 130, 62  # labels, numbers, a design
_HEIGHT, _BOTTOM, _TOP = 320, 40, 14  # of curves
_LONGEST = 30  # of a label, in characters
_HUES = 8  # that report.css has


@dataclass(frozen=True)
class Bar:
    """One accuracy of a design: its interval, its seeds' values, what the book printed; None for nothing."""

    found: Interval | None
    values: Sequence[float] = ()
    book: float | None = None


def bars(rows: Mapping[str, tuple[Bar, Bar]], title: str) -> Markup:
    """A row for each design, training above validation, from 0 to 1."""
    height = _ROW * len(rows) + _BOTTOM
    drawn = [_grid(height)]
    for place, (label, (train, val)) in enumerate(rows.items()):
        top = place * _ROW
        drawn.append(_label(label, top + _ROW / 2 + 5))
        drawn += _bar(train, top + 10, "train") + _bar(val, top + 33, "val")
    return _svg(drawn, height, title)


def _across(share: float) -> float:
    return _LEFT + min(1.0, max(0.0, share)) * (WIDTH - _LEFT - _RIGHT)


def _grid(height: float) -> Markup:
    marks = [n / 5 for n in range(6)]
    lines = [_line(_across(x), 0, _across(x), height - _BOTTOM + 6, "grid") for x in marks]
    texts = [_text(f"{x:.0%}", _across(x), height - 14, "middle") for x in marks]
    return element("g", *lines, *texts)


def _bar(bar: Bar, y: float, kind: str) -> list[Markup]:
    """18 pixels high; the book's is behind it and a little higher."""
    drawn, middle = [], y + 9
    if bar.book is not None:
        drawn.append(_rect(_LEFT, y - 3, _across(bar.book) - _LEFT, 24, "book"))
    if bar.found is None:
        return drawn
    drawn.append(_rect(_LEFT, y, _across(bar.found.mean) - _LEFT, 18, kind))
    drawn += [element("circle", cx=_n(_across(x)), cy=middle, r=3.5, class_="seed") for x in bar.values]
    told = f"{bar.found.mean:.1%}"
    if bar.found.half is not None:
        low, high = (_across(bar.found.mean + side * bar.found.half) for side in (-1, 1))
        drawn.append(_line(low, middle, high, middle, "reach"))
        drawn += [_line(x, middle - 6, x, middle + 6, "reach") for x in (low, high)]
        told += f" ± {100 * bar.found.half:.1f}"
    return [*drawn, _text(told, WIDTH - _RIGHT + 12, middle + 5, "start")]


def curves(lines: Mapping[str, Sequence[tuple[int, Interval]]], title: str) -> Markup:
    """Epoch by epoch each design's mean, and the band of its interval around it.

    Bands are cut at the edge: with two seeds one may be many times as high as all that was measured.
    """
    points = [point for line in lines.values() for point in line]
    if not points:
        return Markup()
    low, high, last = *_range([found.mean for _epoch, found in points]), max(epoch for epoch, _ in points)

    def place(epoch: float, value: float) -> tuple[float, float]:
        across = (epoch - 1) / max(1, last - 1)
        up = min(1.0, max(0.0, (value - low) / (high - low)))
        return 60 + across * (WIDTH - 80), _TOP + (1 - up) * (_HEIGHT - _TOP - _BOTTOM)

    drawn = []
    for tick in ticks(low, high):
        x, y = place(1, tick)
        drawn += [_line(x, y, WIDTH - 20, y, "grid"), _text(f"{tick:g}", x - 8, y + 5, "end")]
    for epoch in sorted({1, *(round(tick) for tick in ticks(1, last) if 1 <= tick <= last), last}):
        drawn.append(_text(str(epoch), place(epoch, low)[0], _HEIGHT - 12, "middle"))
    for number, line in enumerate(lines.values()):
        hue = look(number)
        around = [(epoch, found) for epoch, found in line if found.half is not None]
        upper = [place(epoch, found.mean + (found.half or 0)) for epoch, found in around]
        lower = [place(epoch, found.mean - (found.half or 0)) for epoch, found in around]
        drawn.append(element("polygon", points=_path([*upper, *reversed(lower)]), class_=f"band {hue}"))
        middle = [place(epoch, found.mean) for epoch, found in line]
        drawn.append(element("polyline", points=_path(middle), class_=f"curve {hue}"))
        drawn += [element("circle", cx=_n(x), cy=_n(y), r=3, class_=f"mark {hue}") for x, y in middle[-1:]]
    return _svg(drawn, _HEIGHT, title)


def look(number: int) -> str:
    """The class of a line's colour, by its place."""
    return f"hue{number % _HUES}" + (" dashed" if number // _HUES % 2 else "")


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = 0.08 * (high - low) or 0.05 * abs(high) or 1.0
    return low - room, high + room


def ticks(low: float, high: float) -> list[float]:
    """Three to seven round numbers between two."""
    if high <= low:
        return [low]
    raw = (high - low) / 6
    unit = 10.0 ** math.floor(math.log10(raw))
    step = unit * next(factor for factor in (1, 2, 5, 10) if factor * unit >= raw)
    return [step * n for n in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _svg(drawn: Sequence[Markup], height: float, title: str) -> Markup:
    return element(
        "svg",
        element("title", title),
        *drawn,
        viewBox=f"0 0 {WIDTH} {_n(height)}",
        role="img",
        aria_label=title,
        xmlns="http://www.w3.org/2000/svg",
    )


def _label(text: str, y: float) -> Markup:
    short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return element("g", element("title", text), _text(short, _LEFT - 12, y, "end"))


def _text(text: str, x: float, y: float, anchor: str) -> Markup:
    return element("text", text, x=_n(x), y=_n(y), text_anchor=anchor)


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return element("line", x1=_n(x1), y1=_n(y1), x2=_n(x2), y2=_n(y2), class_=kind)


def _rect(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    return element("rect", x=_n(x), y=_n(y), width=_n(width), height=_n(height), class_=kind)


def _path(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in points)


def _n(number: float) -> str:
    return f"{number:.1f}"
