"""What an experiment sets the lab to is seen in the lab: a shift with its outline, the book's slips."""

import re

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, expect

from convlab.ui.kernels.controls import KernelsControls
from convlab.ui.kernels.staged import shifted, shifts
from convlab.ui.picture import working_picture
from tests.browser import harness
from tests.browser.kernels_page import WAIT_MS, Lab, number

CYAN = np.array([62, 231, 255])


def outlined(lab: Lab, rows: int, columns: int) -> NDArray[np.bool_]:
    """Which cells of the output have a line of the outline at their left edge, or it is theirs there."""
    marks = lab.canvas("out", "marks")
    near = (np.abs(marks[:, :, :3].astype(int) - CYAN).max(2) < 12) & (marks[:, :, 3] > 200)
    side = near.shape[1] / columns
    middles = [int((row + 0.5) * side) for row in range(rows)]
    edges = [max(0, int(column * side) - 4) for column in range(columns)]
    return np.array([[bool(near[y - 2 : y + 2, x : x + 9].any()) for x in edges] for y in middles])


def test_a_shift_is_seen_in_the_lab_and_undone(lab: Lab) -> None:
    controls = lab.open(picture="drawing:house", size=8, experiment="shift", shift_x=2)
    picture = working_picture(controls)[0]
    result = shifts(controls, picture)
    assert result.difference is not None
    differs = result.difference.numpy() != 0
    moved = shifted(controls, picture).pixels[0].numpy()
    assert np.array_equal(lab.canvas("in", "pixels")[:, :, 0], moved)
    assert np.array_equal(lab.tensor(), result.conv_of_shifted.numpy())
    wanted = (
        differs.copy()
    )  # a line at the left of a cell: it differs and its neighbour does not, or the reverse
    wanted[:, 1:] = differs[:, 1:] != differs[:, :-1]
    assert wanted.any()
    assert np.array_equal(outlined(lab, 6, 6), wanted)
    remark = lab.find(".remark")
    expect(remark).to_contain_text("The picture is shifted 2 px to the right: set by the experiment below.")
    expect(remark).to_contain_text(f"the {int(differs.sum())} of 36 pixels that differ")

    # While one edits, PyTorch has not said yet what differs; then it has.
    with lab.settling(1):
        lab.cell(0, 0).fill("3")
        lab.cell(0, 0).press("Enter")
    assert outlined(lab, 6, 6).any()

    with lab.settling():
        lab.button("Undo this").click()
        expect(remark).to_be_hidden(timeout=WAIT_MS)
    assert np.array_equal(lab.canvas("in", "pixels")[:, :, 0], picture.pixels[0].numpy())
    assert not outlined(lab, 6, 6).any()
    assert "shift_x=0" in lab.tab.page.url


def test_the_first_screen_still_holds_the_lab_with_its_remark(lab: Lab) -> None:
    lab.open(picture="drawing:house", size=8, experiment="shift", shift_x=2)
    expect(lab.find(".remark")).to_be_visible()
    height = lab.tab.page.viewport_size or {"height": 0}
    assert max(bottom for _left, _top, _right, bottom in lab.parts().values()) <= height["height"]


@pytest.mark.parametrize(
    ("n", "said"), [(0, "w02 meets i13"), (1, "makes each weight 1"), (2, "burns out"), (3, "one ghost more")]
)
def test_a_slip_is_shown_in_the_lab_which_comes_into_view(lab: Lab, n: int, said: str) -> None:
    page = lab.tab.page
    before = lab.open(picture="drawing:house", size=8, experiment="errata")
    kernel = lab.kernel()
    show = page.get_by_role("button", name="Show it in the lab").nth(n)
    show.scroll_into_view_if_needed()
    show.focus()
    page.keyboard.press("Enter")
    expect(lab.find(".remark")).to_contain_text(re.compile(said), timeout=WAIT_MS)
    expect(lab.find(".in .stage")).to_be_in_viewport(ratio=1, timeout=WAIT_MS)
    expect(lab.find(".out .stage")).to_be_in_viewport(ratio=1)
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop < 400")
    lab.tab.wait_idle()
    if n == 2:
        expect(lab.find(".out .legend .words")).to_contain_text("striped")
    lab.button("Undo this").click()
    expect(lab.find(".remark")).to_be_hidden(timeout=WAIT_MS)
    lab.tab.wait_idle()
    assert lab.kernel() == kernel == before.weights.flatten().tolist()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_remark_is_readable_on_a_phone_and_free_of_errors(
    browser: Browser, app_server: harness.Server, scheme: harness.Scheme
) -> None:
    tab = harness.new_tab(browser, app_server, size_px=(390, 844), scheme=scheme)
    lab = Lab(tab)
    lab.open(picture="drawing:house", size=8, experiment="shift", shift_x=2)
    box = lab.find(".remark").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert lab.find(".remark").evaluate("node => node.scrollWidth - node.clientWidth") == 0
    assert tab.axe() == []
    tab.page.context.close()


def test_no_remark_where_nothing_is_set(lab: Lab) -> None:
    controls = lab.open(picture="drawing:house", size=8)
    assert controls.experiment == KernelsControls().experiment
    expect(lab.find(".remark")).to_be_hidden()


def test_what_is_learned_is_seen_in_the_lab_until_one_edits(lab: Lab) -> None:
    page = lab.tab.page
    lab.tab.open("/kernels?experiment=learn&picture=drawing:house&size=8&steps=20")
    remark, slider = lab.find(".remark"), page.get_by_role("slider", name="Step of the learning")
    expect(remark).to_contain_text("Output and sum are of the kernel that is learned below", timeout=WAIT_MS)
    expect(slider).to_have_value("20", timeout=WAIT_MS)
    slider.fill("0")
    grid = page.locator(".pair section").first.locator(".cell").all_inner_texts()
    learned = np.array([number(text) for text in grid]).reshape(3, 3)
    picture = working_picture(KernelsControls(picture="drawing:house", size=8))[0].values[0].numpy()
    lab.point("out", 4, 1, 6, 6)
    wanted = float((picture[4:7, 1:4] * learned).sum())
    assert number(lab.find(".result").inner_text()) == pytest.approx(wanted, abs=0.01)  # of rounded weights
    assert lab.kernel() == [-1, 0, 1] * 3  # the target
    with lab.settling(1):
        lab.cell(0, 0).fill("2")
        lab.cell(0, 0).press("Enter")
    expect(remark).to_be_hidden(timeout=WAIT_MS)
    page.get_by_role("button", name="Restart", exact=True).last.click()
    expect(remark).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("radio", name="Parameters").click()
    expect(remark).to_be_hidden(timeout=WAIT_MS)
