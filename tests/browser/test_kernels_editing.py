"""Editing the kernel on the live page: every way to change a weight ends in PyTorch's own result."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Locator, expect

from convlab.convolution import kernels
from convlab.ui.kernels.controls import KernelsControls
from tests.browser.harness import still
from tests.browser.kernels_page import WAIT_MS, Lab, convolved

VERTICAL = [-1.0, 0.0, 1.0] * 3


@pytest.fixture
def small(lab: Lab) -> Lab:
    """The cat at 32 px under the kernel that the page opens with."""
    lab.open(size=32)
    assert lab.kernel() == VERTICAL
    return lab


def expect_weights(lab: Lab, weights: list[float]) -> None:
    """The cells hold these weights, and the output is PyTorch's map for them, bit for bit."""
    kernel = torch.tensor(weights).reshape(1, 3, 3)
    assert torch.equal(torch.tensor(lab.kernel()).reshape(1, 3, 3), kernel)
    expected = convolved(KernelsControls(size=32, kernel=kernels.format_kernel(kernel)))
    assert np.array_equal(lab.tensor(), expected.numpy())


def changed(place: int, weight: float) -> list[float]:
    """The opening kernel with one weight changed."""
    return [*VERTICAL[:place], weight, *VERTICAL[place + 1 :]]


def scrolled_px(lab: Lab) -> float:
    """How far the page has been scrolled down."""
    return float(lab.tab.page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollTop"))


def test_a_typed_weight_is_taken_with_enter(small: Lab) -> None:
    for text, weight in [("2.5", 2.5), ("1/9", 1 / 9), ("-0,25", -0.25)]:
        before = small.kernel()
        small.cell(1, 1).click()
        small.tab.page.keyboard.type(text)
        assert small.kernel() == before
        with small.settling(edits=1):
            small.tab.page.keyboard.press("Enter")
        expect_weights(small, changed(4, weight))


def test_a_typed_weight_is_taken_on_leaving_the_cell(small: Lab) -> None:
    small.cell(0, 0).fill("7")
    with small.settling(edits=1):
        small.tab.page.keyboard.press("Tab")
    expect(small.cell(0, 1)).to_be_focused()
    expect_weights(small, changed(0, 7.0))


def test_what_is_no_weight_gives_the_sentence_and_changes_nothing(small: Lab) -> None:
    sent, cell, problem = len(small.tab.sent), small.cell(1, 2), small.find(".weights .problem")
    expect(problem).to_be_hidden()
    for text in ("abc", "1/0", "1001", "1e999", "--1", ""):
        cell.fill(text)
        small.tab.page.keyboard.press("Enter")
        expect(problem).to_be_visible()
        expect(problem).to_contain_text("type a number from -1000 to 1000, such as -1, 0.5 or 1/9")
        expect(cell).to_have_attribute("aria-invalid", "true")
        assert small.kernel() == VERTICAL
        small.tab.page.keyboard.press("Escape")
        expect(problem).to_be_hidden()
        expect(cell).to_have_value("1")
        assert cell.get_attribute("aria-invalid") is None
    cell.fill("abc")
    small.cell(1, 1).focus()
    expect(cell).to_have_value("1")
    expect(problem).to_be_visible()  # else the weight would jump back without a word
    assert cell.get_attribute("aria-invalid") is None
    small.tab.wait_idle()
    assert small.kernel() == VERTICAL
    assert len(small.tab.sent) == sent


def test_arrow_keys_step_the_weight(small: Lab) -> None:
    small.cell(1, 1).focus()
    steps = [
        ("ArrowUp", "0.1"),
        ("Shift+ArrowUp", "1.1"),
        ("Alt+ArrowUp", "1.11"),
        ("Shift+ArrowDown", "0.11"),
    ]
    for key, text in [*steps, ("ArrowDown", "0.01"), ("Alt+ArrowDown", "0"), ("ArrowDown", "-0.1")]:
        with small.settling(edits=1):
            small.tab.page.keyboard.press(key)
        expect(small.cell(1, 1)).to_have_value(text)
    expect_weights(small, changed(4, -0.1))


def test_arrow_keys_with_control_move_between_cells(small: Lab) -> None:
    sent = len(small.tab.sent)
    small.cell(0, 0).focus()
    steps = [
        ("Control+ArrowDown", (1, 0)),
        ("Control+ArrowRight", (1, 1)),
        ("ArrowRight", (1, 2)),  # the whole text is selected, so the cursor is at its end
        ("ArrowRight", (1, 2)),
        ("Control+ArrowUp", (0, 2)),
        ("Control+ArrowUp", (0, 2)),
        ("Control+ArrowLeft", (0, 1)),
    ]
    for key, place in steps:
        small.tab.page.keyboard.press(key)
        expect(small.cell(*place)).to_be_focused()
    assert small.kernel() == VERTICAL
    assert len(small.tab.sent) == sent


def test_the_browser_draws_while_one_drags_and_pytorch_when_one_lets_go(small: Lab) -> None:
    mouse, (x, y) = small.tab.page.mouse, middle(small.cell(1, 1))
    for up_px, weight in [(60, 1.5), (-120, -1.5)]:
        before, sent = small.canvas("out", "pixels"), len(small.tab.sent)
        with small.settling(edits=1):
            mouse.move(x, y)
            mouse.down()
            mouse.move(x, y - up_px, steps=6)
            expect(small.root).to_have_attribute("data-drawn-by", "browser", timeout=WAIT_MS)
            expect(small.find(".badge")).to_contain_text("Drawn by your browser")
            assert small.kernel() == pytest.approx(changed(4, weight))
            small.tab.wait_idle()
            assert len(small.tab.sent) == sent
            assert small.root.get_attribute("data-drawn-by") == "browser"
            assert not np.array_equal(small.canvas("out", "pixels"), before)
            mouse.up()
        assert len(small.tab.sent) > sent
        expect(small.find(".badge")).to_contain_text("This is PyTorch's result")
        mouse.move(0, 0)
        assert small.kernel() == changed(4, weight)
    expect_weights(small, changed(4, -1.5))


def test_a_slow_hand_drags_the_weight_and_not_its_chosen_text(small: Lab) -> None:
    mouse, (x, y) = small.tab.page.mouse, middle(small.cell(1, 1))
    with small.settling(edits=1):
        mouse.move(x, y)
        mouse.down()
        for step in range(80):
            mouse.move(x, y - step / 4)
        mouse.move(x, y - 20)
        mouse.up()
    mouse.move(0, 0)
    assert small.kernel() == changed(4, 0.5)


def middle(target: Locator) -> tuple[float, float]:
    """Where an element's middle is, in window pixels."""
    box = still(target)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_the_wheel_turns_a_chosen_cell_and_scrolls_the_page_over_any_other(small: Lab) -> None:
    page = small.tab.page
    small.cell(1, 1).focus()
    page.mouse.move(*middle(small.cell(1, 1)))
    with small.settling(edits=1):
        page.mouse.wheel(0, -100)
    assert small.kernel() == pytest.approx(changed(4, 0.1))
    assert scrolled_px(small) == 0
    page.mouse.move(*middle(small.cell(2, 2)))
    page.mouse.wheel(0, 100)
    page.wait_for_function(
        "document.querySelector('[data-testid=\"stMain\"]').scrollTop > 0", timeout=WAIT_MS
    )
    assert small.kernel() == pytest.approx(changed(4, 0.1))


def test_of_thirty_quick_edits_the_last_one_stays(small: Lab) -> None:
    small.cell(1, 1).focus()
    with small.settling(edits=30):
        for _ in range(30):
            small.tab.page.keyboard.press("ArrowUp")
    expect(small.cell(1, 1)).to_be_focused()
    expect_weights(small, changed(4, 3.0))


def test_edits_fired_at_once_end_in_pytorchs_result(small: Lab) -> None:
    """Thirty within one task of the browser: the drawing that is due for them must not cover PyTorch's."""
    with small.settling(edits=30):
        small.cell(0, 1).evaluate(
            """(cell) => {
              cell.focus();
              const down = () => new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true });
              for (let n = 0; n < 30; n++) cell.dispatchEvent(down());
            }"""
        )
    assert small.root.get_attribute("data-drawn-by") == "torch"
    expect_weights(small, changed(1, -3.0))


# Two edits, the second of which waits for the answer to the first, then at once a preset from the open list.
EDITS_THEN_PRESET = """([option, root]) => {
  const cell = root.querySelector('[data-place="0,1,1"]');
  const up = () => cell.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true }));
  up();
  up();
  return new Promise((resolve) => setTimeout(() => { option.click(); resolve(); }));
}"""


def test_a_preset_wins_over_edits_just_before_it_and_editing_goes_on(small: Lab) -> None:
    page, sobel = small.tab.page, [-1.0, 0.0, 1.0, -2.0, 0.0, 2.0, -1.0, 0.0, 1.0]
    for title, weight in [("Identity", "0"), ("Emboss", "-1"), ("Sobel, left to right", "-2")]:
        with small.settling():
            page.get_by_role("combobox", name="Kernel").click()
            option = page.get_by_role("option", name=title, exact=True).element_handle()
            page.evaluate(EDITS_THEN_PRESET, [option, small.root.element_handle()])
            expect(small.cell(1, 0)).to_have_attribute("aria-valuenow", weight, timeout=WAIT_MS)
    expect_weights(small, sobel)
    small.cell(0, 1).focus()
    with small.settling(edits=1):
        page.keyboard.press("Shift+ArrowUp")
    expect_weights(small, [-1.0, 1.0, *sobel[2:]])


def test_a_map_of_twice_the_size_in_the_same_colours_is_told_from_the_first(lab: Lab) -> None:
    lab.open(size=8, kernel="1")
    before, numbers = lab.find(".ends").inner_text().split(), lab.canvas("out", "marks")
    lab.cell(0, 0).focus()
    with lab.settling(edits=1):
        lab.tab.page.keyboard.press("Shift+ArrowUp")
    after = [float(text) for text in lab.find(".ends").inner_text().split()]
    assert after == pytest.approx([2 * float(text) for text in before], rel=1e-3)
    assert not np.array_equal(lab.canvas("out", "marks"), numbers)


def test_the_tensor_is_downloaded_as_pytorch_made_it(lab: Lab) -> None:
    controls = lab.open(
        size=24, colour="rgb", normalised=True, kernel="1/9 1/3; -1 0.1", bias=0.3, activation="tanh"
    )
    values = lab.tensor()
    assert values.dtype == np.dtype("<f4")
    assert np.array_equal(values, convolved(controls).numpy())


def test_the_picture_is_downloaded_in_the_colours_of_the_screen(lab: Lab) -> None:
    lab.open(size=24, stride=2, kernel="-1 0 1")
    lab.look_up()
    with lab.tab.page.expect_download() as download:
        lab.button("Output as PNG").click()
    picture = Image.open(io.BytesIO(download.value.path().read_bytes()))
    assert (picture.format, picture.size) == ("PNG", (11, 12))
    on_screen = lab.canvas("out", "pixels")
    assert np.array_equal(np.asarray(picture.convert("RGB")), on_screen[..., :3])
    assert len(np.unique(on_screen.reshape(-1, 4), axis=0)) > 50
