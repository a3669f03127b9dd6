"""Back and Forward: each look that a page had, its first one too, and what was chosen stays across pages."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.conftest import OpenTab
from tests.browser.harness import Tab
from tests.browser.test_everywhere import WAIT_MS

OPENED = "picture=drawing%3Ahouse&size=8"


def bias(page: Page) -> Locator:
    return page.get_by_role("spinbutton", name="bias", exact=True).first


def goes_deeper(tab: Tab, name: str) -> None:
    tab.page.get_by_role("radio", name=name).click()
    tab.page.wait_for_url(re.compile("experiment="))
    tab.wait_idle()


def test_back_to_the_first_look_of_kernels_shows_it_again(open_tab: OpenTab) -> None:
    tab = open_tab("/kernels")
    page, at = tab.page, bias(tab.page)
    for value in ("0.1", "0.2"):
        at.press("ArrowUp")
        expect(page).to_have_url(re.compile(rf"/kernels\?{OPENED}&bias={value}$"), timeout=WAIT_MS)
        tab.wait_idle()
    for go, value in ((page.go_back, "0.1"), (page.go_back, "0"), (page.go_forward, "0.1")):
        go()
        expect(at).to_have_value(value, timeout=WAIT_MS)
        tab.wait_idle()
    page.go_back()
    expect(at).to_have_value("0", timeout=WAIT_MS)
    tab.wait_idle()
    expect(page).to_have_url(re.compile("/kernels$"))
    assert page.get_by_text("Part of the link could not be used").count() == 0


@pytest.mark.parametrize("path", ["/kernels", "/kernels?size=128", "/kernels?stride=2&size=128"])
def test_no_page_comes_between_a_link_and_what_was_there_before(path: str, open_tab: OpenTab) -> None:
    tab = open_tab("/")
    tab.open(path)
    tab.page.go_back()
    expect(tab.page.get_by_role("heading", level=1)).to_have_text("ConvLab", timeout=WAIT_MS)
    tab.wait_idle()
    assert tab.page.url.endswith("/")


@pytest.mark.parametrize(
    ("path", "name"),
    [("/probe", "Push the picture"), ("/feature_maps", "Pooling"), ("/train", "Past runs")],
)
def test_back_to_the_first_look_of_a_page_shows_it_again(path: str, name: str, open_tab: OpenTab) -> None:
    tab = open_tab(path)
    chosen = tab.page.get_by_role("radio", name=name)
    first = tab.page.get_by_role("radio", checked=True).all_inner_texts()
    goes_deeper(tab, name)
    expect(chosen).to_be_checked()
    tab.page.go_back()
    expect(chosen).not_to_be_checked(timeout=WAIT_MS)
    tab.wait_idle()
    assert tab.page.get_by_role("radio", checked=True).all_inner_texts() == first
    expect(tab.page).to_have_url(re.compile(f"{path}$"))


@pytest.mark.parametrize("where", ["navigation", "card"])
def test_a_page_that_is_left_and_entered_again_keeps_what_was_set(where: str, open_tab: OpenTab) -> None:
    tab = open_tab("/kernels")
    page = tab.page
    bias(page).press("ArrowUp")
    expect(page).to_have_url(re.compile(rf"/kernels\?{OPENED}&bias=0\.1$"), timeout=WAIT_MS)
    page.get_by_role("link", name="Home").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ConvLab", timeout=WAIT_MS)
    tab.wait_idle()
    links = page.get_by_role("link", name="Kernels")
    (links.first if where == "navigation" else links.last).click()
    expect(bias(page)).to_have_value("0.1", timeout=WAIT_MS)
    tab.wait_idle()
    expect(bias(page)).to_have_value("0.1")
    expect(page).to_have_url(re.compile(rf"/kernels\?{OPENED}&bias=0\.1$"))


def test_who_goes_back_and_forth_faster_than_pages_are_drawn_keeps_the_connection(open_tab: OpenTab) -> None:
    tab = open_tab("/")
    for name in 4 * ("Kernels", "Feature maps", "Train", "Probe", "Home"):
        tab.page.get_by_role("link", name=name, exact=True).first.click()
    tab.wait_idle()
    for way, turns in (("back", 6), ("forward", 4), ("back", 4)):
        for _turn in range(turns):
            tab.page.evaluate(f"history.{way}()")
            tab.page.wait_for_timeout(50)
    tab.wait_idle()
    assert not [told for told in tab.errors if "ForwardMsg" in told]
    assert not [frame for frame in tab.received if isinstance(frame, bytes) and ref_hash(frame)]


def ref_hash(frame: bytes) -> str:
    found: str = ForwardMsg.FromString(frame).ref_hash
    return found
