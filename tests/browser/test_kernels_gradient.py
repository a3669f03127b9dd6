"""The gradient on the live page: pointing at a weight shows where it comes from, without a message."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Locator, expect

from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.kernels.gradient import Problem, problem
from convlab.ui.urls import serialise
from tests.browser.conftest import OpenTab
from tests.browser.harness import PHONE_PX
from tests.browser.kernels_page import WAIT_MS
from tests.browser.mounted import Mounted

SMALL: dict[str, Any] = {"picture": "drawing:house", "size": 8}

# Points at a weight, and says whether all that shows it has changed by the next frame.
ONE_FRAME = """([root, place]) => new Promise((resolve) => {
  const map = root.querySelector('[data-part="contributions"] .pixels');
  const before = map.toDataURL();
  const cell = root.querySelector(`.gradient[data-place="${place}"]`);
  cell.dispatchEvent(new PointerEvent("pointermove", { bubbles: true }));
  requestAnimationFrame(() => resolve(root.dataset.weight === place && map.toDataURL() !== before));
})"""

BOXES = """(root) => [...root.querySelectorAll(".stage, .under, p")].map((node) => {
  const { left, top, right, bottom } = node.getBoundingClientRect();
  return [left, top, right, bottom];
})"""


@dataclass(frozen=True)
class Lab(Mounted):
    """The gradient in a tab."""

    def open(self, **controls: Any) -> Problem:
        """Open a link that sets these controls; what Python says of them."""
        wanted = KernelsControls(experiment="gradient", **controls)
        self.tab.open("/kernels?" + urlencode(serialise(wanted)))
        expect(self.root).to_be_visible(timeout=WAIT_MS)
        return problem(wanted, wanted.weights)

    @property
    def root(self) -> Locator:
        """The component's outermost element; its dataset says which weight is chosen."""
        return self.tab.page.locator(".root:has(.parts)")

    def weight(self, place: str) -> Locator:
        """The cell of a weight, "channel,row,column"."""
        return self.find(f'.gradient[data-place="{place}"]')

    def map(self, name: str) -> Locator:
        """The layer of a picture that one points at."""
        return self.find(f'[data-part="{name}"] canvas.cursor')

    def read(self, selector: str) -> str:
        """A text, with signs that ``float`` reads."""
        return self.find(selector).inner_text().replace("\N{MINUS SIGN}", "-")

    def link(self) -> dict[str, str]:
        """The controls in the address bar."""
        return {name: text[0] for name, text in parse_qs(urlsplit(self.tab.page.url).query).items()}


def test_pointing_at_a_weight_shows_its_sum_within_a_frame_and_without_a_message(lab: Lab) -> None:
    shown = lab.open(**SMALL)
    sent = len(lab.tab.sent)
    for place, at in (("0,0,0", (0, 0, 0)), ("0,2,1", (0, 2, 1)), ("0,1,2", (0, 1, 2))):
        root = lab.root.element_handle()
        assert lab.tab.page.evaluate(ONE_FRAME, [root, place])
        expect(lab.weight(place)).to_have_class("gradient numbers chosen")
        under = lab.read('[data-part="contributions"] .under')
        assert under.startswith("Sum: ")
        assert float(under.split()[1]) == pytest.approx(float(shown.found.weight[at]), rel=2e-3)
        assert float(
            lab.weight(place).inner_text().split()[0].replace("\N{MINUS SIGN}", "-")
        ) == pytest.approx(float(shown.found.weight[at]), rel=2e-3)
    assert len(lab.tab.sent) == sent
    assert lab.tab.errors == []


def test_pointing_at_a_place_marks_its_window_and_says_the_product(lab: Lab) -> None:
    shown = lab.open(**SMALL, padding="1", stride=2, dilation=2, kernel="1 0; 0 -1")
    lab.weight("0,1,0").hover()
    sent = len(lab.tab.sent)
    rows, columns = shown.found.upstream.shape
    lab.over(lab.map("contributions"), 1, 2, rows, columns)
    met = float(shown.found.met[0, 1, 0, 1, 2])
    upstream = float(shown.found.upstream[1, 2])
    text = lab.read(".of-place")
    assert text.startswith("Place (1, 2): ")
    parts = [float(part) for part in text.split(" = ", 1)[1].replace("×", "=").split("=")]
    assert parts == pytest.approx([met, upstream, met * upstream], rel=2e-3, abs=1e-7)
    top, left, bottom, right = lab.marked(lab.map("input"), 10, 10)
    assert (top, left, bottom, right) == pytest.approx((2, 4, 5, 7), abs=0.2)  # the window of (1, 2)
    lab.over(lab.map("input"), 2 * 2 + 2, 0, 10, 10)  # where the weight of (1, 0) meets place (2, 0)
    assert lab.read(".of-place").startswith("Place (2, 0): ")
    assert len(lab.tab.sent) == sent


def test_a_click_keeps_a_weight_and_escape_frees_it(lab: Lab) -> None:
    lab.open(**SMALL)
    lab.weight("0,0,1").click()
    lab.tab.wait_idle()
    assert lab.link()["gradient_weight"] == "0,0,1"
    lab.weight("0,2,2").hover()
    expect(lab.root).to_have_attribute("data-weight", "0,0,1")
    lab.tab.page.keyboard.press("Escape")
    lab.tab.wait_idle()
    assert "gradient_weight" not in lab.link()
    lab.weight("0,2,0").hover()
    expect(lab.root).to_have_attribute("data-weight", "0,2,0")


def test_the_keyboard_does_all_of_it(lab: Lab) -> None:
    lab.open(**SMALL, gradient_weight="0,0,0")
    keys = lab.tab.page.keyboard
    lab.weight("0,0,0").focus()
    keys.press("Escape")
    keys.press("ArrowDown")
    keys.press("ArrowRight")
    expect(lab.weight("0,1,1")).to_be_focused()
    expect(lab.root).to_have_attribute("data-weight", "0,1,1")
    keys.press("Enter")
    expect(lab.weight("0,1,1")).to_have_attribute("aria-pressed", "true")
    lab.map("contributions").focus()
    for _step in range(6):
        keys.press("ArrowUp")
        keys.press("ArrowLeft")
    keys.press("ArrowDown")
    assert lab.read(".of-place").startswith("Place (1, 0): ")
    assert lab.find("p[aria-live]").inner_text().startswith("Place (1, 0): ")
    lab.tab.wait_idle()
    assert lab.link()["gradient_weight"] == "0,1,1"


def test_a_step_changes_the_first_picture_too(lab: Lab) -> None:
    shown = lab.open(**SMALL)
    before = lab.read(".of-weight")
    lab.tab.page.get_by_role("button", name="Take one step of SGD").click()
    lab.tab.page.wait_for_function("new URLSearchParams(location.search).has('kernel')")
    lab.tab.wait_idle()
    above = lab.tab.page.locator('.root:has(.lab) [data-place="0,0,0"]')
    after = float(shown.stepped()[0, 0, 0])
    assert float(above.get_attribute("aria-valuenow") or "nan") == pytest.approx(after, rel=1e-5)
    assert lab.read(".of-weight") != before
    assert lab.tab.errors == []


def test_nothing_moves_while_one_points(lab: Lab) -> None:
    lab.open(colour="rgb", kernel="1 2 3; 4 5 6; 7 8 9 | 0 0 1; 0 1 0; 1 0 0 | 0 0 0; 0 -1 0; 0 0 0")
    lab.root.scroll_into_view_if_needed()
    before = lab.root.evaluate(BOXES)
    for place in ("0,0,0", "2,1,1", "1,2,0"):
        assert lab.tab.page.evaluate(ONE_FRAME, [lab.root.element_handle(), place])
        assert lab.root.evaluate(BOXES) == before


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits_a_phone(open_tab: OpenTab, scheme: Any) -> None:
    path = "/kernels?" + urlencode({"experiment": "gradient", **{name: str(v) for name, v in SMALL.items()}})
    tab = open_tab(path, size_px=PHONE_PX, scheme=scheme)
    phone = Lab(tab)
    expect(phone.root).to_be_visible(timeout=WAIT_MS)
    phone.assert_fits(PHONE_PX[0])
