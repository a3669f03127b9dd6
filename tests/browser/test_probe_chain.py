"""From a cell of the confusion matrix to what fools the network, by keyboard, and back with the browser."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenTab
from tests.browser.test_everywhere import WAIT_MS

FOCUSED = "document.activeElement?.shadowRoot?.activeElement?.textContent ?? ''"


def test_the_chain_by_keyboard_and_back(open_tab: OpenTab) -> None:
    tab = open_tab("/probe?experiment=mistakes")
    page: Page = tab.page
    cells, wall, way = (page.locator(name) for name in ("button.cell.right:enabled", ".wall", "nav.trail"))
    expect(cells.first).to_be_visible(timeout=WAIT_MS)
    tab.wait_idle()
    cells.first.press("Enter")
    expect(page).to_have_url(re.compile("cell="), timeout=WAIT_MS)
    expect(page.locator("button.cell[aria-pressed=true]")).to_have_count(1, timeout=WAIT_MS)
    tab.wait_idle()
    count = page.locator("button.cell[aria-pressed=true]").inner_text()
    wall.first.locator("button").nth(0).press("ArrowRight")
    second = wall.first.locator("button").nth(1)
    expect(second).to_be_focused()
    second.press("Enter")
    expect(way).to_contain_text(f"2 of {count}", timeout=WAIT_MS)
    page.wait_for_function(f"({FOCUSED}).includes('What it gets wrong')", timeout=WAIT_MS)
    expect(page.locator(".answer").first).to_be_in_viewport()
    tab.wait_idle()
    way.get_by_role("button", name="The least change").press("Enter")
    expect(page.get_by_text("is enough").or_(page.get_by_text("No change was found"))).to_be_visible(
        timeout=WAIT_MS
    )
    expect(way).to_be_in_viewport()  # the way back
    tab.wait_idle()
    page.go_back()
    expect(page.get_by_role("radio", name="What it gets wrong")).to_be_checked(timeout=WAIT_MS)
    expect(way).to_contain_text(f"2 of {count}")
    tab.wait_idle()
    page.go_back()
    expect(way).to_have_count(0, timeout=WAIT_MS)
    expect(page.locator("button.cell[aria-pressed=true]")).to_have_count(1)
