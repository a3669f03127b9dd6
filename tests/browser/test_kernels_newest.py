"""Whatever was played, paused or dragged before: the newest kernel is on the screen, and words about it."""

import random
from collections.abc import Callable

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from convlab.convolution import kernels
from convlab.ui.kernels.controls import KernelsControls
from tests.browser.kernels_page import WAIT_MS, Lab, convolved


@pytest.fixture
def small(lab: Lab) -> Lab:
    """The cat at 32 px under the kernel that the page opens with."""
    lab.open(size=32)
    return lab


def covered(lab: Lab) -> bool:
    """Whether part of the output is hidden, as behind a sliding kernel."""
    return bool(lab.canvas("out", "marks")[..., 3].any())


def step_weight(lab: Lab) -> None:
    lab.cell(1, 1).focus()
    with lab.settling(edits=1):
        lab.tab.page.keyboard.press("ArrowUp")


def type_weight(lab: Lab) -> None:
    lab.cell(0, 2).fill(str(round(random.random(), 3)))
    with lab.settling(edits=1):
        lab.tab.page.keyboard.press("Enter")


def press(name: str) -> Callable[[Lab], None]:
    return lambda lab: lab.button(name).first.click()


def play(lab: Lab) -> None:
    lab.find(".player .toggle").click()
    lab.tab.page.wait_for_timeout(60)


def point(lab: Lab) -> None:
    lab.point("out", 5, 7, 30, 30)


def pause(lab: Lab) -> None:
    toggle = lab.find(".player .toggle")
    if toggle.get_attribute("aria-pressed") == "true":
        toggle.click()


MOVES = (play, play, pause, press("Step"), press("Step back"), press("Restart"), point)
EDITS = (step_weight, type_weight)


@pytest.mark.parametrize("seed", range(3))
def test_after_any_order_of_moves_the_newest_kernel_is_seen_whole(small: Lab, seed: int) -> None:
    order = random.Random(seed)
    done = []
    for _edit in range(6):
        for move in order.choices(MOVES, k=order.randrange(1, 4)):
            done.append(move)
            move(small)
        edit = order.choice(EDITS)
        pause(small)
        edit(small)
        kernel = torch.tensor(small.kernel()).reshape(1, 3, 3)
        wanted = convolved(KernelsControls(size=32, kernel=kernels.format_kernel(kernel)))
        assert np.array_equal(small.tensor(), wanted.numpy()), done
        assert not covered(small), done


def test_an_edit_while_the_kernel_slides_is_drawn_where_it_has_passed(small: Lab) -> None:
    small.button("Play").click()
    small.cell(1, 1).focus()
    small.tab.page.keyboard.press("Shift+ArrowUp")
    small.tab.page.wait_for_timeout(300)
    pause(small)
    assert covered(small)
    small.cell(1, 1).focus()
    with small.settling(edits=1):
        small.tab.page.keyboard.press("ArrowUp")
    assert not covered(small)


def test_a_preset_after_restart_is_seen_whole(small: Lab) -> None:
    for name in ("Play", "Pause", "Restart"):
        small.button(name).click()
    assert covered(small)
    with small.settling():
        small.tab.page.get_by_role("combobox", name="Kernel", exact=True).click()
        small.tab.page.get_by_role("option", name="Emboss", exact=True).click()
        expect(small.cell(0, 0)).to_have_attribute("aria-valuenow", "-2", timeout=WAIT_MS)
    assert not covered(small)


def test_while_one_drags_no_word_is_about_the_kernel_before(small: Lab) -> None:
    notes, mouse = small.find(".notes"), small.tab.page.mouse
    expect(notes).to_contain_text("The weights add up to 0.")
    box = small.cell(1, 1).bounding_box()
    assert box
    mouse.move(box["x"] + 20, box["y"] + 20)
    mouse.down()
    mouse.move(box["x"] + 20, box["y"] - 60, steps=4)
    expect(small.root).to_have_attribute("data-drawn-by", "browser", timeout=WAIT_MS)
    expect(notes).not_to_be_visible()
    expect(small.find(".badge")).to_contain_text("Drawn by your browser")
    weight = small.kernel()[4]
    assert weight > 0
    with small.settling():
        mouse.up()
    expect(notes).to_be_visible(timeout=WAIT_MS)
    expect(notes).to_contain_text(f"The weights add up to {small.kernel()[4]:g}.")


def test_tiny_weights_are_told_apart_too(lab: Lab) -> None:
    lab.open(size=8, kernel="1e-6")
    lab.look_up()
    high = lab.find(".histogram .ends").inner_text()
    lab.cell(0, 0).fill("2e-6")
    with lab.settling(edits=1):
        lab.tab.page.keyboard.press("Enter")
    assert lab.find(".histogram .ends").inner_text() != high


def test_the_marked_pixel_stays_at_its_place_of_the_picture(lab: Lab) -> None:
    lab.open(size=64)
    lab.point("out", 10, 50, 62, 62)
    assert lab.place() == (10, 50)
    for size, place in (("128", (22, 102)), ("16", (1, 11)), ("64", (10, 50))):
        lab.tab.choose("Size (px)", size)
        said = f"row {place[0]}, column {place[1]}"
        expect(lab.find(".arithmetic h3")).to_contain_text(said, timeout=WAIT_MS)
    lab.tab.choose("stride", "4")
    expect(lab.find(".arithmetic h3")).to_contain_text("row 3, column 13", timeout=WAIT_MS)
    lab.tab.choose("padding", "3")
    expect(lab.find(".arithmetic h3")).to_contain_text("row 3, column 13", timeout=WAIT_MS)
    lab.tab.choose("stride", "1")
    expect(lab.find(".arithmetic h3")).to_contain_text("row 13, column 53", timeout=WAIT_MS)


def test_a_reading_of_the_input_goes_with_the_windows_it_was_about(lab: Lab) -> None:
    lab.open(size=16)
    lab.point("in", 5, 5, 16, 16)
    expect(lab.find(".reading")).to_contain_text("Outputs that it feeds: 9.")
    lab.tab.choose("stride", "3")
    expect(lab.find(".out h3")).to_contain_text("[1, 5, 5]", timeout=WAIT_MS)
    expect(lab.find(".reading")).not_to_contain_text("Outputs that it feeds: 9.")
