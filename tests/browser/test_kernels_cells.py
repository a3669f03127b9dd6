"""The cells of the kernel while something else changes the kernel, and what is pasted into them."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.kernels_page import WAIT_MS, Lab

VERTICAL = [-1.0, 0.0, 1.0] * 3


@pytest.fixture
def small(lab: Lab) -> Lab:
    """The cat at 32 px under the kernel that the page opens with."""
    lab.open(size=32)
    return lab


def put(lab: Lab, text: str) -> None:
    """Type a weight into the middle cell, and stay there."""
    lab.cell(1, 1).fill(text)
    with lab.settling(edits=1):
        lab.tab.page.keyboard.press("Enter")


def shows(lab: Lab, weight: str) -> None:
    """The middle cell and the kernel agree on it."""
    expect(lab.cell(1, 1)).to_have_attribute("aria-valuenow", weight, timeout=WAIT_MS)
    expect(lab.cell(1, 1)).to_have_value(weight)


def paste(cell: Locator, text: str) -> None:
    """What the browser tells a field of a paste."""
    cell.evaluate(
        """(cell, text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          cell.focus();
          const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
          if (cell.dispatchEvent(event)) cell.value = text;
        }""",
        text,
    )


def leave(lab: Lab) -> None:
    lab.cell(1, 1).evaluate("cell => cell.blur()")
    lab.tab.wait_idle(quiet_ms=600)


def test_back_stays_when_the_chosen_cell_is_left(small: Lab) -> None:
    put(small, "2")
    put(small, "30")
    small.tab.page.go_back()
    shows(small, "2")
    leave(small)
    shows(small, "2")
    assert small.kernel()[4] == 2
    small.tab.page.go_forward()
    shows(small, "30")


def test_what_is_typed_stays_until_its_own_weight_changes_elsewhere(small: Lab) -> None:
    page = small.tab.page
    put(small, "2")
    put(small, "30")
    small.cell(1, 1).fill("4")
    page.get_by_role("spinbutton", name="bias", exact=True).evaluate("_ => 0")
    small.root.evaluate("root => root.dispatchEvent(new Event('resize'))")
    expect(small.cell(1, 1)).to_have_value("4")
    page.go_back()  # before "4" was taken: it is given up
    shows(small, "2")
    leave(small)
    shows(small, "2")


def test_escape_after_back_gives_the_weight_of_now(small: Lab) -> None:
    put(small, "2")
    put(small, "30")
    small.tab.page.go_back()
    shows(small, "2")
    small.cell(1, 1).fill("x")
    small.tab.page.keyboard.press("Escape")
    shows(small, "2")


def test_a_preset_and_another_size_reach_the_chosen_cell(small: Lab) -> None:
    put(small, "30")
    for option, weight in (("Identity", "1"), ("Laplacian", "-4")):
        small.tab.choose("Kernel", option)
        expect(small.cell(1, 1)).to_have_attribute("aria-valuenow", weight, timeout=WAIT_MS)
        small.cell(1, 1).focus()
        shows(small, weight)
    for rows, count in (("5", 15), ("1", 3)):
        small.tab.choose("Rows", rows)
        expect(small.find(".cell")).to_have_count(count, timeout=WAIT_MS)
    small.cell(0, 1).fill("77")
    small.tab.page.go_back()  # to five rows, while the cell is chosen
    expect(small.find(".cell")).to_have_count(15, timeout=WAIT_MS)
    expect(small.cell(0, 1)).to_be_focused()
    small.cell(0, 1).evaluate("cell => cell.blur()")
    small.tab.wait_idle(quiet_ms=600)
    assert 77 not in small.kernel()


def test_an_edit_is_told_once_though_enter_and_leaving_both_take_it(small: Lab) -> None:
    put(small, "1/9")
    before = small.revision()
    leave(small)
    small.cell(1, 1).focus()
    leave(small)
    assert small.revision() == before


def test_an_input_method_may_use_enter_for_itself(small: Lab) -> None:
    small.cell(1, 1).fill("\N{FULLWIDTH DIGIT FIVE}")
    small.cell(1, 1).evaluate(
        """(cell) => {
          const composing = { key: "Enter", isComposing: true, bubbles: true };
          cell.dispatchEvent(new KeyboardEvent("keydown", composing));
        }"""
    )
    assert small.kernel() == VERTICAL
    with small.settling(edits=1):
        small.tab.page.keyboard.press("Enter")
    assert small.kernel()[4] == 5


def test_a_range_fills_the_cells_from_the_chosen_one_on(small: Lab) -> None:
    pasted(small, (0, 0), "1\t2\t1\r\n2\t4\t2\r\n1\t2\t1\r\n", "1")
    assert small.kernel() == [1, 2, 1, 2, 4, 2, 1, 2, 1]
    expect(small.cell(0, 0)).to_have_value("1")
    pasted(small, (1, 1), "0,5\t\N{MINUS SIGN}1\n\N{FULLWIDTH DIGIT NINE}\t1/4", "0.5")
    assert small.kernel() == [1, 2, 1, 2, 0.5, -1, 1, 9, 0.25]
    pasted(small, (2, 0), "-1 0 1", "-1")
    assert small.kernel() == [1, 2, 1, 2, 0.5, -1, -1, 0, 1]


def pasted(lab: Lab, place: tuple[int, int], text: str, weight: str) -> None:
    """Paste into a cell, and wait until it has this weight."""
    with lab.settling():
        paste(lab.cell(*place), text)
        expect(lab.cell(*place)).to_have_attribute("aria-valuenow", weight, timeout=WAIT_MS)


@pytest.mark.parametrize(
    ("text", "kernel"),
    [
        ("1/16 * [1 2 1; 2 4 2; 1 2 1]", [w / 16 for w in (1, 2, 1, 2, 4, 2, 1, 2, 1)]),
        ("array([[1., 2., 1.],\n       [2., 4., 2.]], dtype=float32)", [1, 2, 1, 2, 4, 2, -1, 0, 1]),
        ("[[1, 2, 1], [2, 4, 2]] / 4", [0.25, 0.5, 0.25, 0.5, 1, 0.5, -1, 0, 1]),
        ("1,2,3", [1, 2, 3, -1, 0, 1, -1, 0, 1]),
    ],
)
def test_a_cell_reads_what_the_field_reads(small: Lab, text: str, kernel: list[float]) -> None:
    with small.settling():
        paste(small.cell(0, 0), text)
        expect(small.cell(0, 0)).to_have_attribute("aria-valuenow", f"{kernel[0]:g}", timeout=WAIT_MS)
    assert small.kernel() == kernel
    expect(small.cell(0, 0)).to_be_focused()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1\t2\t1\n2\t4\t2\n1\t2\t1", "3 × 3 weights; from this cell on there is room for 2 × 2"),
        ("1\t2\n3", "Every row of a kernel needs the same number of weights."),
        ("1\t\t2", "A weight is missing in '1\\t\\t2': write 0 where you mean 0."),
        ("1\t2000", "A weight is not a number between -1000 and 1000: choose a smaller one."),
        ("a\tb", "'a' is not a weight: write a number such as -1, 0.5 or 1/9."),
        ("0,5, 0,25", "The commas in '0,5, 0,25' can part weights or stand for decimal points"),
    ],
)
def test_a_range_that_does_not_fit_changes_nothing_and_says_why(small: Lab, text: str, sentence: str) -> None:
    places = boxes(small)
    paste(small.cell(1, 1), text)
    problem = small.find(".weights .problem")
    expect(problem).to_contain_text(sentence, timeout=WAIT_MS)
    expect(problem).to_have_attribute("role", "alert")
    expect(small.cell(1, 1)).to_have_attribute("aria-invalid", "true")
    assert small.kernel() == VERTICAL
    expect(small.cell(1, 1)).to_have_value("0")
    expect(small.cell(1, 1)).to_be_focused()
    assert [
        part.bounding_box() for part in small.find("[data-part], .player").all()
    ] == places  # nothing moved
    small.cell(0, 0).focus()
    expect(problem).to_be_visible()
    put(small, "2")
    expect(problem).to_be_hidden()


def boxes(lab: Lab) -> list[object]:
    """Where the lab's parts stand."""
    return [part.bounding_box() for part in lab.find("[data-part], .player").all()]


def test_one_number_is_pasted_as_text(small: Lab) -> None:
    paste(small.cell(1, 1), "0,5")
    with small.settling(edits=1):
        small.tab.page.keyboard.press("Enter")
    assert small.kernel()[4] == 0.5


def test_one_weight_that_is_dragged_leaves_the_others_their_colours(small: Lab) -> None:
    page = small.tab.page
    colours = "cells => cells.map(cell => cell.style.background)"
    before = small.find(".kernel .cell").evaluate_all(colours)
    expect(small.find(".kernel-head .legend .high")).to_have_text("1")
    box = small.cell(0, 0).bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] + 220, steps=5)
    expect(small.cell(0, 0)).to_have_attribute("aria-valuenow", "-6")
    assert small.find(".kernel .cell").evaluate_all(colours)[1:] == before[1:]
    expect(small.find(".kernel-head .legend .high")).to_have_text("1")
    page.mouse.up()
    expect(small.find(".kernel-head .legend .high")).to_have_text("6")
    after = small.find(".kernel .cell").evaluate_all(colours)
    assert after[2] != before[2]
    assert after[0] == before[0]  # the end of the scale, as before
