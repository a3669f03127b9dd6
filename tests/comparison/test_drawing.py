"""Bars and curves: where they stand, and that they stay within the picture."""

from xml.etree import ElementTree as ET

import pytest

from convlab.comparison import drawing
from convlab.comparison.drawing import Bar, bars, curves, ticks
from convlab.comparison.statistics import Interval

SVG = "{http://www.w3.org/2000/svg}"


def parsed(drawn: str) -> ET.Element:
    return ET.fromstring(drawn)  # noqa: S314 - our own drawing


def named(root: ET.Element, kind: str) -> list[ET.Element]:
    return [one for one in root.iter() if one.get("class") == kind]


def test_a_bar_is_as_long_as_its_mean_with_the_books_behind() -> None:
    val = Bar(Interval(0.5, 0.1, 2), (0.45, 0.55), 0.89)
    root = parsed(bars({"Net <1>": (Bar(None), val)}, "Accuracy"))
    [book], [bar], reach = named(root, "book"), named(root, "val"), named(root, "reach")
    whole = float(book.attrib["width"]) / 0.89
    assert float(bar.attrib["width"]) == pytest.approx(0.5 * whole, abs=0.2)
    left = float(bar.attrib["x"])
    assert [float(dot.attrib["cx"]) for dot in named(root, "seed")] == pytest.approx(
        [left + 0.45 * whole, left + 0.55 * whole], abs=0.2
    )
    assert (float(reach[0].attrib["x1"]), float(reach[0].attrib["x2"])) == pytest.approx(
        (left + 0.4 * whole, left + 0.6 * whole), abs=0.2
    )
    texts = [one.text for one in root.iter(f"{SVG}text")]
    assert "Net <1>" in texts
    assert "50.0% ± 10.0" in texts
    assert named(root, "train") == []


def test_an_interval_is_cut_at_nothing_and_all() -> None:
    root = parsed(bars({"wide": (Bar(None), Bar(Interval(0.9, 0.8, 2), (0.8, 1.0)))}, "Accuracy"))
    ends = [float(one.attrib[name]) for one in named(root, "reach") for name in ("x1", "x2")]
    assert max(ends) == pytest.approx(drawing._across(1), abs=0.1)
    assert min(ends) >= drawing._across(0)


def test_a_band_lies_around_its_curve_and_stays_within() -> None:
    line = [(epoch, Interval(1 / epoch, 9.0, 2)) for epoch in (1, 2, 4)]
    root = parsed(curves({"a": line, "b": [(1, Interval(0.5, None, 1))]}, "Loss"))
    [first, second] = root.findall(f"{SVG}polygon")
    heights = {float(pair.split(",")[1]) for pair in first.attrib["points"].split()}
    assert heights == {14.0, 280.0}
    assert second.attrib["points"] == ""
    middle = [
        float(pair.split(",")[0]) for pair in root.findall(f"{SVG}polyline")[0].attrib["points"].split()
    ]
    assert middle == pytest.approx([60, 60 + 880 / 3, 940], abs=0.1)
    assert curves({}, "Loss") == ""


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (1, 1, [1]), (0.31, 0.57, [0.35, 0.4, 0.45, 0.5, 0.55])],
)
def test_ticks_are_round(low: float, high: float, found: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(found)
    assert 3 <= len(ticks(3, 97)) <= 7
    assert 3 <= len(ticks(-0.002, 0.0131)) <= 7


def test_designs_beyond_the_colours_are_dashed() -> None:
    assert [drawing.look(number) for number in (0, 7, 8)] == ["hue0", "hue7", "hue0 dashed"]
