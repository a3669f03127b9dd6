"""A pinned pixel stays: by click or key, in the link, after a reload, Back; captions name what is marked."""

import random
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from convlab.convolution import conv2d
from convlab.ui.picture import working_picture
from tests.browser.kernels_page import WAIT_MS, Lab, convolved, number

FRAME_MS = 1000 / 60

# Many moves of the pointer over a canvas.
MOVES = """(canvas, count) => {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  for (let n = 0; n < count; n++) {
    const clientX = left + ((n * 37) % 100 + 0.5) / 100 * width;
    const clientY = top + ((n * 61) % 100 + 0.5) / 100 * height;
    canvas.dispatchEvent(new PointerEvent("pointermove", { clientX, clientY, bubbles: true }));
  }
}"""

# Counts in window.left the pictures that begin to fade.
COUNT_LEAVING = """(root) => {
  window.left = 0;
  const one = (node) => (window.left += node.className === "leaving");
  const count = ({ addedNodes }) => addedNodes.forEach(one);
  new MutationObserver((records) => records.forEach(count)).observe(root, { childList: true, subtree: true });
}"""


@pytest.fixture
def small(lab: Lab) -> Iterator[Lab]:
    """The house at 8 px, 6 x 6 places for a window; the mouse is elsewhere."""
    lab.tab.page.mouse.move(5, 5)
    lab.open(picture="drawing:house", size=8)
    yield lab
    lab.tab.page.mouse.move(5, 5)


def link(lab: Lab) -> str | None:
    """The pin in the address bar, once it rests."""
    lab.tab.page.wait_for_timeout(400)  # a pause, after which Python is told
    lab.tab.wait_idle()
    return parse_qs(urlsplit(lab.tab.page.url).query).get("pin", [None])[0]


def click(lab: Lab, side: str, row: int, column: int, size: int) -> None:
    """Click a cell of the input ("in") or the output ("out")."""
    lab.point(side, row, column, size, size)
    lab.tab.page.mouse.down()
    lab.tab.page.mouse.up()


def caption(lab: Lab, side: str) -> list[str]:
    """The two lines below a picture."""
    return lab.find(f".{side} :is(.reading, .output-reading) span").all_inner_texts()


def test_a_click_pins_another_frees_and_the_link_knows(small: Lab) -> None:
    click(small, "out", 2, 3, 6)
    assert link(small) == "2,3"
    small.point("out", 4, 1, 6, 6)
    assert small.place() == (2, 3)
    assert small.marked_cells("out", 6, 6) == pytest.approx((2, 3, 3, 4), abs=0.2)
    assert caption(small, "out")[0].startswith("Pinned: row 2, column 3: ")
    assert caption(small, "out")[1].startswith("Pointer: Row 4, column 1: ")
    small.point("in", 0, 0, 8, 8)
    assert small.place() == (2, 3)
    assert small.marked_cells("in", 8, 8) == pytest.approx((2, 3, 5, 6), abs=0.2)
    assert caption(small, "in")[0] == "Window: rows 2 to 4, columns 3 to 5."
    assert caption(small, "in")[1].startswith("Pointer: Row 0, column 0: ")
    click(small, "out", 2, 3, 6)
    assert link(small) is None
    small.point("out", 4, 1, 6, 6)
    assert small.place() == (4, 1)


def test_a_click_on_the_input_pins_the_window_around_it(small: Lab) -> None:
    click(small, "in", 4, 5, 8)
    assert small.place() == (3, 4)
    assert link(small) == "3,4"
    small.tab.page.mouse.move(5, 5)
    assert caption(small, "in")[0] == "Window: rows 3 to 5, columns 4 to 6."
    click(small, "in", 4, 5, 8)
    assert link(small) is None


def test_keys_pin_and_free_and_the_arrows_look_elsewhere_meanwhile(small: Lab) -> None:
    page = small.tab.page
    small.find(".out canvas.cursor").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert small.place() == (2, 3)
    assert link(small) == "2,3"
    page.keyboard.press("ArrowRight")
    assert small.place() == (2, 3)
    expect(small.find("[aria-live=polite]")).to_contain_text("Pointer: Row 2, column 4:")
    page.keyboard.press("Enter")
    assert small.place() == (2, 4)
    assert link(small) == "2,4"
    page.keyboard.press("Escape")
    assert link(small) is None
    page.keyboard.press("ArrowRight")
    assert small.place() == (2, 5)
    small.find(".in canvas.cursor").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert link(small) == "2,4"


def test_escape_frees_from_anywhere_but_a_field(small: Lab) -> None:
    small.open(picture="drawing:house", size=8, pin="1,1")
    assert small.place() == (1, 1)
    small.cell(0, 0).focus()
    small.tab.page.keyboard.press("Escape")
    assert link(small) == "1,1"
    small.tab.page.evaluate("document.activeElement.blur()")
    small.tab.page.keyboard.press("Escape")
    assert link(small) is None


def test_a_reload_keeps_the_pin_and_back_undoes_it(small: Lab) -> None:
    click(small, "out", 1, 4, 6)
    assert link(small) == "1,4"
    click(small, "out", 5, 0, 6)
    assert link(small) == "5,0"
    page = small.tab.page
    page.mouse.move(5, 5)
    page.go_back()
    expect(small.find(".arithmetic h3")).to_have_text("Output pixel: row 1, column 4", timeout=WAIT_MS)
    assert link(small) == "1,4"
    page.reload()
    expect(small.find(".arithmetic h3")).to_have_text("Output pixel: row 1, column 4", timeout=WAIT_MS)
    assert caption(small, "out")[0].startswith("Pinned: row 1, column 4: ")


def test_a_pin_keeps_its_place_in_a_larger_picture_and_waits_while_the_kernel_slides(small: Lab) -> None:
    click(small, "out", 2, 3, 6)
    assert link(small) == "2,3"
    page = small.tab.page
    page.get_by_label("padding", exact=True).first.click()
    page.get_by_role("option", name="1", exact=True).click()
    expect(small.find(".arithmetic h3")).to_have_text("Output pixel: row 3, column 4", timeout=WAIT_MS)
    assert link(small) == "3,4"
    small.button("Step").click()
    assert small.place() == (3, 5)
    assert caption(small, "out")[1] == "The pin at row 3, column 4 waits; Esc goes back to it."
    assert link(small) == "3,4"
    page.keyboard.press("Escape")
    assert small.place() == (3, 4)
    assert link(small) == "3,4"
    small.root.get_by_label("Speed").select_option("2")
    small.button("Play").click()
    expect(small.find(".arithmetic h3")).to_have_text("Output pixel: row 0, column 1", timeout=WAIT_MS)
    small.point("out", 6, 6, 8, 8)  # it slides no longer
    assert small.place() == (3, 4)
    assert caption(small, "out")[0].startswith("Pinned: row 3, column 4: ")
    small.tab.page.mouse.move(5, 5)
    page.keyboard.press("Escape")
    assert link(small) is None


def test_captions_name_the_marked_pixels_wherever_one_points(small: Lab) -> None:
    controls = small.open(picture="drawing:house", size=8, padding="1", padding_mode="reflect")
    output, picture = convolved(controls).numpy(), working_picture(controls)[0].values[0].numpy()
    padded = np.pad(picture, 1, mode="reflect")
    draw = random.Random(0)
    sent = len(small.tab.sent)
    for _ in range(30):
        side = draw.choice(("in", "out"))
        size = 10 if side == "in" else 8
        row, column = draw.randrange(size), draw.randrange(size)
        small.point(side, row, column, size, size)
        at = small.place()
        names = caption(small, "out")[0]
        assert number(names.split(": ")[1]) == pytest.approx(float(output[at]), abs=1e-4)
        assert names.startswith(f"Row {at[0]}, column {at[1]}: ")
        first = caption(small, "in")[0]
        if side == "in":
            inside = 0 < row < 9 and 0 < column < 9
            name = ("Row" if inside else "Ghost pixel, row") + f" {row - 1}, column {column - 1}: "
            assert first.startswith(name.replace("-", "\N{MINUS SIGN}"))
            assert number(first.split(": ")[1]) == pytest.approx(float(padded[row, column]), abs=1e-4)
            assert at == (min(max(row - 1, 0), 7), min(max(column - 1, 0), 7))
        else:
            assert at == (row, column)
            ends = (at[0] - 1, at[0] + 1, at[1] - 1, at[1] + 1)
            assert [number(text) for text in re.findall("[\N{MINUS SIGN}\\d]+", first)] == [*ends]
        assert small.marked_cells("in", 10, 10) == pytest.approx((*at, at[0] + 3, at[1] + 3), abs=0.2)
        small.tab.page.mouse.move(5, 5)
        assert caption(small, "in")[0].startswith("Window: rows ")  # the pixel's mark has gone
        assert small.place() == at
    small.tab.wait_idle()
    assert len(small.tab.sent) == sent


@pytest.mark.parametrize("controls", [{"size": 128}, {"size": 64, "colour": "rgb", "padding": "1"}], ids=str)
def test_a_loupe_stands_where_numbers_do_not_fit_and_follows_the_pointer(
    lab: Lab, controls: dict[str, object]
) -> None:
    lab.open(size=8)
    assert not lab.find(".loupe").first.is_visible()
    wanted = lab.open(**controls)
    shape = conv2d.geometry(wanted.size, wanted.size, (3, 3), wanted.settings)
    sizes = {"in": len(shape.rows), "out": shape.out_height}
    for side, size in sizes.items():
        canvas = lab.find(f".{side} .loupe canvas")
        expect(canvas).to_be_visible()
        box, page_px = canvas.bounding_box(), lab.tab.page.viewport_size
        assert box
        assert page_px
        assert box["y"] + box["height"] <= page_px["height"]
        seen = []
        for row, column in ((10, 20), (50, 5)):
            lab.point(side, row, column, size, size)
            seen.append(canvas.evaluate("canvas => canvas.toDataURL()"))
        assert seen[0] != seen[1]


@pytest.mark.parametrize("controls", [{"size": 8}, {"size": 128, "colour": "rgb"}], ids=str)
def test_pointing_is_drawn_within_half_a_frame(lab: Lab, controls: dict[str, object]) -> None:
    lab.open(**controls)
    watch = lab.tab.page.context.new_cdp_session(lab.tab.page)
    watch.send(
        "Performance.enable", {"timeDomain": "threadTicks"}
    )  # of this tab alone, however busy others are

    def worked_ms() -> float:
        found = {
            metric["name"]: metric["value"] for metric in watch.send("Performance.getMetrics")["metrics"]
        }
        return 1000 * float(found["TaskDuration"])

    for side in ("in", "out"):
        canvas = lab.find(f".{side} canvas.cursor")
        before = worked_ms()
        canvas.evaluate(MOVES, 100)
        each = (worked_ms() - before) / 100
        print(f"{controls} {side}: {each:.1f} ms a move")
        assert 0 < each <= FRAME_MS / 2


def test_a_larger_picture_is_there_at_once_and_the_small_one_fades(lab: Lab) -> None:
    lab.open(size=8)
    page = lab.tab.page
    lab.root.evaluate(COUNT_LEAVING)
    for calm in (False, True):
        page.emulate_media(reduced_motion="reduce" if calm else "no-preference")
        page.get_by_label("Size (px)").first.click()
        page.get_by_role("option", name="12" if calm else "128", exact=True).click()
        expect(lab.find(".out h3")).to_contain_text("10, 10" if calm else "126, 126", timeout=WAIT_MS)
        expect(lab.find(".leaving")).to_have_count(0, timeout=WAIT_MS)
        assert page.evaluate("window.left") == 2  # both pictures', once
        assert lab.find(".zooming").count() == 0
    page.emulate_media(reduced_motion="no-preference")
