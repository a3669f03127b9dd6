"""Programs in a browser: the whole way by keyboard, on a phone without scrolling sideways, soon answered."""

import time

from playwright.sync_api import expect

from convlab.programs.catalogue import PROGRAMS
from tests.browser import harness
from tests.browser.conftest import OpenTab
from tests.browser.harness import Tab

LINK = "/programs?program=verdict_of_net"


def ran(tab: Tab) -> Tab:
    """Predict with the arrow keys, and run."""
    page = tab.page
    page.get_by_role("radio", name="It runs and does what it is to do.").focus()
    page.keyboard.press("ArrowDown")  # what runs without a word
    tab.wait_idle()
    page.get_by_role("button", name="Run it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("cannot be multiplied (64x8 and 512x32)")).to_be_visible(timeout=60_000)
    tab.wait_idle()
    return tab


def test_the_whole_way_needs_no_mouse(open_tab: OpenTab) -> None:
    tab = ran(open_tab(LINK))
    page = tab.page
    page.keyboard.press("Tab")  # to the message, which may scroll: "Run it" is gone, the place is not lost
    page.keyboard.press("Tab")
    lines = page.get_by_role("combobox", name="Where is the mistake?")
    expect(lines).to_be_focused()
    for _step in range(10):  # the blank line 3 is none of them: from line 1 to line 12
        page.keyboard.press("ArrowDown")
    tab.wait_idle(500)
    assert "line=" not in page.url  # looking along the lines is no guess
    page.keyboard.press("Enter")
    tab.wait_idle(500)
    repairs = page.locator(".st-key-programs-repair").get_by_role("radio")
    expect(repairs).to_have_count(3)
    page.keyboard.press("Tab")  # to what clears the line
    page.keyboard.press("Tab")
    expect(repairs.first).to_be_focused()
    page.keyboard.press("Space")
    for choice in range(3):
        tab.wait_idle(500)
        page.get_by_role("button", name="Run it repaired").focus()
        page.keyboard.press("Enter")
        tab.wait_idle(1500)
        if page.get_by_text("Shape of the verdict: [1, 2]", exact=True).count():
            break
        repairs.nth(choice).focus()
        page.keyboard.press("ArrowDown")
    expect(page.get_by_text(f"1 of {len(PROGRAMS)} run as they should.")).to_be_visible()
    assert tab.errors == []
    assert tab.axe() == []


def test_a_phone_shows_the_lines_without_scrolling_sideways(open_tab: OpenTab) -> None:
    tab = ran(open_tab(LINK, size_px=harness.PHONE_PX, scheme="dark"))
    wide = tab.page.evaluate(
        """() => [...document.querySelectorAll('[data-testid="stMain"], .st-key-programs-listing')]
        .map((node) => node.scrollWidth - node.clientWidth)"""
    )
    assert max(wide) <= 1
    assert tab.axe() == []


def test_a_warm_run_is_on_the_page_soon(open_tab: OpenTab) -> None:
    tab = ran(open_tab(LINK))
    seconds = []
    for _run in range(3):
        tab.page.get_by_role("button", name="Start again").click()
        tab.wait_idle()
        tab.page.locator(".st-key-programs-guess label").nth(1).click()
        tab.wait_idle()
        began = time.monotonic()
        tab.page.get_by_role("button", name="Run it").click()
        expect(tab.page.get_by_text("cannot be multiplied")).to_be_visible()
        seconds.append(time.monotonic() - began)
        tab.wait_idle()
    assert min(seconds) < 3.0, seconds
    print(seconds)
