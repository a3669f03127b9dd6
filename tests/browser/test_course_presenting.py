"""Before a class: the question of a station on top, in type for the last row; a clicker leads along."""

import re

import pytest
from playwright.sync_api import expect

from convlab.course import stations
from tests.browser import harness
from tests.browser.conftest import OpenTab
from tests.browser.harness import Tab
from tests.browser.test_course_card import DENSE, at, card, course, verdict
from tests.browser.test_everywhere import TOO_WIDE, WAIT_MS
from tests.browser.test_presentation import PROJECTOR_PX, SMALL_ON_SCREEN, TALLEST, extremes

__all__ = ["course"]  # the fixture
LEAST_PX = 24.0  # of type on the card there

# The texts of the card alone, by the same look.
SMALL_ON_CARD = SMALL_ON_SCREEN.replace("document.body", 'document.querySelector(".st-key-course-card")')


def presented(open_tab: OpenTab, path: str) -> Tab:
    tab = open_tab(path, size_px=PROJECTOR_PX)
    expect(tab.page.locator("html[data-present=folded]")).to_be_attached(timeout=WAIT_MS)
    tab.wait_idle()
    return tab


@pytest.mark.parametrize("station", ["colours", DENSE])
def test_the_last_row_reads_question_and_answer(open_tab: OpenTab, course: str, station: str) -> None:
    tab = presented(open_tab, at(station, course, present="1"))
    page = tab.page
    assert "st-key-course-card" in SMALL_ON_CARD
    for _turn in ("question", "answer"):
        assert page.evaluate(SMALL_ON_CARD, LEAST_PX - 0.01) == []
        assert page.evaluate(TOO_WIDE) == []
        expect(page.locator(".st-key-modules-part:visible")).to_have_count(0)  # the card names the part
        box = card(page).bounding_box()
        assert box
        assert box["y"] < 120
        assert box["height"] <= 0.42 * PROJECTOR_PX[1]
        page.wait_for_function(f"({TALLEST})() >= 0.4")
        page.keyboard.press("PageDown")
        tab.wait_idle()
        if _turn == "question":
            expect(verdict(page)).to_be_visible(timeout=WAIT_MS)
    assert tab.axe() == []


def test_a_clicker_leads_along_and_back(open_tab: OpenTab, course: str) -> None:
    tab = presented(open_tab, at(DENSE, course, present="1"))
    page = tab.page
    page.keyboard.press("PageDown")
    expect(verdict(page)).to_contain_text("The answer: 206.6", timeout=WAIT_MS)
    tab.wait_idle()
    page.keyboard.press("PageDown")
    expect(card(page)).to_contain_text("2 of 3", timeout=WAIT_MS)
    expect(page).to_have_url(re.compile(r"/kernels\?.*present=1$"))
    tab.wait_idle()
    page.keyboard.press("b")
    expect(page.locator("html[data-blank]")).to_be_attached()
    page.keyboard.press("PageDown")  # only brings the page back
    expect(page.locator("html[data-blank]")).to_have_count(0)
    expect(verdict(page)).to_have_count(0)
    page.keyboard.press("ArrowRight")
    expect(verdict(page)).to_contain_text("The answer: 27 weights", timeout=WAIT_MS)
    tab.wait_idle()
    page.keyboard.press("ArrowRight")
    expect(card(page)).to_contain_text("3 of 3", timeout=WAIT_MS)
    expect(page).to_have_url(re.compile(r"station=edge.*present=1$"), timeout=WAIT_MS)
    tab.wait_idle()
    page.keyboard.press("ArrowLeft")
    expect(card(page)).to_contain_text("2 of 3", timeout=WAIT_MS)
    expect(verdict(page)).to_contain_text("The answer: 27 weights")
    tab.wait_idle()
    page.keyboard.press("PageUp")
    expect(card(page)).to_contain_text("1 of 3", timeout=WAIT_MS)
    assert tab.errors == []


COVERED = """
([x, y]) => {
  const top = document.elementFromPoint(x, y);
  return [top === document.documentElement, getComputedStyle(top, "::after").cursor];
}
"""


def test_b_covers_the_cursor_too(open_tab: OpenTab, course: str) -> None:
    tab = presented(open_tab, at("colours", course, present="1"))
    page, cursor = tab.page, tab.page.locator("[data-part=output] canvas.cursor")
    box = harness.still(cursor)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    cursor.focus()  # the keyboard's own ring as well
    page.keyboard.press("b")
    for step in range(3):  # who moves the mouse on presses nothing
        page.mouse.move(x + 20 * step, y)
        assert page.evaluate(COVERED, [x + 20 * step, y]) == [True, "none"]
        assert extremes(tab) == (0, 0)
    page.keyboard.press("b")  # any key only brings the page back
    expect(page.locator("html[data-blank]")).to_have_count(0)
    assert extremes(tab)[1] > 0


def test_a_cursor_does_not_show_through_what_is_covered_again(open_tab: OpenTab) -> None:
    (fading,) = (one for one in stations.shipped() if one.id == "fading-gradients")
    tab = presented(open_tab, f"{fading.address}&present=1")
    page = tab.page
    page.keyboard.press("PageDown")
    expect(verdict(page)).to_be_visible(timeout=WAIT_MS)
    tab.wait_idle()
    chart = page.locator(".st-key-modules-shown .chart svg").first
    chart.focus()
    page.keyboard.press("ArrowRight")  # a cursor stands at the first value
    rule = chart.locator(".rule")
    expect(rule).to_have_attribute("visibility", "inherit")
    assert rule.evaluate("node => getComputedStyle(node).visibility") == "visible"
    page.keyboard.press("c")
    card(page).get_by_role("button", name="Ask again").click()
    expect(verdict(page)).to_have_count(0, timeout=WAIT_MS)
    tab.wait_idle()
    assert rule.evaluate("node => getComputedStyle(node).visibility") == "hidden"


def test_arrows_belong_to_the_control_that_has_the_focus(open_tab: OpenTab, course: str) -> None:
    tab = presented(open_tab, at("colours", course, present="1"))
    page = tab.page
    cell = page.locator(".kernel input.cell").first
    cell.focus()
    page.keyboard.press("ArrowRight")
    page.locator("[data-part=picture] canvas.cursor").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("c")
    radio = page.get_by_role("radio", name="RGB")
    radio.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    tab.wait_idle(600)
    expect(verdict(page)).to_have_count(0)
    expect(card(page)).to_contain_text("2 of 3")
    page.locator("[data-part=picture] canvas.cursor").focus()
    page.keyboard.press("PageDown")  # a clicker's own keys go on from anywhere
    expect(verdict(page)).to_be_visible(timeout=WAIT_MS)


def test_who_does_not_present_keeps_the_keys(open_tab: OpenTab, course: str) -> None:
    tab = open_tab(at("colours", course))
    for key in ("PageDown", "ArrowRight", "PageUp", "ArrowLeft"):
        tab.page.keyboard.press(key)
    tab.wait_idle(400)
    expect(verdict(tab.page)).to_have_count(0)
    expect(card(tab.page)).to_contain_text("2 of 3")


def test_a_prepared_tab_opens_as_it_was_left(open_tab: OpenTab, course: str) -> None:
    tab = presented(open_tab, at("colours", course, present="1"))
    page = tab.page
    page.keyboard.press("c")
    page.get_by_role("radio", name="Grey").click()
    expect(page).not_to_have_url(re.compile("colour=rgb"), timeout=WAIT_MS)
    tab.wait_idle()
    page.keyboard.press("PageDown")
    expect(verdict(page)).to_be_visible(timeout=WAIT_MS)
    again = presented(open_tab, page.url.removeprefix(tab.base_url))
    expect(card(again.page)).to_contain_text("2 of 3")
    expect(verdict(again.page)).to_have_count(0)  # before another class it is a question again
    again.page.keyboard.press("c")
    expect(again.page.get_by_role("radio", name="Grey")).to_be_checked()
