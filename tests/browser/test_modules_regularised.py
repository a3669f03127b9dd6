"""The part "Regularisers" on the live page: whole on the first screen, and read by pointing."""

import pytest
from playwright.sync_api import Browser, expect

from convlab.networks import designs
from convlab.training import penalties
from convlab.ui.modules.regularised_penalties import SMALL
from tests.browser import harness
from tests.browser.harness import DESKTOP_PX, Tab, still
from tests.browser.kernels_page import WAIT_MS

LOWEST = {  # what is to be seen without scrolling
    "l2": ".answer table",
    "l1": "figure.chart .key",
    "dropout": ".root.tiled .legend",
    "batch_norm": "figure.chart .key",
    "bias": ".root:has(> .maps) .legend",
}


@pytest.fixture(scope="module")
def tab(browser: Browser, app_server: harness.Server) -> Tab:
    return harness.new_tab(browser, app_server)


def opened(tab: Tab, regulariser: str, **query: object) -> None:
    more = "".join(f"&{name}={value}" for name, value in query.items())
    tab.errors.clear()
    tab.open(f"/modules?part=regularised&regulariser={regulariser}{more}")
    expect(tab.page.locator(LOWEST[regulariser]).first).to_be_visible(timeout=WAIT_MS)
    tab.wait_idle(400)
    assert tab.errors == []


@pytest.mark.parametrize("regulariser", LOWEST)
def test_it_is_whole_on_the_first_screen(tab: Tab, regulariser: str) -> None:
    opened(tab, regulariser)
    for one in tab.page.locator(LOWEST[regulariser]).all():
        box = still(one)
        assert box["y"] + box["height"] <= DESKTOP_PX[1]


def test_pointing_at_dropout_reads_the_channel_in_all_three_maps_without_a_message(tab: Tab) -> None:
    opened(tab, "dropout")
    maps = tab.page.locator(".root.tiled canvas.cursor")
    expect(maps).to_have_count(3)
    box, sent = still(maps.nth(1)), len(tab.sent)
    cell = box["width"] / 32
    tab.page.mouse.move(box["x"] + 11.5 * cell, box["y"] + 18.5 * cell)  # tile 1 across, 2 down
    reading = tab.page.locator(".root.tiled .reading")
    expect(reading).to_contain_text("Channel 9, row 2, column 3.")
    expect(reading).to_contain_text("eval()")
    expect(reading).to_contain_text("Mean of 100 passes")
    assert len(tab.sent) == sent


def test_sizes_of_weights_go_up_to_the_right_and_are_read_as_sizes(tab: Tab) -> None:
    opened(tab, "l1")
    plot = tab.page.locator("figure.chart.other svg[role=application]")
    ticks = plot.locator("text[text-anchor=middle]").all_text_contents()
    assert ticks == ["1e−6", "1e−5", "1e−4", "0.001", "0.01", "0.1", "1"]
    across = tab.page.locator("figure.chart.other .across")
    expect(across).to_have_text("size of a weight; in the legend: the share below 0.001")
    assert tab.page.locator("figure.chart li .numbers").all_text_contents()[0] == ""
    begun = float((penalties.sizes(designs.seeded(designs.Net, 0)) < SMALL).double().mean())
    expect(tab.page.locator("figure.chart.other li .numbers")).to_have_text(f"{begun:.1%}")
    plot.focus()
    tab.page.keyboard.press("ArrowLeft")
    expect(across).to_have_text("size of a weight 1")


def test_pointing_at_the_statistics_reads_them_in_both_charts(tab: Tab) -> None:
    opened(tab, "batch_norm")
    plot = tab.page.locator("figure.chart svg[role=application]").first
    box, sent = still(plot), len(tab.sent)
    legends = tab.page.locator("figure.chart li .numbers")
    at_rest = legends.all_inner_texts()
    tab.page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 60)
    values = legends.all_inner_texts()
    assert len(values) == 6
    assert all(values)
    assert values != at_rest  # those have values too, of the last step
    across = set(tab.page.locator("figure.chart .across").all_inner_texts())
    assert len(across) == 1  # one place in both
    assert len(tab.sent) == sent
