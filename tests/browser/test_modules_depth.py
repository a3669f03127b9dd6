"""Depth in a browser: both charts on the first screen, one cursor for them, no message while one points."""

import pytest
from playwright.sync_api import Locator, expect

from convlab.networks.depth import Asked, measure
from tests.browser.conftest import OpenTab
from tests.browser.harness import DESKTOP_PX, PHONE_PX, Tab, still

FOUND = measure(Asked())


def plot(tab: Tab, chart: str) -> Locator:
    return tab.page.locator(f".chart.{chart} .plot svg")


def reading(tab: Tab, chart: str) -> float:
    """What the legend says of the solid line at the cursor, as a number."""
    text = tab.page.locator(f".chart.{chart} .key .numbers").first.inner_text()
    return float(text.split()[0].replace("−", "-"))


def point(tab: Tab, chart: str, layer: int) -> None:
    """Put the pointer on a layer of a chart with 20."""
    box = still(plot(tab, chart))
    ticks = plot(tab, chart).locator("text[text-anchor=middle]").all()
    places = {text.inner_html(): text.bounding_box() for text in ticks}
    left, right = (place["x"] + place["width"] / 2 for place in (places["0"], places["20"]) if place)
    tab.page.mouse.move(left + (right - left) * layer / 20, box["y"] + box["height"] / 2)


def test_the_whole_picture_is_on_the_first_screen(open_tab: OpenTab) -> None:
    tab = open_tab("/modules?part=depth")
    for chart in ("forward", "backward"):
        box = still(tab.page.locator(f".chart.{chart}"))
        assert box["y"] + box["height"] <= DESKTOP_PX[1]


def test_pointing_reads_both_directions_and_sends_nothing(open_tab: OpenTab) -> None:
    tab = open_tab("/modules?part=depth")
    expect(plot(tab, "backward").locator("path.solid")).to_have_count(1)
    sent = len(tab.sent)
    for layer in (1, 7, 20):
        point(tab, "backward", layer)
        expect(tab.page.locator(".chart.forward .across")).to_have_text(f"layer {layer}")
        assert reading(tab, "forward") == pytest.approx(FOUND.activations[layer - 1], rel=1e-3)
        assert reading(tab, "backward") == pytest.approx(FOUND.gradients[layer - 1], rel=1e-3)
    assert len(tab.sent) == sent
    assert tab.errors == []


def test_a_single_layer_stands_in_the_middle(open_tab: OpenTab) -> None:
    tab = open_tab("/modules?part=depth&depth_layers=1")
    for chart in ("forward", "backward"):
        box, point = still(plot(tab, chart)), still(plot(tab, chart).locator("path.single"))
        across = (point["x"] + point["width"] / 2 - box["x"]) / box["width"]
        down = (point["y"] + point["height"] / 2 - box["y"]) / box["height"]
        assert 0.3 < across < 0.7
        assert 0.3 < down < 0.7


def test_at_rest_the_legend_says_whose_numbers_it_has(open_tab: OpenTab) -> None:
    tab = open_tab("/modules?part=depth")
    expect(tab.page.locator(".chart.forward .across")).to_have_text("layer; in the legend: the last layer")
    assert reading(tab, "forward") == pytest.approx(FOUND.activations[-1], rel=1e-3)
    expect(tab.page.locator(".chart.forward .key")).not_to_contain_text("Now")


def test_on_a_phone_the_charts_stand_one_below_the_other(open_tab: OpenTab) -> None:
    tab = open_tab("/modules?part=depth", size_px=PHONE_PX)
    forward, backward = (still(tab.page.locator(f".chart.{name}")) for name in ("forward", "backward"))
    assert backward["y"] >= forward["y"] + forward["height"]
    assert forward["x"] + forward["width"] <= PHONE_PX[0]
