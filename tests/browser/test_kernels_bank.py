"""The bank of kernels on the live page: chosen, edited, pointed at; every map ends as PyTorch's own."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, expect

from convlab.convolution import bank
from convlab.ui.kernels.bank import picture_of, start
from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.urls import serialise
from tests.browser.conftest import OpenTab
from tests.browser.harness import PHONE_PX
from tests.browser.kernels_page import SETTLED, WAIT_MS
from tests.browser.mounted import Mounted


@dataclass(frozen=True)
class Lab(Mounted):
    """The bank in a tab."""

    def open(self, **controls: Any) -> KernelsControls:
        """Open a link that sets these controls, and wait for PyTorch's maps or the refusal."""
        wanted = KernelsControls(experiment="bank", **controls)
        self.tab.open("/kernels?" + urlencode({"size": "128", **serialise(wanted)}))
        expect(self.root).to_be_visible(timeout=WAIT_MS)
        if not self.find(".refusal").is_visible():
            self.root.evaluate(SETTLED, 0)
        return wanted

    @property
    def root(self) -> Locator:
        """The component's outermost element; its dataset says which edit is drawn, and by whom."""
        return self.tab.page.locator(".root:has(.bank)")

    def card(self, n: int) -> Locator:
        """A kernel with its map."""
        return self.find(f'.card[data-kernel="{n}"]')

    def cell(self, row: int, column: int, channel: int = 0) -> Locator:
        """One weight of the chosen kernel."""
        return self.find(f'.chosen-kernel > .kernels [data-place="{channel},{row},{column}"]')

    def values(self) -> list[str]:
        """What stands below the maps."""
        return self.find("output.value").all_inner_texts()

    def file(self, button: str) -> NDArray[np.float32]:
        """A tensor, through a download."""
        with self.tab.page.expect_download() as download:
            self.button(button).click()
        found: NDArray[np.float32] = np.load(download.value.path())
        return found

    def settle(self, revision: int) -> None:
        """Wait until PyTorch's maps for so many edits are drawn, compared, and known to Streamlit."""
        self.root.evaluate(SETTLED, revision)
        self.tab.wait_idle()
        assert float(self.root.get_attribute("data-difference") or "nan") <= 1e-5

    def link(self) -> dict[str, str]:
        """The controls in the address bar."""
        return {name: text[0] for name, text in parse_qs(urlsplit(self.tab.page.url).query).items()}


def maps_of(made: bank.Bank, controls: KernelsControls) -> NDArray[np.float32]:
    """PyTorch's maps, [1, N, H, W]."""
    found: NDArray[np.float32] = bank.convolve(picture_of(controls).values, made, controls.settings)[
        None
    ].numpy()
    return found


def test_it_shows_the_layer_of_the_chapter(lab: Lab) -> None:
    controls = lab.open()
    text = lab.find(".facts").inner_text()
    for part in ("[16, 3, 3, 3]", "[16]", "[1, 3, 32, 32] → [1, 16, 30, 30]", "448 = 16 × (3 × 3 × 3 + 1)"):
        assert part in text
    assert lab.find(".card").count() == 16
    assert lab.find("canvas.tile").count() == 48
    assert lab.card(7).locator(".index").all_inner_texts() == ["[7, 0]", "[7, 1]", "[7, 2]"]
    assert np.array_equal(lab.file("Weights as .npy"), start(controls).weight.numpy())
    assert np.array_equal(lab.file("Maps as .npy"), maps_of(start(controls), controls))
    assert lab.tab.errors == []


def test_a_kernel_is_chosen_and_edited_alone(lab: Lab) -> None:
    controls = lab.open()
    before = lab.file("Maps as .npy")
    asked = len(lab.tab.requests)
    lab.card(5).locator(".map").click()
    expect(lab.find(".chosen-kernel h3")).to_have_text("Kernel 5: weight[5] and bias[5]")
    assert lab.cell(0, 0).get_attribute("aria-valuenow") == str(float(start(controls).weight[5, 0, 0, 0]))
    lab.cell(1, 1, channel=2).fill("2.5")
    lab.tab.page.keyboard.press("Enter")
    lab.settle(2)  # the choice counts, too
    assert any(urlsplit(url).path == "/bank" for url in lab.tab.requests[asked:])
    made = start(controls)
    kernel = made.weight[5].clone()
    kernel[2, 1, 1] = 2.5
    made = made.replaced(5, bank.One(kernel, float(made.bias[5])))
    after = lab.file("Maps as .npy")
    assert np.array_equal(after, maps_of(made, controls))
    assert [n for n in range(16) if not np.array_equal(before[0, n], after[0, n])] == [5]
    assert lab.link()["bank_kernel"] == "5"
    assert lab.link()["bank_edits"].startswith("5: ")
    expect(lab.card(5).locator(".title")).to_have_text("Kernel 5 · edited")
    lab.find(".bias-cell input").fill("-1")
    lab.tab.page.keyboard.press("Enter")
    lab.settle(3)
    made = made.replaced(5, bank.One(kernel, -1.0))
    assert np.array_equal(lab.file("Maps as .npy"), maps_of(made, controls))


def test_its_map_follows_while_one_drags(lab: Lab) -> None:
    lab.open(bank_start="presets", bank_kernel=2)
    others = lab.card(3).locator(".map-pixels").evaluate("canvas => canvas.toDataURL()")
    own = lab.card(2).locator(".map-pixels").evaluate("canvas => canvas.toDataURL()")
    lab.cell(1, 1).scroll_into_view_if_needed()
    box = lab.cell(0, 0).bounding_box()
    assert box
    mouse, shown = lab.tab.page.mouse, lab.values()
    mouse.move(box["x"] + 10, box["y"] + 10)
    mouse.down()
    mouse.move(box["x"] + 10, box["y"] - 30, steps=4)
    lab.tab.page.wait_for_timeout(100)
    assert lab.root.get_attribute("data-drawn-by") == "browser"
    assert lab.card(2).locator(".map-pixels").evaluate("canvas => canvas.toDataURL()") != own
    assert lab.card(3).locator(".map-pixels").evaluate("canvas => canvas.toDataURL()") == others
    assert [n for n in range(16) if lab.values()[n] != shown[n]] == [2]
    mouse.up()
    lab.settle(1)
    assert lab.root.get_attribute("data-drawn-by") == "torch"


def test_pointing_marks_one_window_and_its_value_in_every_map(lab: Lab) -> None:
    controls = lab.open(stride=2, padding="1")
    maps = maps_of(start(controls), controls)[0]
    sent = len(lab.tab.sent)
    lab.over(lab.card(9).locator(".map"), 3, 12, 16, 16)
    assert "Row 3, column 12" in lab.find(".reading").inner_text()
    values = [float(text.replace("\N{MINUS SIGN}", "-")) for text in lab.values()]
    assert values == pytest.approx(maps[:, 3, 12].tolist(), abs=5e-4)
    marks = lab.find(".mark").evaluate_all("marks => marks.map(mark => [mark.style.top, mark.style.left])")
    assert marks == [["18.75%", "75%"]] * 16
    top, left, bottom, right = lab.marked(lab.find("canvas.cursor"), 34, 34)
    assert (top, left, bottom, right) == pytest.approx((6, 24, 9, 27), abs=0.4)
    lab.over(lab.find("canvas.cursor"), 11, 21, 34, 34)  # the middle of the window of (5, 10)
    assert "Row 5, column 10" in lab.find(".reading").inner_text()
    assert len(lab.tab.sent) == sent


def test_the_keyboard_does_all_of_it(lab: Lab) -> None:
    lab.open()
    lab.find(".title[tabindex='0']").focus()
    keys = lab.tab.page.keyboard
    keys.press("ArrowDown")
    keys.press("ArrowRight")
    expect(lab.card(5).locator(".title")).to_be_focused()
    expect(lab.find(".chosen-kernel h3")).to_contain_text("Kernel 0")
    keys.press("Enter")
    expect(lab.find(".chosen-kernel h3")).to_contain_text("Kernel 5")
    expect(lab.card(5).locator(".title")).to_have_attribute("aria-pressed", "true")
    lab.find("canvas.cursor").focus()
    keys.press("Home")
    keys.press("ArrowUp")
    assert "Row 14, column 0" in lab.find(".reading").inner_text()
    lab.settle(1)
    assert lab.link()["bank_kernel"] == "5"


def test_where_no_map_fits_there_is_a_sentence_and_an_edit_is_kept(lab: Lab) -> None:
    lab.open(padding="1", stride=2)
    fine = lab.find(".cards").evaluate("cards => cards.offsetTop")
    lab.open(padding="same", stride=2)
    assert lab.find(".cards").evaluate("cards => cards.offsetTop") == fine  # nothing has moved
    expect(lab.find(".refusal")).to_contain_text("stride 1 only")
    lab.cell(0, 0).fill("3")
    lab.tab.page.keyboard.press("Enter")
    lab.tab.page.wait_for_timeout(600)
    lab.tab.wait_idle()
    assert lab.link()["bank_edits"].startswith("0: ")
    assert lab.tab.errors == []


def test_a_kernel_goes_to_the_lab_above(lab: Lab) -> None:
    lab.open(bank_start="presets", bank_kernel=3)
    lab.cell(0, 0).fill("7")
    lab.tab.page.get_by_role("button", name="Use kernel 3 in the lab").click()
    lab.tab.page.wait_for_function("new URLSearchParams(location.search).get('kernel')?.startsWith('7 ')")
    lab.tab.wait_idle()
    grid = "-1 -1 -1; 0 0 0; 1 1 1"
    assert lab.link()["kernel"] == f"7 {grid[3:]} | {grid} | {grid}"
    assert lab.link()["colour"] == "rgb"
    above = lab.tab.page.locator('.root:has(.lab) [data-place="0,0,0"]')
    expect(above).to_have_attribute("aria-valuenow", "7")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits_a_phone(open_tab: OpenTab, scheme: Any) -> None:
    tab = open_tab("/kernels?experiment=bank&bank_start=presets", size_px=PHONE_PX, scheme=scheme)
    phone = Lab(tab)
    expect(phone.root).to_be_visible(timeout=WAIT_MS)
    phone.root.evaluate(SETTLED, 0)
    phone.assert_fits(PHONE_PX[0])
