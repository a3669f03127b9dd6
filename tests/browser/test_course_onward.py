"""The next station's question is there at the press; what is done before its page comes is kept for it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenTab
from tests.browser.test_course_card import DENSE, at, card, course, verdict, way
from tests.browser.test_everywhere import WAIT_MS
from tests.browser.test_presentation import PROJECTOR_PX

__all__ = ["course"]  # the fixture

# Press a link of the card, and do more in the same task, before Streamlit can have heard.
# Gives what the card that is laid over the page says.
GO = """
([way, selector, text]) => {
  document.querySelector(`.st-key-course-${way} a`).click();
  const laid = document.querySelector(".course-onward");
  const says = (node) => node.matches("input") || node.textContent.includes(text);
  const control = selector ? [...document.querySelectorAll(selector)].find(says) : null;
  if (control?.matches("input")) {
    control.focus();
    control.value = text;
    const enter = new KeyboardEvent("keydown", { key: "Enter", bubbles: true });
    if (text) control.dispatchEvent(enter);
  } else control?.click();
  return laid?.innerText;
}
"""


# Where the card that is laid over the page is, and a part of it.
PLACES = """
(part) => [".course-onward", `.course-onward ${part}`].map((selector) => {
  const { left, top, width } = document.querySelector(selector).getBoundingClientRect();
  return [left, top, width];
})
"""


def go(page: Page, onward: str, selector: str = "", text: str = "") -> str:
    return str(page.evaluate(GO, [onward, selector, text]))


def gone(page: Page) -> None:
    """The page has its own card."""
    expect(page.locator(".course-onward")).to_have_count(0, timeout=WAIT_MS)
    expect(page.locator("html[data-onward]")).to_have_count(0)


@pytest.mark.parametrize("station", [DENSE, "colours"], ids=["another lesson", "the same lesson"])
def test_the_question_is_there_at_once(open_tab: OpenTab, course: str, station: str) -> None:
    tab = open_tab(at(station, course))
    number, says = (2, "27 weights, nine for each") if station == DENSE else (3, "This is my place")
    shown = go(tab.page, "next")
    assert f"{number} of 3" in shown
    assert says in shown
    gone(tab.page)
    tab.wait_idle()
    expect(card(tab.page)).to_contain_text(f"{number} of 3")
    assert tab.errors == []


def test_it_lies_where_the_pages_own_card_comes(open_tab: OpenTab, course: str) -> None:
    for size_px, more in (((1440, 900), {}), (PROJECTOR_PX, {"present": "1"})):
        tab = open_tab(at(DENSE, course, **more), size_px=size_px)
        texts = ".st-key-course-question p"
        # In one task, since the card may be gone in the next.
        laid = tab.page.evaluate(
            f"(texts) => {{ ({GO})(['next', '', '']); return ({PLACES})(texts); }}", texts
        )
        gone(tab.page)
        tab.wait_idle()
        for before, node in zip(laid, (card(tab.page), card(tab.page).locator(texts).first), strict=True):
            box = node.bounding_box()
            assert box
            assert [box["x"], box["y"], box["width"]] == pytest.approx(before, abs=2)


def test_a_guess_on_it_is_the_next_stations(open_tab: OpenTab, course: str) -> None:
    tab = open_tab(at(DENSE, course))
    go(tab.page, "next", ".course-onward button", "9 weights")
    expect(verdict(tab.page)).to_contain_text("Nine is right for grey.", timeout=WAIT_MS)
    expect(card(tab.page)).to_contain_text("2 of 3")


def test_what_is_typed_on_it_is_kept_and_counts_with_enter(open_tab: OpenTab, course: str) -> None:
    tab = open_tab(at(DENSE, course))
    go(tab.page, "next")
    gone(tab.page)
    tab.wait_idle()
    assert "1 of 3" in go(tab.page, "previous", ".course-onward input", "")  # as it was left
    gone(tab.page)
    tab.wait_idle()
    expect(card(tab.page).get_by_role("textbox")).to_be_focused()
    go(tab.page, "next")
    gone(tab.page)
    tab.wait_idle()
    go(tab.page, "previous", ".course-onward input", "16")
    expect(verdict(tab.page)).to_contain_text("Your guess: 16 times as many.", timeout=WAIT_MS)


def test_nothing_pressed_meanwhile_counts_for_the_station_that_is_left(
    open_tab: OpenTab, course: str
) -> None:
    tab = open_tab(at("colours", course))
    go(tab.page, "next", ".st-key-course-card button", "9 weights")
    gone(tab.page)
    tab.wait_idle()
    expect(card(tab.page)).to_contain_text("3 of 3")
    expect(verdict(tab.page)).to_have_count(0)
    way(tab.page, "Previous").click()
    expect(tab.page).to_have_url(re.compile("station=colours"), timeout=WAIT_MS)
    tab.wait_idle()
    expect(verdict(tab.page)).to_have_count(0)


def test_two_quick_steps_are_two(open_tab: OpenTab, course: str) -> None:
    tab = open_tab(at(DENSE, course))
    go(tab.page, "next", ".course-onward .st-key-course-next a", "Next")
    expect(card(tab.page)).to_contain_text("3 of 3", timeout=WAIT_MS)
    gone(tab.page)
