"""The Feature maps page in a browser: the walk, the shared cursor without a message, units opened, links."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser import harness
from tests.browser.harness import PHONE_PX, Tab
from tests.browser.mounted import Mounted

WAIT_MS = 30_000
NET = ["input", "conv1", "tanh1", "pool1", "conv2", "tanh2", "pool2", "flatten1", "fc1", "tanh3", "fc2"]
Place = tuple[int, int, int, int]


@dataclass(frozen=True)
class Lab(Mounted):
    """The page in a tab."""

    def open(self, query: str = "") -> None:
        """Go to a link and wait until the lab stands."""
        self.tab.open(f"/feature_maps{query}")
        expect(self.root).to_be_visible(timeout=WAIT_MS)
        self.root.locator(".unit").wait_for(timeout=WAIT_MS)

    @property
    def root(self) -> Locator:
        """The lab; its dataset says which unit is shown, and which one Python has taken apart."""
        return self.tab.page.locator(".root:has(.columns)")

    def shown(self) -> Place:
        """Layer, channel, row and column of the unit under the cursor."""
        layer, channel, row, col = (int(n) for n in (self.root.get_attribute("data-shown") or "").split(","))
        return layer, channel, row, col

    def settle(self, place: Place) -> None:
        """Wait until Python has taken this unit apart."""
        text = ",".join(map(str, place))
        expect(self.root).to_have_attribute("data-told", text, timeout=WAIT_MS)
        expect(self.root).to_have_attribute("data-shown", text)
        self.tab.wait_idle()

    def stage(self, name: str) -> Locator:
        """The canvas that one points at: "picture", "source" or "map"."""
        return self.find(".inspector canvas.cursor").nth(("picture", "source", "map").index(name))

    def cells(self, name: str, size: int) -> list[float]:
        """Top, left, bottom and right of what is framed in a picture of so many cells a side."""
        return [*self.marked(self.stage(name), size, size)]

    def frames(self) -> list[str]:
        """Names of the layers in the overview that hold a frame."""
        return [NET[n] for n, one in enumerate(self.find(".frame").all()) if one.is_visible()]


def messages(tab: Tab) -> int:
    every: list[Any] = [*tab.sent, *tab.received]
    return len(every)


def test_the_walk_by_buttons_and_keys(lab: Lab) -> None:
    lab.open()
    assert lab.find(".layer .name").all_inner_texts() == NET
    lab.button("Next layer").click()
    lab.settle((2, 0, 16, 16))
    expect(lab.button("tanh1")).to_have_attribute("aria-current", "true")
    lab.button("Previous layer").click()
    lab.button("Previous layer").click()
    lab.settle((0, 0, 16, 16))
    lab.button("Previous layer").click()  # there is none before the input
    assert lab.shown() == (0, 0, 16, 16)
    lab.stage("map").focus()
    lab.tab.page.keyboard.press("PageDown")
    lab.tab.page.keyboard.press("PageDown")
    lab.settle((2, 0, 16, 16))
    lab.tab.page.keyboard.press("PageUp")
    lab.settle((1, 0, 16, 16))
    lab.button("fc2").click()
    lab.settle((10, 0, 0, 0))
    lab.button("Next layer").click()
    assert lab.shown() == (10, 0, 0, 0)
    assert lab.tab.errors == []


def test_play_goes_on_from_layer_to_layer_and_stops_at_the_end(lab: Lab) -> None:
    lab.open("?layer=tanh3")
    lab.button("Play").click()
    expect(lab.button("Pause")).to_have_attribute("aria-pressed", "true")
    lab.settle((10, 0, 0, 0))
    expect(lab.button("Play")).to_have_attribute("aria-pressed", "false", timeout=WAIT_MS)
    lab.button("Play").click()  # from the end it begins anew
    expect(lab.root).to_have_attribute("data-told", "0,0,16,16", timeout=WAIT_MS)
    lab.button("Pause").click()
    place = lab.shown()
    lab.tab.page.wait_for_timeout(1600)
    assert lab.shown() == place


def test_pointing_moves_all_boxes_and_sends_nothing(lab: Lab) -> None:
    lab.open("?layer=conv2")
    lab.tab.page.mouse.move(2, 2)
    count, link = messages(lab.tab), lab.tab.page.url
    lab.over(lab.stage("map"), 5, 9, 16, 16)
    expect(lab.root).to_have_attribute("data-shown", "4,0,5,9")
    assert lab.cells("source", 16) == pytest.approx([4, 8, 7, 11], abs=0.25)  # rows 4 to 6, columns 8 to 10
    assert lab.cells("picture", 32) == pytest.approx([7, 15, 15, 23], abs=0.5)  # start -3, jump 2, size 8
    assert lab.frames() == ["input", "pool1", "conv2"]
    expect(lab.find(".trail")).to_contain_text("conv2 \u203a map 0 \u203a unit (5, 9)")
    lab.over(lab.stage("source"), 2, 3, 16, 16)
    expect(lab.root).to_have_attribute("data-shown", "4,0,2,3")
    lab.over(lab.stage("map"), 0, 0, 16, 16)
    expect(lab.find(".inspector")).to_contain_text("It can see 8 × 8 pixels, 5 × 5 of them real.")
    canvas = lab.find(".layer canvas").nth(NET.index("pool2"))
    canvas.hover(position={"x": 14, "y": 14})  # the middle of the first map
    expect(lab.root).to_have_attribute("data-shown", "6,0,4,4")
    assert lab.frames() == ["input", "tanh2", "pool2"]
    lab.tab.page.mouse.move(2, 2)
    expect(lab.root).to_have_attribute("data-shown", "4,0,8,8")  # back at the open unit
    assert lab.tab.page.url == link
    assert messages(lab.tab) == count


def test_an_entry_of_the_flattened_vector_is_the_unit_that_it_was(lab: Lab) -> None:
    lab.open("?layer=flatten1&channel=100")
    expect(lab.find(".trail")).to_have_text("Network \u203a flatten1 \u203a entry 100")
    # Entry 100 is map 1, row 4, column 4 of pool2: start -3, jump 4, size 10.
    assert lab.cells("source", 8) == pytest.approx([4, 4, 5, 5], abs=0.25)
    assert lab.cells("picture", 32) == pytest.approx([13, 13, 23, 23], abs=0.5)
    expect(lab.find(".inspector")).to_contain_text("It can see 10 × 10 pixels, 10 × 10 of them real.")
    lab.stage("map").focus()
    lab.tab.page.keyboard.press("ArrowRight")
    assert lab.shown() == (7, 101, 0, 0)
    lab.button("fc1").click()
    expect(lab.find(".inspector")).to_contain_text("It can see the whole picture.", timeout=WAIT_MS)
    expect(lab.find(".inspector")).to_contain_text("The unit reads everything here.")


def test_click_and_enter_take_a_unit_apart(lab: Lab) -> None:
    lab.open("?layer=pool1")
    lab.over(lab.stage("map"), 3, 7, 16, 16)
    lab.tab.page.mouse.down()
    lab.tab.page.mouse.up()
    lab.settle((3, 0, 3, 7))
    expect(lab.find(".unit h3")).to_have_text("pool1, unit 0, 3, 7")
    assert lab.find(".unit tr").count() == 4
    assert (
        lab.find(
            ".unit tr",
        )
        .filter(has_text="the largest")
        .count()
        == 1
    )
    lab.stage("map").focus()
    for key in ("ArrowDown", "ArrowLeft", "Enter"):
        lab.tab.page.keyboard.press(key)
    lab.settle((3, 0, 4, 6))
    expect(lab.find(".unit h3")).to_have_text("pool1, unit 0, 4, 6")
    lab.button("map 5").click()
    lab.settle((3, 5, 4, 6))
    expect(lab.button("map 5")).to_be_focused()
    lab.find(".layer canvas").nth(NET.index("conv2")).click(position={"x": 18, "y": 18})
    lab.settle((4, 0, 8, 8))
    lab.tab.page.keyboard.press("Escape")
    lab.stage("map").focus()
    lab.tab.page.keyboard.press("Escape")
    expect(lab.find(".columns")).to_be_focused()


def test_a_link_opens_the_unit_and_back_leaves_the_page(lab: Lab) -> None:
    lab.tab.open("/")
    lab.open("?layer=conv2&channel=3&row=0&col=15")
    assert lab.shown() == (4, 3, 0, 15)
    expect(lab.find(".unit h3")).to_have_text("conv2, unit 3, 0, 15")
    lab.button("pool2").click()
    lab.settle((6, 3, 4, 4))
    query = parse_qs(urlsplit(lab.tab.page.url).query)
    assert query == {"layer": ["pool2"], "channel": ["3"], "row": ["4"], "col": ["4"]}
    lab.tab.page.reload()
    lab.settle((6, 3, 4, 4))
    for _ in range(3):
        if urlsplit(lab.tab.page.url).path != "/":
            lab.tab.page.go_back()
            lab.tab.wait_idle(500)
    expect(lab.tab.page.get_by_role("heading", level=1)).to_have_text("ConvLab", timeout=WAIT_MS)


def test_the_picture_is_switched_while_a_unit_is_open(lab: Lab) -> None:
    lab.open("?layer=conv2&channel=2&row=3&col=4")
    before = lab.find(".unit").inner_text()
    page = lab.tab.page
    page.get_by_role("combobox", name="Picture", exact=True).click()
    page.get_by_role("option", name="Photo: Rocket", exact=False).first.click()
    expect(lab.find(".unit")).not_to_have_text(before, timeout=WAIT_MS)
    lab.settle((4, 2, 3, 4))
    expect(lab.find(".unit h3")).to_have_text("conv2, unit 2, 3, 4")


def test_many_clicks_end_at_the_last(lab: Lab) -> None:
    lab.open()
    for name in ("pool1", "conv2", "tanh2", "fc1", "pool2"):
        lab.button(name).click()
    lab.settle((6, 0, 4, 4))
    expect(lab.find(".unit h3")).to_have_text("pool2, unit 0, 4, 4")


def test_on_a_phone_the_network_scrolls_inside_the_page(browser: Browser, app_server: harness.Server) -> None:
    phone = Lab(harness.new_tab(browser, app_server, size_px=PHONE_PX))
    phone.open("?layer=conv2")
    wide = phone.tab.page.evaluate("document.scrollingElement.scrollWidth")
    assert wide <= PHONE_PX[0]
    box = phone.button("conv2").bounding_box()
    assert box
    assert 0 <= box["x"] <= box["x"] + box["width"] <= PHONE_PX[0]
    # Showing an open layer far to the right must not scroll the page past its own title.
    assert phone.tab.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    phone.button("fc2").click()
    phone.settle((10, 0, 0, 0))
