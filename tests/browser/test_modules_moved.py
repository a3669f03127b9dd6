"""Devices and dtypes in a browser: each thing to try on the first screen, on a phone, before a class."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenTab
from tests.browser.harness import DESKTOP_PX, PHONE_PX, Scheme, still
from tests.browser.test_everywhere import SMALL_TEXT, SMALLEST_TEXT_PX, TOO_WIDE
from tests.browser.test_presentation import LEAST_PX, PROJECTOR_PX, SMALL_ON_SCREEN, presented

LOOKS = ("to", "optimizer", "mixed", "file", "time")


@pytest.mark.parametrize(("size_px", "scheme"), [(DESKTOP_PX, "light"), (PHONE_PX, "dark")])
def test_each_thing_to_try_fits(open_tab: OpenTab, size_px: tuple[int, int], scheme: Scheme) -> None:
    tab = open_tab("/modules?part=moved", size_px=size_px, scheme=scheme)
    for look in LOOKS:
        tab.open(f"/modules?part=moved&moving={look}")
        tab.wait_idle()
        assert tab.page.evaluate(TOO_WIDE) == [], look
        assert tab.page.evaluate(SMALL_TEXT, SMALLEST_TEXT_PX) == [], look
        assert tab.axe() == [], look
        if size_px == DESKTOP_PX:
            last = still(tab.page.locator("[data-testid=stTable], [data-testid=stCode], .answer").last)
            assert last["y"] + last["height"] <= DESKTOP_PX[1], look
    assert tab.errors == []


def test_the_last_row_can_read_each(open_tab: OpenTab) -> None:
    tab = open_tab("/modules?part=moved", size_px=PROJECTOR_PX)
    for look in LOOKS:
        presented(tab, f"/modules?part=moved&moving={look}")
        assert tab.page.evaluate(SMALL_ON_SCREEN, LEAST_PX - 0.01) == [], look
        assert tab.page.evaluate(TOO_WIDE) == [], look
    assert tab.errors == []


def test_this_machine_is_measured_and_the_link_keeps_what_is_tried(open_tab: OpenTab) -> None:
    tab = open_tab("/modules?part=moved")
    tab.page.get_by_role("radio", name="How much faster").click()
    tab.page.get_by_role("button", name="Measure this machine").click()
    expect(tab.page.get_by_text("15,700 steps")).to_be_visible(timeout=60_000)
    assert "moving=time" in tab.page.url
    assert tab.errors == []
