"""The pixel board in a browser: painting by mouse, touch and keys, and what Python hears of it."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Locator, expect

from convlab.pictures.board import Board
from tests.browser import harness
from tests.browser.harness import DESKTOP_PX, PHONE_PX, Tab

APP = "pixel_board_app.py"
WHITE = 7
SMALL_PHONE_PX = (336, 800)  # the board gets 300 px, as wide as a canvas is before it is drawn on
WHITE_BOARD = Board(16, bytes([WHITE]) * 256)


@pytest.fixture(scope="module")
def tab(browser: Browser, server: harness.Server) -> Iterator[Tab]:
    """One tab for all tests that do not need a window of their own."""
    tab = harness.new_tab(browser, server)
    tab.open("/")
    yield tab
    tab.page.context.close()


@pytest.fixture
def desk(tab: Tab) -> Iterator[Tab]:
    """A blank 16 by 16 board, no undo steps, white and pencil in hand."""
    before = tab.page.locator("#key").inner_text()
    button(tab, "Start again").click()
    expect(tab.page.locator("#key")).not_to_have_text(before)
    expect(canvas(tab)).to_have_count(1)
    tab.wait_idle()
    yield tab
    assert tab.errors == []


def canvas(tab: Tab) -> Locator:
    return tab.page.get_by_role("application")


def button(tab: Tab, name: str) -> Locator:
    return tab.page.get_by_role("button", name=name, exact=True)


def swatch(tab: Tab, name: str) -> Locator:
    return tab.page.get_by_role("radio", name=name, exact=True)


def readout(tab: Tab) -> Locator:
    return tab.page.get_by_role("status")


def centre(tab: Tab, row: int, column: int, size: int = 16) -> tuple[float, float]:
    """Where a cell's middle is, in window pixels."""
    box = canvas(tab).bounding_box()
    assert box
    cell_px = box["width"] / size
    return box["x"] + (column + 0.5) * cell_px, box["y"] + (row + 0.5) * cell_px


def paint(tab: Tab, *cells: tuple[int, int], steps: int = 1) -> None:
    """Drag the mouse through cells, in `steps` pointer moves from each to the next."""
    tab.page.mouse.move(*centre(tab, *cells[0]))
    tab.page.mouse.down()
    for cell in cells[1:]:
        tab.page.mouse.move(*centre(tab, *cell), steps=steps)
    tab.page.mouse.up()


def board(size: int = 16, **colours: list[tuple[int, int]]) -> Board:
    """A black board with cells of other colours: board(c7=[(row, column), ...])."""
    cells = bytearray(size * size)
    for name, places in colours.items():
        for row, column in places:
            cells[row * size + column] = int(name[1:])
    return Board(size, bytes(cells))


def expect_heard(tab: Tab, expected: Board) -> None:
    """Python comes to hold this board."""
    expect(tab.page.locator("#board")).to_have_text(expected.encode())


def expect_shown(tab: Tab, expected: Board) -> None:
    """The canvas shows this board: the colour in the middle of every cell."""
    tab.page.mouse.move(0, 0)  # nothing marked
    colours = tab.page.locator("canvas.pixels").evaluate(
        """async (canvas, size) => {
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          const middle = (i) => Math.floor(((i + 0.5) * canvas.width) / size);
          const at = (i) => [middle(i % size), middle(Math.floor(i / size))];
          const pixel = (i) => canvas.getContext("2d").getImageData(...at(i), 1, 1).data;
          return Array.from({ length: size * size }, (_, i) => Array.from(pixel(i).slice(0, 3)));
        }""",
        expected.size,
    )
    assert colours == expected.pixels().permute(1, 2, 0).flatten(0, 1).tolist()


def test_a_mouse_stroke_reaches_python_and_the_screen(desk: Tab) -> None:
    paint(desk, (2, 3), (2, 6), steps=8)
    painted = board(c7=[(2, 3), (2, 4), (2, 5), (2, 6)])
    expect_heard(desk, painted)
    expect_shown(desk, painted)


def test_a_fast_stroke_has_no_gaps(desk: Tab) -> None:
    paint(desk, (0, 0), (15, 15))  # one pointer move from corner to corner
    expect_heard(desk, board(c7=[(i, i) for i in range(16)]))
    button(desk, "Clear").click()
    expect_heard(desk, Board.blank(16))
    paint(desk, (0, 4), (15, 9))
    expect(desk.page.locator("#board")).not_to_have_text(Board.blank(16).encode())
    cells = Board.decode(desk.page.locator("#board").inner_text()).cells
    places = [divmod(i, 16) for i, colour in enumerate(cells) if colour]
    assert [row for row, _ in places] == list(range(16))
    columns = [column for _, column in places]
    assert (columns[0], columns[-1]) == (4, 9)
    assert all(0 <= after - before <= 1 for before, after in pairwise(columns))


def test_a_stroke_may_leave_the_board_and_come_back(desk: Tab) -> None:
    paint(desk, (5, 14), (5, 40), (9, 40), (9, 14))
    expect_heard(desk, board(c7=[(5, 14), (5, 15), (9, 14), (9, 15)]))


def test_keys_paint_cells_and_lines(desk: Tab) -> None:
    keys = desk.page.keyboard
    canvas(desk).focus()
    keys.press("ArrowDown")
    keys.press("ArrowRight")
    keys.press("a")
    keys.press("Space")
    expect(readout(desk)).to_have_text("row 1, column 1: yellow")
    keys.press("ArrowRight")
    expect(readout(desk)).to_have_text("row 1, column 2: black")
    keys.press("ArrowRight")
    keys.down("Enter")
    for _ in range(3):
        keys.press("ArrowDown")
    keys.up("Enter")
    for _ in range(20):
        keys.press("ArrowUp")  # stops at the edge
    expect(readout(desk)).to_have_text("row 0, column 3: black")
    expect_heard(desk, board(c10=[(1, 1), (1, 3), (2, 3), (3, 3), (4, 3)]))


def test_the_palette_is_a_radio_group_for_keys(desk: Tab) -> None:
    expect(swatch(desk, "white")).to_be_checked()
    assert desk.page.get_by_role("radiogroup", name="Colours").get_by_role("radio").count() == 16
    swatch(desk, "white").focus()
    for key, name in [("ArrowRight", "dark red"), ("ArrowUp", "black"), ("ArrowLeft", "magenta")]:
        desk.page.keyboard.press(key)
        expect(swatch(desk, name)).to_be_checked()
        expect(swatch(desk, name)).to_be_focused()
    assert desk.page.get_by_role("radio", checked=True).count() == 1
    expect(desk.page.get_by_text("Colour: magenta")).to_be_visible()
    paint(desk, (0, 0))
    expect_heard(desk, board(c15=[(0, 0)]))


def test_fill_takes_the_patch_and_stops_at_its_edge(desk: Tab) -> None:
    paint(desk, (4, 0), (4, 2), (3, 3), (0, 3))  # shuts a corner off; it opens diagonally only
    swatch(desk, "yellow").click()
    button(desk, "Fill").click()
    expect(button(desk, "Fill")).to_have_attribute("aria-pressed", "true")
    expect(button(desk, "Pencil")).to_have_attribute("aria-pressed", "false")
    paint(desk, (1, 1))
    wall = [(4, 0), (4, 1), (4, 2), (3, 3), (2, 3), (1, 3), (0, 3)]
    expect_heard(desk, board(c7=wall, c10=[(row, column) for row in range(4) for column in range(3)]))


def test_undo_redo_clear_and_invert(desk: Tab) -> None:
    first, both = board(c7=[(1, 1)]), board(c7=[(1, 1), (2, 2)])
    paint(desk, (1, 1))
    paint(desk, (2, 2))
    expect_heard(desk, both)
    button(desk, "Undo").click()
    expect_heard(desk, first)
    button(desk, "Redo").click()
    expect_heard(desk, both)
    expect(button(desk, "Redo")).to_have_attribute("aria-disabled", "true")
    button(desk, "Clear").click()
    expect_heard(desk, Board.blank(16))
    canvas(desk).focus()
    desk.page.keyboard.press("Control+z")
    expect_heard(desk, both)
    desk.page.keyboard.press("Control+Shift+Z")
    expect_heard(desk, Board.blank(16))
    button(desk, "Invert").click()
    expect_heard(desk, WHITE_BOARD)
    for _ in range(6):
        desk.page.keyboard.press("Control+z")
    expect_heard(desk, Board.blank(16))
    expect(button(desk, "Undo")).to_have_attribute("aria-disabled", "true")


def test_pointing_and_painting_nothing_new_send_nothing(desk: Tab) -> None:
    sent = len(desk.sent)
    desk.page.mouse.move(*centre(desk, 0, 0))
    desk.page.mouse.move(*centre(desk, 15, 15), steps=30)
    expect(readout(desk)).to_have_text("row 15, column 15: black")
    swatch(desk, "black").click()
    paint(desk, (3, 3), (8, 8), steps=10)
    button(desk, "Clear").click()
    button(desk, "Undo").click(force=True)  # it says that it is disabled
    desk.page.wait_for_timeout(300)
    assert len(desk.sent) == sent


def test_fast_strokes_are_sent_together_and_none_is_lost(desk: Tab) -> None:
    sent = len(desk.sent)
    elapsed_ms = canvas(desk).evaluate(
        """(canvas) => {
          const begin = performance.now();
          for (const key of Array(7).fill([" ", "ArrowRight", "ArrowRight"]).flat()) {
            canvas.dispatchEvent(new KeyboardEvent("keydown", { key }));
            canvas.dispatchEvent(new KeyboardEvent("keyup", { key }));
          }
          return performance.now() - begin;
        }"""
    )
    expect_heard(desk, board(c7=[(0, column) for column in range(0, 14, 2)]))
    # The first at once, the other six in one; a busy machine that takes long sends once more every 100 ms.
    assert 2 <= len(desk.sent) - sent <= 2 + elapsed_ms // 100


def test_an_echo_leaves_what_was_painted_since(desk: Tab) -> None:
    desk.page.get_by_text("Slow page").click()
    desk.wait_idle()
    paint(desk, (1, 1))
    desk.page.mouse.move(*centre(desk, 3, 3))
    desk.page.mouse.down()  # a stroke that goes on while Python answers the one before
    expect_heard(desk, board(c7=[(1, 1)]))
    desk.page.mouse.move(*centre(desk, 3, 5))
    desk.page.mouse.up()
    painted = board(c7=[(1, 1), (3, 3), (3, 4), (3, 5)])
    expect_heard(desk, painted)
    expect_shown(desk, painted)
    button(desk, "Undo").click()  # nor did the echo take the undo steps
    button(desk, "Undo").click()
    expect_shown(desk, Board.blank(16))
    expect_heard(desk, Board.blank(16))


def test_another_board_from_python_is_shown_and_can_be_painted(desk: Tab) -> None:
    paint(desk, (1, 1))
    expect_heard(desk, board(c7=[(1, 1)]))
    button(desk, "White board").click()
    expect_heard(desk, WHITE_BOARD)
    expect_shown(desk, WHITE_BOARD)
    expect(button(desk, "Undo")).to_have_attribute("aria-disabled", "true")
    desk.page.get_by_role("combobox").click()
    desk.page.get_by_role("option", name="32").click()
    expect_heard(desk, Board.blank(32))
    expect_shown(desk, Board.blank(32))
    desk.page.mouse.click(*centre(desk, 31, 31, size=32))
    expect_heard(desk, board(32, c7=[(31, 31)]))


def test_letters_used_as_colours_are_not_taken_by_streamlit(desk: Tab) -> None:
    runs = desk.page.locator("#run").inner_text()
    canvas(desk).focus()
    for key in "0123456789abdefc":
        desk.page.keyboard.press(key)
    expect(swatch(desk, "sky blue")).to_be_checked()
    desk.wait_idle()
    assert desk.page.get_by_role("dialog").count() == 0
    assert desk.page.locator("#run").inner_text() == runs


def test_touch_paints_and_does_not_scroll(browser: Browser, server: harness.Server) -> None:
    phone = harness.new_tab(browser, server, size_px=SMALL_PHONE_PX)
    phone.open("/")
    touch = phone.page.context.new_cdp_session(phone.page)
    before = canvas(phone).bounding_box()
    for kind, places in [("touchStart", [(12, 4)]), ("touchMove", [(3, 4)]), ("touchEnd", [])]:
        points = [dict(zip("xy", centre(phone, *place), strict=True)) for place in places]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    column = [(row, 4) for row in range(3, 13)]
    expect_heard(phone, board(c7=column))
    assert canvas(phone).bounding_box() == before
    phone.page.touchscreen.tap(*centre(phone, 0, 0))
    painted = board(c7=[*column, (0, 0)])
    expect_heard(phone, painted)
    expect_shown(phone, painted)


@pytest.mark.parametrize(
    ("size_px", "scheme"), [(DESKTOP_PX, "light"), (DESKTOP_PX, "dark"), (PHONE_PX, "dark")]
)
def test_no_barrier_and_every_target_large_enough(
    browser: Browser, server: harness.Server, size_px: tuple[int, int], scheme: harness.Scheme
) -> None:
    tab = harness.new_tab(browser, server, size_px=size_px, scheme=scheme)
    tab.open("/")
    assert tab.axe() == []
    box = canvas(tab).bounding_box()
    assert box
    assert 300 <= box["width"] <= 424
    assert box["width"] == pytest.approx(box["height"], abs=0.5)
    assert tab.page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    targets = [target.bounding_box() for target in tab.page.locator(".pixel-board button").all()]
    assert len(targets) == 22
    assert all(target and target["width"] >= 32 and target["height"] >= 44 for target in targets)
    tab.page.context.close()
