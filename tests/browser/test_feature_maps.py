"""The Feature maps page in a browser: the walk, the shared cursor without a message, units opened, links."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Position, expect

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
        self.part("unit").wait_for(timeout=WAIT_MS)

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

    def part(self, name: str) -> Locator:
        """One of the lab's parts: network, unit, sum or verdict."""
        return self.find(f"[data-part={name}]")

    def stage(self, name: str) -> Locator:
        """The canvas that one points at: "picture" or "map"."""
        return self.find(".inspector canvas.cursor").nth(("picture", "map").index(name))

    def canvas(self, layer: str) -> Locator:
        """The maps of a layer in the network."""
        return self.find(".layer canvas").nth(NET.index(layer))

    def middle_of(self, layer: str, channel: int) -> Position:
        """Where the middle of a map lies in its layer's canvas."""
        tile, step, down = map(int, (self.canvas(layer).get_attribute("data-tiles") or "").split())
        return {"x": channel // down * step + 0.55 * tile, "y": channel % down * step + 0.55 * tile}

    def likeliest(self) -> int:
        """The first of the classes that the verdict takes for the likeliest."""
        chances = [float(text) for text in self.part("verdict").locator(".class .p").all_inner_texts()]
        return chances.index(max(chances))

    def framed(self, layer: str) -> int:
        """How many maps of a layer hold a frame."""
        return self.find(".layer").nth(NET.index(layer)).locator(".frame:visible").count()

    def seen(self, ghosts: int = 3) -> list[float]:
        """Top, left, bottom and right of what the unit sees, in pixels; ghost pixels stand around these."""
        size = 32 + 2 * ghosts
        return [place - ghosts for place in self.marked(self.stage("picture"), size, size)]

    def frames(self) -> list[str]:
        """Names of the layers in the network that hold a frame."""
        return [name for name in NET if self.framed(name)]


def messages(tab: Tab) -> int:
    every: list[Any] = [*tab.sent, *tab.received]
    return len(every)


def test_the_walk_by_buttons_and_keys(lab: Lab) -> None:
    lab.open()
    assert lab.find(".layer .name").all_inner_texts() == NET
    lab.button("Next layer").click()
    lab.settle((2, 0, 8, 8))  # the same place of the picture
    expect(lab.button("tanh1")).to_have_attribute("aria-current", "true")
    lab.button("Previous layer").click()
    lab.button("Previous layer").click()
    lab.settle((0, 0, 8, 8))
    lab.button("Previous layer").click()  # there is none before the input
    assert lab.shown() == (0, 0, 8, 8)
    lab.stage("map").focus()
    lab.tab.page.keyboard.press("PageDown")
    lab.tab.page.keyboard.press("PageDown")
    lab.settle((2, 0, 8, 8))
    lab.tab.page.keyboard.press("PageUp")
    lab.settle((1, 0, 8, 8))
    lab.button("pool2").click()
    lab.settle((6, 0, 2, 2))
    lab.button("flatten1").click()
    lab.settle((7, 2 * 8 + 2, 0, 0))  # the entry that this unit is
    lab.button("fc2").click()
    likeliest = (10, lab.likeliest(), 0, 0)
    lab.settle(likeliest)
    lab.button("Next layer").click()
    assert lab.shown() == likeliest
    assert lab.tab.errors == []


def test_pointing_moves_all_boxes_and_sends_nothing(lab: Lab) -> None:
    lab.open("?layer=conv2")
    lab.tab.page.mouse.move(2, 2)
    count, link = messages(lab.tab), lab.tab.page.url
    lab.over(lab.stage("map"), 5, 9, 16, 16)
    expect(lab.root).to_have_attribute("data-shown", "4,0,5,9")
    assert lab.framed("pool1") == 16  # a map of conv2 reads all of them
    frame = lab.find(".layer").nth(NET.index("pool1")).locator(".frame").first.bounding_box()
    canvas = lab.canvas("pool1").bounding_box()
    tile = int((lab.canvas("pool1").get_attribute("data-tiles") or "").split()[0])
    assert frame
    assert canvas
    place = [(frame["y"] - canvas["y"]) * 16 / tile, (frame["x"] - canvas["x"]) * 16 / tile]
    assert place == pytest.approx([4, 8], abs=0.5)  # rows 4 to 6, columns 8 to 10
    assert lab.seen() == pytest.approx([7, 15, 15, 23], abs=0.5)  # start -3, jump 2, size 8
    assert lab.frames() == ["input", "pool1", "conv2"]
    expect(lab.find(".trail")).to_contain_text("conv2 \u203a map 0 \u203a unit (5, 9)")
    lab.over(lab.stage("map"), 0, 0, 16, 16)
    expect(lab.find(".inspector")).to_contain_text("It can see 8 × 8 pixels, 5 × 5 of them real.")
    lab.canvas("pool2").hover(position=lab.middle_of("pool2", 5))
    expect(lab.root).to_have_attribute("data-shown", "6,5,4,4")
    assert lab.frames() == ["input", "tanh2", "pool2"]
    lab.tab.page.mouse.move(2, 2)
    expect(lab.root).to_have_attribute("data-shown", "4,0,8,8")  # back at the open unit
    assert lab.tab.page.url == link
    assert messages(lab.tab) == count


def test_an_entry_of_the_flattened_vector_is_the_unit_that_it_was(lab: Lab) -> None:
    lab.open("?layer=flatten1&channel=100")
    expect(lab.find(".trail")).to_have_text("Network \u203a flatten1 \u203a entry 100")
    # Entry 100 is map 1, row 4, column 4 of pool2: start -3, jump 4, size 10.
    assert lab.framed("pool2") == 1
    assert lab.seen() == pytest.approx([13, 13, 23, 23], abs=0.5)
    expect(lab.find(".inspector")).to_contain_text("It can see 10 × 10 pixels.")
    lab.stage("map").focus()
    lab.tab.page.keyboard.press("ArrowRight")
    assert lab.shown() == (7, 101, 0, 0)
    lab.button("fc1").click()
    expect(lab.find(".inspector")).to_contain_text("It can see the whole picture.", timeout=WAIT_MS)


def test_click_and_enter_take_a_unit_apart(lab: Lab) -> None:
    lab.open("?layer=pool1")
    lab.over(lab.stage("map"), 3, 7, 16, 16)
    lab.tab.page.mouse.down()
    lab.tab.page.mouse.up()
    lab.settle((3, 0, 3, 7))
    expect(lab.part("sum").locator("h3")).to_have_text("pool1, unit 0, 3, 7")
    assert lab.part("sum").locator("tr").count() == 4
    assert lab.part("sum").locator("tr").filter(has_text="the largest").count() == 1
    lab.stage("map").focus()
    for key in ("ArrowDown", "ArrowLeft", "Enter"):
        lab.tab.page.keyboard.press(key)
    lab.settle((3, 0, 4, 6))
    expect(lab.part("sum").locator("h3")).to_have_text("pool1, unit 0, 4, 6")
    maps = lab.root.get_by_role("combobox", name="Maps of this layer")
    maps.focus()
    maps.select_option("map 5")
    lab.settle((3, 5, 4, 6))
    expect(maps).to_be_focused()
    lab.canvas("conv2").click(position=lab.middle_of("conv2", 2))
    lab.settle((4, 2, 8, 8))
    lab.tab.page.keyboard.press("Escape")
    lab.stage("map").focus()
    lab.tab.page.keyboard.press("Escape")
    expect(lab.find(".columns")).to_be_focused()


def test_a_link_opens_the_unit_and_back_leaves_the_page(lab: Lab) -> None:
    lab.tab.open("/")
    lab.open("?layer=conv2&channel=3&row=0&col=15")
    assert lab.shown() == (4, 3, 0, 15)
    expect(lab.part("sum").locator("h3")).to_have_text("conv2, unit 3, 0, 15")
    lab.button("pool2").click()
    lab.settle((6, 3, 0, 7))
    query = parse_qs(urlsplit(lab.tab.page.url).query)
    assert query == {"layer": ["pool2"], "channel": ["3"], "row": ["0"], "col": ["7"]}
    lab.tab.page.reload()
    lab.settle((6, 3, 0, 7))
    for _ in range(3):
        if urlsplit(lab.tab.page.url).path != "/":
            lab.tab.page.go_back()
            lab.tab.wait_idle(500)
    expect(lab.tab.page.get_by_role("heading", level=1)).to_have_text("ConvLab", timeout=WAIT_MS)


def test_the_picture_is_switched_while_a_unit_is_open(lab: Lab) -> None:
    lab.open("?layer=conv2&channel=2&row=3&col=4")
    before = lab.part("sum").inner_text()
    page = lab.tab.page
    page.get_by_role("combobox", name="Picture", exact=True).click()
    page.get_by_role("option", name="Photo: Rocket", exact=False).first.click()
    expect(lab.part("sum")).not_to_have_text(before, timeout=WAIT_MS)
    lab.settle((4, 2, 3, 4))
    expect(lab.part("sum").locator("h3")).to_have_text("conv2, unit 2, 3, 4")


def test_many_clicks_end_at_the_last(lab: Lab) -> None:
    lab.open()
    for name in ("pool1", "conv2", "tanh2", "fc1", "pool2"):
        lab.button(name).click()
    lab.settle((6, 0, 2, 2))
    expect(lab.part("sum").locator("h3")).to_have_text("pool2, unit 0, 2, 2")


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
    phone.settle((10, phone.likeliest(), 0, 0))


def test_an_output_has_the_name_of_its_class(lab: Lab) -> None:
    lab.open("?layer=fc2&channel=1")
    expect(lab.find(".trail")).to_have_text("Network \u203a fc2 \u203a entry 1, bird")
    expect(lab.part("sum").locator("h3")).to_have_text("fc2, unit 1: bird")
    lab.open("?network=net_res&weights=random&layer=fc2&channel=0")
    expect(lab.find(".trail")).to_have_text("Network \u203a fc2 \u203a entry 0, output 0, untrained")


# A part of the lab that is not whole in the window, or not there: its box.
BEYOND = """(root) => ["network", "unit", "sum", "verdict"].filter((name) => {
  const node = root.querySelector(`[data-part=${name}]`);
  const { left, top, right, bottom, width, height } = node.getBoundingClientRect();
  return width < 100 || height < 100 || left < 0 || top < 0 || right > innerWidth || bottom > innerHeight;
})"""
# What is cut off: parts whose content is larger than themselves.
CUT = """(root) => ["network", "unit", "sum", "verdict"].filter((name) => {
  const node = root.querySelector(`[data-part=${name}]`);
  return node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1;
})"""


OPENED = (
    "?layer=conv2",
    "?layer=conv1",
    "?layer=fc1",
    "?layer=fc2&channel=1",
    "?network=net_res&layer=add1",
    "?network=net_res_deep",
)


@pytest.mark.parametrize("query", OPENED)
def test_network_unit_sum_and_verdict_are_on_the_first_screen(lab: Lab, query: str) -> None:
    lab.open(query)
    assert lab.root.evaluate(BEYOND) == []
    assert lab.root.evaluate(CUT) == []
    for name in ("ribbon", "columns"):
        assert lab.find(f".{name}").evaluate("(node) => node.scrollWidth <= node.clientWidth"), name


def test_before_a_class_all_parts_are_in_the_window(browser: Browser, app_server: harness.Server) -> None:
    wall = Lab(harness.new_tab(browser, app_server, size_px=(1920, 1080)))
    deep = "?network=torchvision&architecture=resnet18&weights=random&layer=layer3.0.conv1"
    for query in ("?layer=conv2", "?network=net_res&layer=add1", deep):
        wall.open(f"{query}&present=1")
        assert wall.root.evaluate(BEYOND) == []
        assert wall.root.evaluate(CUT) == []


def test_the_verdict_names_each_class_with_probability_and_logit(lab: Lab) -> None:
    lab.open("?layer=conv2")
    rows = lab.part("verdict").locator(".class")
    assert [row.inner_text().split()[0] for row in rows.all()] == ["airplane", "bird"]
    chances = [float(row.locator(".p").inner_text()) for row in rows.all()]
    assert sum(chances) == pytest.approx(1, abs=0.0011)
    rows.nth(1).click()
    lab.settle((10, 1, 0, 0))
    expect(lab.part("sum").locator("h3")).to_have_text("fc2, unit 1: bird")
    logit = rows.nth(1).locator(".logit").inner_text().removeprefix("logit ")
    expect(lab.part("sum")).to_contain_text(logit[:5])


def test_equal_blocks_are_folded_until_one_asks_for_them(lab: Lab) -> None:
    lab.open("?network=net_res_deep&weights=random&layer=conv1")
    fold = lab.button("\u00d73 more like this")
    count = lab.find(".layer").count()
    fold.click()
    expect(lab.find(".layer")).to_have_count(count + 12)
    assert lab.find(".ribbon").evaluate("(node) => node.scrollWidth <= node.clientWidth")
    lab.open("?network=net_res_deep&weights=random&layer=resblocks.2.conv")
    expect(lab.button("resblocks.2.conv")).to_have_attribute("aria-current", "true")
    assert lab.find(".fold").count() == 2


DRAWN = """(canvas) => new Uint32Array(canvas.getContext("2d")
  .getImageData(0, 0, canvas.width, canvas.height).data.buffer).some(Boolean)"""


def test_lines_join_the_columns_and_those_of_the_open_unit_are_drawn_over_them(lab: Lab) -> None:
    lab.open("?layer=conv2&channel=3")
    every, strong = (lab.find(f"canvas.{name}").first for name in ("wiring", "strong"))
    assert every.evaluate(DRAWN)
    assert strong.evaluate(DRAWN)
    lab.button("input").click()  # it reads nothing
    assert not strong.evaluate(DRAWN)


def test_a_network_of_seventy_layers_fits_the_width(lab: Lab) -> None:
    lab.open("?network=torchvision&weights=random&layer=layer2.0.conv1")
    assert lab.find(".ribbon").evaluate("(node) => node.scrollWidth <= node.clientWidth")
    assert lab.find(".layer.thin").count() > 40
    expect(lab.button("layer2.0.conv1")).to_have_text("conv1")  # those around it have their names
    fold = lab.find(".fold button").first
    fold.click()  # opens the first of those folded away
    assert lab.shown()[0] in range(1, 75)
    expect(lab.find(".layer.open .name")).not_to_have_text("")
    assert lab.find(".ribbon").evaluate("(node) => node.scrollWidth <= node.clientWidth")
