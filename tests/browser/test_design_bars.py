"""Compare's figures in a browser: each interval stands where its numbers are, every tick on the screen."""

from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser import harness
from tests.browser.apps.design_bars_app import REACHED
from tests.browser.harness import DESKTOP_PX, PHONE_PX

APP = "design_bars_app.py"


def heights(axis: Locator) -> dict[float, float]:
    """Share -> how far down its tick stands, in px."""
    boxes = {text.inner_text(): harness.still(text) for text in axis.locator("span").all()}
    return {float(text.removesuffix(" %")) / 100: box["y"] + box["height"] / 2 for text, box in boxes.items()}


@pytest.mark.parametrize("size_px", [DESKTOP_PX, PHONE_PX], ids=["desktop", "phone"])
def test_an_interval_stands_where_its_numbers_are(
    size_px: tuple[int, int], browser: Browser, server: harness.Server
) -> None:
    tab = harness.new_tab(browser, server, size_px=size_px)
    tab.page.goto(server.url)
    reaches = tab.page.locator(".field .reach")
    expect(reaches).to_have_count(len(REACHED), timeout=30_000)
    tab.wait_idle()
    ticks = heights(tab.page.locator(".up"))
    (low, bottom), (high, top) = min(ticks.items()), max(ticks.items())
    for n, (mean, half) in enumerate(REACHED.values()):
        box = harness.still(reaches.nth(n))
        for share, place in ((mean - half, box["y"] + box["height"]), (mean + half, box["y"])):
            wanted = bottom + (share - low) / (high - low) * (top - bottom)
            assert place == pytest.approx(wanted, abs=3), share
    across = [harness.still(tick) for tick in tab.page.locator(".plot .ticks span:visible").all()]
    field = harness.still(tab.page.locator(".field:visible"))
    assert across
    assert all(field["x"] <= box["x"] + box["width"] / 2 <= field["x"] + field["width"] for box in across)
    scale = [harness.still(tick) for tick in tab.page.locator(".scale .ticks span:visible").all()]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= size_px[0] for box in scale)
    assert all(one["x"] + one["width"] < other["x"] for one, other in pairwise(scale))
    assert tab.errors == []
    tab.page.context.close()
