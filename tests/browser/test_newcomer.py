"""The first five minutes, with nothing there yet: from Home to a verdict on one's own picture, and why."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import harness
from tests.browser.newcomer import GOAL, TRAINS_MS, WAIT_MS, Newcomer

MOST_CLICKS = 12


@pytest.mark.timeout(3 * TRAINS_MS / 1000)
def test_a_newcomer_gets_from_home_to_a_verdict(browser: Browser, fresh_server: harness.Server) -> None:
    tab = harness.new_tab(browser, fresh_server)
    newcomer = Newcomer(tab)
    for step in newcomer.steps():
        if step == "run":
            assert newcomer.reached() >= GOAL
    answer = tab.page.locator(".root:has(.lab) .answer").first
    expect(answer).to_contain_text("airplane", timeout=WAIT_MS)
    expect(tab.page.locator(".whys canvas.pixels").first).to_be_visible(timeout=WAIT_MS)
    assert newcomer.typed == ["4"]
    assert newcomer.clicks <= MOST_CLICKS
    assert tab.errors == []
    assert tab.outside_requests() == []
    tab.page.context.close()
