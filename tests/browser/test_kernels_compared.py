"""What exceeds the picture's own scale burns out and is striped; a kept kernel beside the present one."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, expect

from convlab.convolution import comparison
from convlab.ui.kernels.controls import KernelsControls
from tests.browser import harness
from tests.browser.kernels_page import WAIT_MS, Lab, convolved, number

BLUR = "; ".join(["1/9 1/9 1/9"] * 3)
STRIPE = np.array([190, 65, 0])
INSIDE = """(root) => ["picture", "kernel", "output", "sum"].map((name) => {
  const box = root.querySelector(`[data-part=${name}]`).getBoundingClientRect();
  const inside = box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
  return [name, inside && box.width > 0, box.bottom];
})"""


def striped(pixels: NDArray[np.uint8]) -> int:
    """How many pixels of a layer of marks have the colour of the stripes."""
    near = np.abs(pixels[:, :, :3].astype(int) - STRIPE).max(2) < 12
    return int((near & (pixels[:, :, 3] > 100)).sum())


def link(lab: Lab) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(lab.tab.page.url).query).items()}


def test_grey_to_rgb_burns_out_and_normalising_mends_it_two_clicks(lab: Lab) -> None:
    page = lab.tab.page
    grey = lab.open(picture="photo:cat", size=32, kernel=BLUR)
    assert float(convolved(grey).max()) < 1
    assert striped(lab.canvas("out", "marks")) == 0
    before = lab.canvas("out", "pixels")[:, :, 0]
    assert np.abs(before.astype(int) - (convolved(grey).numpy() * 255).round()).max() <= 1
    normalise = lab.button("Normalise to sum 1")
    expect(normalise).to_be_hidden()

    with lab.settling():
        page.get_by_role("radio", name="RGB").click()  # the first
        expect(lab.find(".out h3 .numbers")).to_have_text("[1, 30, 30]")
        expect(normalise).to_be_visible(timeout=WAIT_MS)
    wanted = convolved(grey.model_copy(update={"colour": "rgb"})).numpy()
    count = int((wanted > 1).sum())
    assert count > 500
    shown = lab.canvas("out", "pixels")[:, :, :3]
    assert ((shown == 255).all(2) >= (wanted > 1)).all()  # white where it burns out
    assert (shown[wanted < 0.99] < 255).all()
    assert striped(lab.canvas("out", "marks")) > 1000
    expect(lab.find(".out .legend .words")).to_contain_text(
        f"The scale is the input's own, 0 to 1. {count} of 900 pixels are above 1 and striped."
    )

    with lab.settling():
        normalise.click()  # the second
        expect(normalise).to_be_hidden(timeout=WAIT_MS)
    assert striped(lab.canvas("out", "marks")) == 0
    assert lab.kernel() == pytest.approx([1 / 27] * 9, abs=1e-4)
    after = lab.canvas("out", "pixels")[:, :, 0]
    assert np.abs(after.astype(int) - (wanted / 3 * 255).round()).max() <= 1
    expect(lab.find(".out .legend .words")).not_to_contain_text("striped")


def test_stripes_leave_the_numbers_readable(lab: Lab) -> None:
    lab.open(picture="photo:cat", size=8, colour="rgb", kernel=BLUR)
    marks = lab.canvas("out", "marks")
    side = marks.shape[0] / 6
    middle = [int((row + 0.5) * side) for row in range(6)]
    for row in middle:
        for col in middle:  # around each number the plain white of its cell, and the digits themselves
            box = marks[row - 5 : row + 5, col - 14 : col + 14]
            assert striped(box) == 0
            assert (box[:, :, :3].max(2) < 60).any()


def differences(lab: Lab) -> list[float]:
    """A, B and B - A as the lab reads them at its cursor."""
    text = lab.find(".said .of-both").inner_text().replace("\u00a0", " ")
    found = re.search(r"A (\S+), B (\S+), B − A (\S+)", text)
    assert found, text
    return [number(value) for value in found.groups()]


def test_an_output_is_kept_and_the_next_is_compared_while_one_drags(lab: Lab) -> None:
    page = lab.tab.page
    kept = lab.open(picture="photo:cat", size=8, kernel="0 0 0; 0 1 0; 0 0 0")
    expect(lab.find(".comparison")).to_be_hidden()
    expect(lab.find(".said")).to_be_hidden()
    lab.button("Keep this output").click()
    expect(lab.find(".comparison")).to_be_visible(timeout=WAIT_MS)
    lab.tab.wait_idle()
    assert link(lab)["frozen"] == "0 0 0; 0 1 0; 0 0 0"
    expect(lab.find(".said .sentence")).to_have_text("A and B are equal everywhere.")

    lab.cell(0, 0).scroll_into_view_if_needed()
    box = lab.cell(0, 0).bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 20, box["y"] - 40, steps=6)
    expect(lab.find(".said .sentence")).to_contain_text("Largest difference")  # before it is let go
    told = lab.find(".said .sentence").inner_text()
    with lab.settling():
        page.mouse.up()
    b = convolved(KernelsControls(**{**kept.model_dump(), "kernel": link(lab)["kernel"]}))
    wanted = comparison.difference(convolved(kept), b)
    assert wanted is not None
    said = lab.find(".said .sentence").inner_text()
    assert said == told  # the browser's own difference was PyTorch's
    assert number(re.findall(r"[\d.]+\d", said)[0]) == pytest.approx(wanted.largest, rel=1e-3)
    assert f"in row {wanted.row}, column {wanted.col}." in said
    colours = lab.canvas("apart", "pixels")[:, :, :3].astype(int)
    signs = np.sign(np.round(wanted.values.numpy(), 3))
    assert (
        np.sign(colours[:, :, 0] - colours[:, :, 2])[signs != 0] == signs[signs != 0]
    ).all()  # red: B is larger


def test_pointing_at_one_marks_and_reads_all_three(lab: Lab) -> None:
    kept = KernelsControls(picture="photo:cat", size=8, kernel="-1 0 1; -1 0 1; -1 0 1")
    other = lab.open(
        picture="photo:cat", size=8, kernel="1 1 1; 0 0 0; -1 -1 -1", frozen="-1 0 1; -1 0 1; -1 0 1"
    )
    a, b = convolved(kept).numpy(), convolved(other).numpy()
    for selector, (row, col) in ((".out", (1, 4)), (".kept", (2, 3)), (".apart", (5, 0))):
        lab.over(lab.find(f"{selector} canvas.cursor"), row, col, 6, 6)
        expect(lab.find(".said .of-both")).to_contain_text(f"Row {row}, column {col}:")
        wanted = [a[row, col], b[row, col], b[row, col] - a[row, col]]
        assert differences(lab) == pytest.approx(wanted, rel=1e-3, abs=1e-5)
        assert lab.place() == (row, col)
        for side in ("out", "kept", "apart"):
            seen = lab.canvas(side, "cursor")[:, :, 3] > 0
            rows, cols = np.nonzero(seen)
            cell = seen.shape[0] / 6
            assert rows.mean() / cell == pytest.approx(row + 0.5, abs=0.2)
            assert cols.mean() / cell == pytest.approx(col + 0.5, abs=0.2)
    lab.find(".kept canvas.cursor").focus()
    lab.tab.page.keyboard.press("ArrowRight")
    expect(lab.find(".said .of-both")).to_contain_text("Row 5, column 1:")
    assert "A " in lab.find("[aria-live]").first.inner_text()
    low, high = (number(lab.find(f".out .legend .{end}").inner_text()) for end in ("low", "high"))
    assert -low == high == pytest.approx(float(max(np.abs(a).max(), np.abs(b).max())), rel=1e-3)  # one scale


def test_a_is_put_back_and_let_go_by_keyboard(lab: Lab) -> None:
    page = lab.tab.page
    lab.open(picture="photo:cat", size=8, stride=2, kernel="2", frozen="1 2; 3 4 @ padding=1 activation=relu")
    expect(lab.find(".said .sentence")).to_contain_text("A has 9 × 9 pixels and B 4 × 4, so")
    expect(lab.find(".kept .stage")).to_be_visible()
    expect(lab.find(".apart .stage")).to_be_hidden()
    with lab.settling():
        lab.button("Put A back").focus()
        page.keyboard.press("Enter")
        expect(lab.find(".said .sentence")).to_have_text("A and B are equal everywhere.", timeout=WAIT_MS)
    assert lab.kernel() == [1, 2, 3, 4]
    assert link(lab)["padding"] == "1"
    assert "stride" not in link(lab)
    lab.button("Let go").focus()
    page.keyboard.press("Enter")
    expect(lab.find(".comparison")).to_be_hidden(timeout=WAIT_MS)
    lab.tab.wait_idle()
    assert "frozen" not in link(lab)


@pytest.mark.parametrize(
    "controls",
    [
        {"size": 8},
        {"size": 128, "colour": "rgb", "kernel": BLUR},
        {"size": 12, "kernel": "; ".join(["1 0 1 0 1"] * 5)},
    ],
    ids=("8", "photograph", "5x5"),
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_while_a_kernel_is_kept_the_first_screen_holds_all(
    browser: Browser, app_server: harness.Server, controls: dict[str, Any], scheme: harness.Scheme
) -> None:
    lab = Lab(harness.new_tab(browser, app_server, scheme=scheme))
    lab.open(picture="photo:cat", frozen="0 0 0; 0 1 0; 0 0 0", **controls)
    for name, inside, bottom in lab.root.evaluate(INSIDE):
        assert inside, (name, bottom)
    assert lab.tab.errors == []
    assert lab.tab.axe() == []
    lab.tab.page.context.close()


def test_on_a_phone_pictures_and_kernel_stay_above_a(browser: Browser, app_server: harness.Server) -> None:
    lab = Lab(harness.new_tab(browser, app_server, size_px=harness.PHONE_PX))
    lab.open(picture="photo:cat", size=12, frozen="0 0 0; 0 1 0; 0 0 0")
    tops = [box["y"] for name in (".in", ".weights", ".comparison") if (box := lab.find(name).bounding_box())]
    assert tops == sorted(tops)
    for name in (".kept .stage", ".apart .stage", ".said"):
        box = lab.find(name).bounding_box()
        assert box
        assert 0 <= box["x"] < box["x"] + box["width"] <= harness.PHONE_PX[0]
    lab.tab.page.context.close()
