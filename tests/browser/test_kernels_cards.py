"""The Kernels page's cards in a browser: where they stand, what moves in them, and what stands still."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import harness
from tests.browser.harness import DESKTOP_PX, PHONE_PX, Tab
from tests.browser.test_everywhere import TOO_WIDE

WAIT_MS = 30_000
NAMES = ("padding", "stride", "dilation", "bias", "activation")
DEEPER_PX = 1800  # "Go deeper" begins here at the latest
BOX = "(node) => (({ x, y, right, bottom }) => [x, y, right, bottom])(node.getBoundingClientRect())"


def boxes(page: Page) -> list[list[float]]:
    """Left, top, right and bottom of each card."""
    cards = ", ".join(f".st-key-kernels-card-{name}" for name in NAMES)
    # In one look, since a page that loads may move between two.
    found: list[list[float]] = page.locator(cards).evaluate_all(f"(nodes) => nodes.map({BOX})")
    return found


def pictures(page: Page) -> list[bytes]:
    """What is seen of each drawing."""
    return [page.locator(f".st-key-kernels-card-{name} img:visible").screenshot() for name in NAMES]


@pytest.fixture
def opened(browser: Browser, app_server: harness.Server) -> Iterator[Any]:
    contexts = []

    def tab_at(path: str, **look: Any) -> Tab:
        size_px = look.pop("size_px", DESKTOP_PX)
        tab = harness.new_tab(browser, app_server, size_px=size_px)
        contexts.append(tab.page.context)
        tab.page.emulate_media(**look)
        tab.open(path)
        return tab

    yield tab_at
    for context in contexts:
        context.close()


@pytest.mark.parametrize("path", ["/kernels", "/kernels?size=128"])
def test_five_cards_stand_in_a_row_below_the_lab_and_what_goes_deeper_is_near(path: str, opened: Any) -> None:
    page = opened(path).page
    cards = boxes(page)
    assert len({round(top) for _left, top, _right, _bottom in cards}) == 1
    assert len({round(bottom) for _left, _top, _right, bottom in cards}) == 1
    assert all(one[2] < other[0] for one, other in pairwise(cards))
    lab = page.locator(".root:has(.lab)").evaluate(BOX)
    assert cards[0][1] >= lab[3]
    deeper = page.get_by_role("radiogroup", name="Go deeper").evaluate(BOX)
    assert cards[0][3] <= deeper[1] <= DEEPER_PX


def test_on_a_phone_the_cards_are_a_strip_to_swipe(opened: Any) -> None:
    page = opened("/kernels", size_px=PHONE_PX).page
    assert page.evaluate(TOO_WIDE) == []
    cards = boxes(page)
    assert len({round(top) for _left, top, _right, _bottom in cards}) == 1
    page.locator(".st-key-kernels-card-activation").scroll_into_view_if_needed()
    assert boxes(page)[-1][2] <= PHONE_PX[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_drawings_move_with_the_value_that_is_set(scheme: str, opened: Any) -> None:
    page = opened("/kernels?size=8&padding=2&bias=1&activation=relu", color_scheme=scheme).page
    page.set_viewport_size({"width": DESKTOP_PX[0], "height": 1800})
    page.reload()
    expect(page.locator(".st-key-kernels-card-activation img:visible")).to_be_visible(timeout=WAIT_MS)
    page.wait_for_timeout(700)
    seen = [pictures(page)]
    for _look in range(4):
        page.wait_for_timeout(400)
        seen.append(pictures(page))
    assert all(len(set(looks)) > 1 for looks in zip(*seen, strict=True))


def test_the_drawings_stand_still_for_whoever_wants_no_motion(opened: Any) -> None:
    tab = opened("/kernels?size=8&padding=2&bias=1&activation=relu", reduced_motion="reduce")
    tab.show_all()
    before = pictures(tab.page)
    tab.page.wait_for_timeout(900)
    assert pictures(tab.page) == before
    assert tab.axe() == []


def test_a_card_changes_what_it_says_and_the_picture_follows(opened: Any) -> None:
    page = opened("/kernels").page
    card = page.locator(".st-key-kernels-card-padding")
    expect(card).to_contain_text("8 becomes 6")
    card.scroll_into_view_if_needed()
    card.get_by_role("combobox", name="padding", exact=True).click()
    page.get_by_role("option", name="1", exact=True).click()
    expect(card).to_contain_text("8 becomes 8 instead of 6", timeout=WAIT_MS)
    expect(page.locator(".out h3")).to_contain_text("[1, 8, 8]", timeout=WAIT_MS)


def test_an_edit_in_the_lab_takes_the_kernels_name_and_gives_it_back(opened: Any) -> None:
    tab = opened("/kernels")
    page = tab.page
    name = page.get_by_role("combobox", name="Kernel", exact=True)
    expect(name).to_have_value("Vertical edges")
    page.locator('[data-place="0,1,1"]').focus()
    page.keyboard.press("ArrowUp")
    expect(name).to_have_value("Your own", timeout=WAIT_MS)
    page.keyboard.press("ArrowDown")
    expect(name).to_have_value("Vertical edges", timeout=WAIT_MS)
    assert tab.errors == []
