"""Home in a browser: three clicks to the first answer, cards that are links all over, dots to press."""

from itertools import pairwise

import pytest
from playwright.sync_api import expect

from convlab.course import stations
from tests.browser.conftest import OpenTab
from tests.browser.harness import PHONE_PX

WAIT_MS = 15_000


def test_three_clicks_lead_to_the_first_answer(open_tab: OpenTab) -> None:
    page = open_tab("/").page
    first = stations.shipped()[0]
    page.get_by_role("link", name="Start here").click()
    expect(page.locator(".st-key-course-guess")).to_be_visible(timeout=WAIT_MS)
    page.get_by_label(f"Your guess: {first.unit}").fill("16")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator(".st-key-course-answer")).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("link", name="Home", exact=True).click()
    expect(page.get_by_role("link", name=f"{first.title} (not right)")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_role("link", name="Go on")).to_be_visible()
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Forget my way").click()
    expect(page.get_by_role("link", name="Start here")).to_be_visible(timeout=WAIT_MS)


@pytest.mark.parametrize("name", ["kernels", "slips"])
def test_a_card_is_a_link_all_over(name: str, open_tab: OpenTab) -> None:
    page = open_tab("/").page
    card = page.locator(f".st-key-face-{name}")
    box = card.bounding_box()
    assert box is not None
    card.click(position={"x": box["width"] - 6, "y": box["height"] - 6})
    page.wait_for_url(f"**/{name}*", timeout=WAIT_MS)


def test_dots_are_large_enough_to_press_and_the_names_can_be_read(open_tab: OpenTab) -> None:
    tab = open_tab("/", size_px=PHONE_PX)
    dots = tab.page.locator(".st-key-path-dots [data-testid=stPageLink-NavLink]:visible")
    assert dots.count() == len(stations.shipped())
    boxes = [dot.bounding_box() for dot in dots.all()]
    assert all(box and min(box["width"], box["height"]) >= 24 for box in boxes)
    places = [(box["x"], box["y"], box["width"], box["height"]) for box in boxes if box]
    lines = sorted({y for _x, y, _width, _height in places})
    assert all(below - above >= places[0][3] for above, below in pairwise(lines))
    assert len({(x, y) for x, y, _width, _height in places}) == len(boxes)
    tab.page.get_by_text("Names", exact=True).click()
    title = stations.shipped()[1].title
    expect(tab.page.locator(".st-key-path-names").get_by_text(title)).to_be_visible(timeout=WAIT_MS)
    assert tab.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= PHONE_PX[0]
    assert tab.axe() == []
