"""Undo and redo on the live Kernels page: buttons and keys, beside Back, for every kind of change."""

from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from convlab.convolution import kernels
from convlab.ui.kernels.controls import KernelsControls
from tests.browser.kernels_page import WAIT_MS, Lab, convolved
from tests.browser.test_kernels_cells import paste, put

VERTICAL = "-1 0 1; -1 0 1; -1 0 1"
TYPED = "-1 0 1; -1 2 1; -1 0 1"
DRAGGED = "-1 0 1; -1 3.5 1; -1 0 1"
IDENTITY = "0 0 0; 0 1 0; 0 0 0"


@pytest.fixture
def small(lab: Lab) -> Lab:
    """The cat at 32 px under the kernel that a link without one opens with."""
    lab.open(size=32)
    return lab


def linked(page: Page) -> str:
    return parse_qs(urlparse(page.url).query).get("kernel", [VERTICAL])[0]


def arrives(lab: Lab, text: str) -> None:
    """Cells, link and output agree on this kernel, and the output is PyTorch's, bit for bit."""
    kernel = kernels.parse(text)
    cells = lab.find(".cell")
    expect(cells).to_have_count(kernel.numel(), timeout=WAIT_MS)
    for place, weight in enumerate(kernel.flatten().tolist()):
        expect(cells.nth(place)).to_have_attribute("aria-valuenow", kernels.number(weight), timeout=WAIT_MS)
    lab.tab.wait_idle(quiet_ms=500)
    assert linked(lab.tab.page) == text
    expect(lab.root).to_have_attribute("data-drawn-by", "torch", timeout=WAIT_MS)
    expected = convolved(KernelsControls(size=32, kernel=text))
    assert np.array_equal(lab.tensor(), expected.numpy())


def drag(lab: Lab, cell: Locator, up_px: int) -> None:
    cell.scroll_into_view_if_needed()
    box, mouse = cell.bounding_box(), lab.tab.page.mouse
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    with lab.settling(edits=1):
        mouse.move(x, y)
        mouse.down()
        mouse.move(x, y - up_px, steps=4)
        mouse.up()
    mouse.move(0, 0)


def press(lab: Lab, keys: str) -> None:
    lab.tab.page.keyboard.press(keys)


def test_each_change_is_undone_and_redone_one_by_one(small: Lab) -> None:
    put(small, "2")
    small.tab.wait_idle(quiet_ms=500)
    drag(small, small.cell(1, 1), 60)
    small.tab.choose("Kernel", "Identity")
    arrives(small, IDENTITY)
    for text in (DRAGGED, TYPED, VERTICAL):
        small.button("Undo").click()
        arrives(small, text)
    expect(small.button("Undo")).to_have_attribute("aria-disabled", "true")
    for text in (TYPED, DRAGGED, IDENTITY):
        press(small, "Control+Shift+Z")
        arrives(small, text)
    expect(small.button("Redo")).to_have_attribute("aria-disabled", "true")


def test_back_is_one_of_the_steps(small: Lab) -> None:
    put(small, "2")
    small.tab.wait_idle(quiet_ms=500)
    drag(small, small.cell(1, 1), 60)
    small.tab.wait_idle(quiet_ms=500)
    small.tab.page.go_back()
    arrives(small, TYPED)
    press(small, "Control+z")
    arrives(small, VERTICAL)
    press(small, "Control+y")
    arrives(small, TYPED)
    press(small, "Control+y")
    arrives(small, DRAGGED)
    drag(small, small.cell(1, 1), -60)  # an edit gives up what could be redone
    arrives(small, TYPED)
    expect(small.button("Redo")).to_have_attribute("aria-disabled", "true")


def test_steps_pressed_at_once_and_straight_after_an_edit_all_count(small: Lab) -> None:
    for weight in ("2", "3", "4"):
        put(small, weight)
        small.tab.wait_idle(quiet_ms=500)
    small.cell(1, 1).fill("5")
    press(small, "Enter")
    for _ in range(4):  # the edit has not been told yet
        press(small, "Control+z")
    arrives(small, VERTICAL)
    for _ in range(4):
        press(small, "Control+y")
    arrives(small, TYPED.replace("2", "5"))


def test_a_size_is_undone_with_the_boxes_that_show_it(small: Lab) -> None:
    page = small.tab.page
    small.tab.choose("Rows", "5")
    expect(small.find(".cell")).to_have_count(15, timeout=WAIT_MS)
    press(small, "Control+z")
    arrives(small, VERTICAL)
    expect(page.get_by_role("combobox", name="Rows", exact=True)).to_have_value("3")


def test_a_cell_that_is_being_typed_in_keeps_its_own_undo(small: Lab) -> None:
    put(small, "2")
    small.tab.wait_idle(quiet_ms=500)
    small.cell(1, 1).click()
    small.tab.page.keyboard.type("77")
    press(small, "Control+z")
    small.tab.wait_idle(quiet_ms=500)
    assert linked(small.tab.page) == TYPED
    press(small, "Escape")
    press(small, "Control+z")
    expect(small.cell(1, 1)).to_have_value("0", timeout=WAIT_MS)
    expect(small.cell(1, 1)).to_be_focused()
    arrives(small, VERTICAL)


def test_what_was_pasted_is_one_step(small: Lab) -> None:
    paste(small.cell(0, 0), "1/16 * [1 2 1; 2 4 2; 1 2 1]")
    arrives(small, "0.0625 0.125 0.0625; 0.125 0.25 0.125; 0.0625 0.125 0.0625")
    press(small, "Control+z")
    arrives(small, VERTICAL)


def test_undo_leads_nowhere_before_the_first_kernel(small: Lab) -> None:
    press(small, "Control+z")
    press(small, "Control+y")
    small.tab.wait_idle(quiet_ms=500)
    arrives(small, VERTICAL)
    assert torch.equal(torch.tensor(small.kernel()), kernels.parse(VERTICAL).flatten())
