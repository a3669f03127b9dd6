""" "By numbers" in the browser: readable on every screen, and of one mind with the component above."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from convlab.ui.kernels.controls import KernelsControls
from tests.browser.conftest import OpenTab
from tests.browser.harness import Scheme, Tab
from tests.browser.kernels_page import Lab
from tests.browser.test_everywhere import OPPOSITE, WAIT_MS, check

STATES = ("/kernels?colour=rgb&size=16", "/kernels?picture=board", "/feature_maps?layer=conv2", "/probe")


def open_panels(page: Page) -> None:
    for panel in page.get_by_test_id("stExpander").all():
        panel.get_by_text("By numbers").click()
        expect(panel.get_by_test_id("stExpanderDetails").locator("input, textarea").first).to_be_visible(
            timeout=WAIT_MS
        )


def number(tab: Tab, label: str) -> Locator:
    return tab.page.get_by_role("spinbutton", name=label, exact=True).locator("visible=true").last


def type_in(tab: Tab, label: str, text: str) -> None:
    number(tab, label).fill(text)
    number(tab, label).press("Enter")
    tab.wait_idle()


@pytest.mark.parametrize(("size_px", "scheme"), OPPOSITE, ids=["desktop", "phone"])
@pytest.mark.parametrize("path", STATES)
def test_an_open_panel_is_readable(
    open_tab: OpenTab, path: str, size_px: tuple[int, int], scheme: Scheme
) -> None:
    tab = open_tab(path, size_px=size_px, scheme=scheme)
    open_panels(tab.page)
    tab.wait_idle()
    check(tab)


def test_numbers_and_lab_of_the_kernels_page_are_of_one_mind(open_tab: OpenTab) -> None:
    tab = open_tab("/kernels?size=32")
    lab = Lab(tab)
    lab.open(**KernelsControls(size=32).model_dump(include={"size"}))
    open_panels(tab.page)
    type_in(tab, "Weight in row 1, column 1", "5")
    expect(lab.cell(1, 1)).to_have_attribute("aria-valuenow", "5", timeout=WAIT_MS)
    expect(tab.page).to_have_url(re.compile("kernel="), timeout=WAIT_MS)
    type_in(tab, "Output row", "3")
    type_in(tab, "Output column", "20")
    expect(lab.find(".arithmetic h3")).to_contain_text("row 3, column 20", timeout=WAIT_MS)
    lab.point("out", 9, 9, 30, 30)  # it is pinned, until it is freed
    expect(tab.page).to_have_url(re.compile("pin=3%2C20"), timeout=WAIT_MS)
    assert lab.place() == (3, 20)
    tab.page.get_by_role("button", name="Free the pixel").click()
    expect(tab.page).not_to_have_url(re.compile("pin="), timeout=WAIT_MS)
    lab.point("out", 9, 9, 30, 30)  # pointing goes on from there, and no edit takes it back
    lab.cell(0, 0).press("ArrowUp")
    with lab.settling():
        lab.cell(0, 0).press("Tab")
    expect(lab.find(".arithmetic h3")).to_contain_text("row 9, column 9", timeout=WAIT_MS)


def test_numbers_and_lab_of_the_feature_maps_page_are_of_one_mind(open_tab: OpenTab) -> None:
    tab = open_tab("/feature_maps?layer=conv2&row=3")
    open_panels(tab.page)
    type_in(tab, "Map", "5")
    root = tab.page.locator(".root[data-told]")
    expect(root).to_have_attribute("data-told", "4,5,3,8", timeout=WAIT_MS)
    expect(root).to_have_attribute("data-shown", "4,5,3,8", timeout=WAIT_MS)


def test_a_square_that_is_typed_moves_in_the_probe_lab(open_tab: OpenTab) -> None:
    tab = open_tab("/probe?picture=photo:cat")
    open_panels(tab.page)
    type_in(tab, "Side (px)", "100")
    typed = [tab.page.get_by_label("Side (px)").nth(n).input_value() for n in (0, 1)]
    assert typed == ["100", "100"]  # the lab's own, and the panel's
    expect(tab.page).to_have_url(re.compile("window=75"), timeout=WAIT_MS)
