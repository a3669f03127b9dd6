"""The fields of the square on Probe: what is typed is understood or refused, and follows other changes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser import harness
from tests.browser.harness import Tab

WAIT_MS = 60_000


@pytest.fixture
def tab(browser: Browser, app_server: harness.Server) -> Iterator[Tab]:
    """Probe with the cat, 451 x 300 px."""
    found = harness.new_tab(browser, app_server)
    found.page.goto(f"{found.base_url}/probe?picture=photo:cat")
    expect(root(found).locator(".answer").first).to_be_visible(timeout=WAIT_MS)
    found.wait_idle()
    yield found
    assert found.errors == []
    found.page.context.close()


def root(tab: Tab) -> Locator:
    return tab.page.locator(".root:has(.lab)").filter(has=tab.page.locator("canvas.crop"))


def field(tab: Tab, name: str) -> Locator:
    return root(tab).get_by_role("spinbutton", name=name, exact=True)


def put(tab: Tab, name: str, text: str) -> None:
    field(tab, name).fill(text)
    field(tab, name).press("Enter")
    tab.wait_idle(quiet_ms=400)


def test_a_number_is_understood_or_refused_and_never_another(tab: Tab) -> None:
    problem = root(tab).locator(".problem")
    for text, shown in (("120", "120"), ("\uff11\uff10\uff10", "100"), ("90,0", "90"), ("80.0", "80")):
        put(tab, "Side (px)", text)
        expect(field(tab, "Side (px)")).to_have_value(shown)
        expect(problem).to_be_hidden()
    for text in ("", "12,5", "1,200", "x", "1e999"):
        put(tab, "Side (px)", text)
        expect(field(tab, "Side (px)")).to_have_value("80")
        expect(problem).to_contain_text("no whole number of pixels")
    put(tab, "Side (px)", "99999")
    expect(problem).to_contain_text("at most")
    put(tab, "Side (px)", "200")
    expect(problem).to_be_hidden()
    field(tab, "Side (px)").press("ArrowUp")
    expect(field(tab, "Side (px)")).to_have_value("201")


def test_back_stays_when_the_field_is_left(tab: Tab) -> None:
    side = field(tab, "Side (px)")
    put(tab, "Side (px)", "120")
    put(tab, "Side (px)", "240")
    side.fill("7")
    tab.page.go_back()
    expect(side).to_have_value("120", timeout=WAIT_MS)
    side.evaluate("field => field.blur()")
    tab.wait_idle(quiet_ms=600)
    expect(side).to_have_value("120")
    assert "120" in tab.page.url
