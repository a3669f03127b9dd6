"""ui/kernels/drawings.py: small pictures that move three times, then rest, and explain as well at rest."""

import re
from xml.etree import ElementTree

import pytest

from convlab.ui.kernels import drawings
from convlab.ui.kernels.drawings import Drawing

DRAWN = {
    **{f"padding {n}": drawings.scan(padding=n) for n in range(4)},
    **{f"stride {n}": drawings.scan(stride=n, size=7) for n in range(1, 5)},
    **{f"dilation {n}": drawings.scan(dilation=n, size=2 * n + 3) for n in range(1, 5)},
    **{f"bias {value:g}": drawings.lift(value) for value in (-1000, -0.1, 0, 0.5, 1000)},
    **{name: drawings.curve(name) for name in ("none", "relu", "tanh", "abs")},
}
SHAPES = "{http://www.w3.org/2000/svg}"


def parsed(drawing: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawing)  # noqa: S314, of our own making


def frames(drawing: Drawing, name: str) -> list[tuple[float, float]]:
    """Where a moving part stands, one place after the other."""
    (found,) = re.findall(rf"@keyframes {name} {{(.*?)(?=to{{)", drawing.moving)
    places = re.findall(r"translate:(-?[\d.]+)px (-?[\d.]+)px", found)
    return [(float(x), float(y)) for x, y in places]


def boxes(drawing: Drawing, kind: str = "") -> list[tuple[float, float, float]]:
    """Left, top and side of all squares, or of those of one kind."""
    paths = [
        path for path in parsed(drawing.moving).iter(f"{SHAPES}path") if not kind or path.get("class") == kind
    ]
    squares = [re.findall(r"M([\d.-]+) ([\d.-]+)h([\d.]+)v", path.get("d", "")) for path in paths]
    return [(float(x), float(y), float(side)) for found in squares for x, y, side in found]


@pytest.mark.parametrize("name", DRAWN)
def test_each_is_a_picture_that_moves_and_one_that_is_at_rest(name: str) -> None:
    for drawing in DRAWN[name]:
        root = parsed(drawing)
        assert "prefers-color-scheme: dark" in (root.findtext(f"{SHAPES}style") or "")
        assert root[-1].get("class") == "rest"
        assert len(root[-1]) > 0
        assert "http" not in drawing.replace("http://www.w3.org/2000/svg", "")
    kinds = [[group.get("class", "") for group in parsed(one).iter(f"{SHAPES}g")] for one in DRAWN[name]]
    assert any("moving" in kind for kind in kinds[0])
    assert not any("moving" in kind for kind in kinds[1])
    assert "@keyframes out" not in DRAWN[name].still


@pytest.mark.parametrize("name", DRAWN)
def test_nothing_lies_outside(name: str) -> None:
    for x, y, side in boxes(DRAWN[name]):
        assert min(x, y) >= 0
        assert x + side <= drawings.WIDTH
        assert y + side <= drawings.HEIGHT


def test_the_value_shows_in_what_is_drawn() -> None:
    assert len(set(DRAWN.values())) == len(DRAWN) - 1  # padding 0 and dilation 1 are the plain window
    assert [len(boxes(DRAWN[f"padding {n}"], "ghost")) for n in range(4)] == [0, 24, 56, 96]
    assert [len(frames(DRAWN[f"padding {n}"], "window")) for n in range(4)] == [9, 25, 49, 81]
    assert [len(frames(DRAWN[f"stride {n}"], "out")) for n in range(1, 5)] == [25, 9, 4, 4]


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_a_window_moves_on_by_the_stride(stride: int) -> None:
    drawing = DRAWN[f"stride {stride}"]
    window, out = frames(drawing, "window"), frames(drawing, "out")
    assert window[1][0] == pytest.approx(stride * out[1][0], abs=0.02)
    assert window[1][1] == out[1][1] == 0


@pytest.mark.parametrize(("bias", "way"), [(0.5, -1), (-3, 1), (0, 0)])
def test_a_bias_lifts_and_lowers(bias: float, way: int) -> None:
    first, then, *_more = frames(drawings.lift(bias), "out")
    assert first == (0, 0)
    assert (then[1] > 0) - (then[1] < 0) == way


@pytest.mark.parametrize(
    ("name", "values"),
    [("none", (-1, 1)), ("relu", (0, 1)), ("tanh", (-0.762, 0.762)), ("abs", (1, 1))],
)
def test_the_curve_is_the_activations(name: str, values: tuple[float, float]) -> None:
    sums, results = frames(DRAWN[name], "window"), frames(DRAWN[name], "out")
    middle = drawings.HEIGHT / 2
    heights = {round((x - drawings.WIDTH / 2) / 26, 2): (middle - y) / 13 for x, y in results}
    assert (heights[-1], heights[1]) == pytest.approx(values, abs=0.01)
    assert [x for x, _y in sums] == [x for x, _y in results]
    assert {y for _x, y in sums} == {middle}
