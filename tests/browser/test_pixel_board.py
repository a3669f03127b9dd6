"""The pixel board in a browser: painting by mouse, touch and keys, and what Python hears of it."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Locator, expect

from convlab.board import Board
from tests.browser import harness
from tests.browser.harness import DESKTOP_PX, PHONE_PX, ROOT, Tab

APP = ROOT / "tests" / "browser" / "apps" / "pixel_board_app.py"
WHITE = 7


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[harness.Server]:
    """The small app with nothing but a board, under the theme of the real one."""
    root = tmp_path_factory.mktemp("pixel_board")
    (root / "app.py").symlink_to(APP)
    (root / ".streamlit").symlink_to(ROOT / ".streamlit")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        with harness.serve(root) as running:
            yield running


@pytest.fixture
def desk(browser: Browser, server: harness.Server) -> Iterator[Tab]:
    """A fresh tab with a blank 16 by 16 board."""
    yield from _tab(browser, server, DESKTOP_PX)


@pytest.fixture
def phone(browser: Browser, server: harness.Server) -> Iterator[Tab]:
    """The same on a phone's screen, with touch."""
    yield from _tab(browser, server, PHONE_PX)


def _tab(browser: Browser, server: harness.Server, size_px: tuple[int, int]) -> Iterator[Tab]:
    tab = harness.new_tab(browser, server, size_px=size_px)
    tab.open("/")
    canvas(tab).scroll_into_view_if_needed()
    yield tab
    assert tab.errors == []
    tab.page.context.close()


def canvas(tab: Tab) -> Locator:
    return tab.page.get_by_role("application")


def button(tab: Tab, name: str) -> Locator:
    return tab.page.get_by_role("button", name=name, exact=True)


def centre(tab: Tab, row: int, column: int, size: int = 16) -> tuple[float, float]:
    """Where a cell's middle is, in page pixels (the border is 2 px wide)."""
    box = canvas(tab).bounding_box()
    assert box
    cell_px = (box["width"] - 4) / size
    return box["x"] + 2 + (column + 0.5) * cell_px, box["y"] + 2 + (row + 0.5) * cell_px


def paint(tab: Tab, *cells: tuple[int, int], steps: int = 1) -> None:
    """Drag the mouse through cells, in `steps` pointer moves from each to the next."""
    tab.page.mouse.move(*centre(tab, *cells[0]))
    tab.page.mouse.down()
    for cell in cells[1:]:
        tab.page.mouse.move(*centre(tab, *cell), steps=steps)
    tab.page.mouse.up()


def heard(tab: Tab) -> Board:
    """The board as Python has it."""
    tab.wait_idle()
    return Board.decode(tab.page.locator("#board").inner_text())


def shown(tab: Tab) -> list[tuple[int, ...]]:
    """The colour in the middle of each cell of the canvas, row by row."""
    flat: list[list[int]] = canvas(tab).evaluate(
        """async (canvas) => {
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          const size = Number(canvas.getAttribute("aria-label").match(/[0-9]+/)[0]);
          const middle = (i) => Math.floor(((i + 0.5) * canvas.width) / size);
          const at = (i) => [middle(i % size), middle(Math.floor(i / size))];
          return Array.from({ length: size * size }, (_, i) =>
            Array.from(canvas.getContext("2d").getImageData(...at(i), 1, 1).data.slice(0, 3)));
        }"""
    )
    return [tuple(colour) for colour in flat]


def board(size: int = 16, **colours: list[tuple[int, int]]) -> Board:
    """A black board with cells of other colours: board(c7=[(row, column), ...])."""
    cells = bytearray(size * size)
    for name, places in colours.items():
        for row, column in places:
            cells[row * size + column] = int(name[1:])
    return Board(size, bytes(cells))


def test_a_mouse_stroke_reaches_python_and_the_screen(desk: Tab) -> None:
    paint(desk, (2, 3), (2, 6), steps=8)
    painted = board(c7=[(2, 3), (2, 4), (2, 5), (2, 6)])
    assert heard(desk) == painted
    assert shown(desk) == [tuple(pixel) for pixel in painted.pixels().permute(1, 2, 0).flatten(0, 1).tolist()]


def test_a_fast_stroke_has_no_gaps(desk: Tab) -> None:
    paint(desk, (0, 0), (15, 15))  # one pointer move from corner to corner
    assert heard(desk) == board(c7=[(i, i) for i in range(16)])
    button(desk, "Clear").click()
    paint(desk, (0, 4), (15, 9))
    places = [divmod(i, 16) for i, colour in enumerate(heard(desk).cells) if colour]
    assert [row for row, _ in places] == list(range(16))
    columns = [column for _, column in places]
    assert (columns[0], columns[-1]) == (4, 9)
    assert all(0 <= after - before <= 1 for before, after in pairwise(columns))


def test_a_stroke_may_leave_the_board_and_come_back(desk: Tab) -> None:
    paint(desk, (5, 14), (5, 40), (9, 40), (9, 14))
    assert heard(desk) == board(c7=[(5, 14), (5, 15), (9, 14), (9, 15)])


def test_touch_paints_and_does_not_scroll(phone: Tab) -> None:
    touch = phone.page.context.new_cdp_session(phone.page)
    before = canvas(phone).bounding_box()
    (x, y), (to_x, to_y) = centre(phone, 12, 4), centre(phone, 3, 4)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": to_x, "y": to_y}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert heard(phone) == board(c7=[(row, 4) for row in range(3, 13)])
    assert canvas(phone).bounding_box() == before
    phone.page.touchscreen.tap(*centre(phone, 0, 0))
    assert heard(phone).cells[0] == WHITE


def test_keys_paint_cells_and_lines(desk: Tab) -> None:
    keys = desk.page.keyboard
    canvas(desk).focus()
    keys.press("ArrowDown")
    keys.press("ArrowRight")
    keys.press("a")
    keys.press("Space")
    expect(desk.page.get_by_role("status")).to_have_text("row 1, column 1: yellow")
    keys.press("ArrowRight")
    expect(desk.page.get_by_role("status")).to_have_text("row 1, column 2: black")
    keys.press("ArrowRight")
    keys.down("Enter")
    for _ in range(3):
        keys.press("ArrowDown")
    keys.up("Enter")
    for _ in range(20):
        keys.press("ArrowUp")  # stops at the edge
    expect(desk.page.get_by_role("status")).to_have_text("row 0, column 3: black")
    assert heard(desk) == board(c10=[(1, 1), (1, 3), (2, 3), (3, 3), (4, 3)])


def test_the_palette_is_a_radio_group_for_keys(desk: Tab) -> None:
    white = desk.page.get_by_role("radio", name="white", exact=True)
    expect(white).to_be_checked()
    assert desk.page.get_by_role("radiogroup", name="Colours").get_by_role("radio").count() == 16
    white.focus()
    desk.page.keyboard.press("ArrowRight")
    expect(desk.page.get_by_role("radio", name="dark red")).to_be_checked()
    expect(desk.page.get_by_role("radio", name="dark red")).to_be_focused()
    desk.page.keyboard.press("ArrowUp")
    expect(desk.page.get_by_role("radio", name="black", exact=True)).to_be_checked()
    desk.page.keyboard.press("ArrowLeft")
    magenta = desk.page.get_by_role("radio", name="magenta")
    expect(magenta).to_be_checked()
    assert desk.page.get_by_role("radio", checked=True).count() == 1
    paint(desk, (0, 0))
    assert heard(desk) == board(c15=[(0, 0)])


def test_fill_takes_the_patch_and_stops_at_its_edge(desk: Tab) -> None:
    paint(desk, (4, 0), (4, 3), (0, 3))  # shuts the corner off, all but diagonally
    desk.page.get_by_role("radio", name="yellow").click()
    button(desk, "Fill").click()
    expect(button(desk, "Fill")).to_have_attribute("aria-pressed", "true")
    paint(desk, (1, 1))
    wall = [(4, 0), (4, 1), (4, 2), (4, 3), (3, 3), (2, 3), (1, 3), (0, 3)]
    inside = [(row, column) for row in range(4) for column in range(3)]
    assert heard(desk) == board(c7=wall, c10=inside)


def test_undo_redo_clear_and_invert(desk: Tab) -> None:
    first, both = board(c7=[(1, 1)]), board(c7=[(1, 1), (2, 2)])
    paint(desk, (1, 1))
    paint(desk, (2, 2))
    button(desk, "Undo").click()
    assert heard(desk) == first
    button(desk, "Redo").click()
    assert heard(desk) == both
    expect(button(desk, "Redo")).to_have_attribute("aria-disabled", "true")
    button(desk, "Clear").click()
    assert heard(desk) == Board.blank(16)
    canvas(desk).focus()
    desk.page.keyboard.press("Control+z")
    assert heard(desk) == both
    desk.page.keyboard.press("Control+Shift+Z")
    assert heard(desk) == Board.blank(16)
    button(desk, "Invert").click()
    assert heard(desk) == Board(16, bytes([WHITE]) * 256)
    for _ in range(6):
        desk.page.keyboard.press("Control+z")
    assert heard(desk) == Board.blank(16)
    expect(button(desk, "Undo")).to_have_attribute("aria-disabled", "true")


def test_pointing_and_painting_nothing_new_send_nothing(desk: Tab) -> None:
    sent = len(desk.sent)
    desk.page.mouse.move(*centre(desk, 0, 0))
    desk.page.mouse.move(*centre(desk, 15, 15), steps=30)
    expect(desk.page.get_by_role("status")).to_have_text("row 15, column 15: black")
    desk.page.get_by_role("radio", name="black", exact=True).click()
    paint(desk, (3, 3), (8, 8), steps=10)
    button(desk, "Clear").click()
    button(desk, "Undo").click(force=True)  # it says that it is disabled
    desk.page.wait_for_timeout(300)
    assert len(desk.sent) == sent


def test_fast_strokes_are_sent_together_and_none_is_lost(desk: Tab) -> None:
    sent = len(desk.sent)
    canvas(desk).focus()
    elapsed_ms = desk.page.evaluate(
        """() => {
          const host = [...document.querySelectorAll("*")].find((node) => node.shadowRoot?.querySelector("canvas"));
          const canvas = host.shadowRoot.querySelector("canvas");
          const key = (type, key) => canvas.dispatchEvent(new KeyboardEvent(type, { key, bubbles: true }));
          const begin = performance.now();
          for (let i = 0; i < 10; i++) {
            for (const name of [" ", "ArrowRight", "ArrowRight"]) { key("keydown", name); key("keyup", name); }
          }
          return performance.now() - begin;
        }"""
    )
    assert heard(desk) == board(c7=[(0, column) for column in [0, 2, 4, 6, 8, 10, 12, 14, 15]])
    assert elapsed_ms < 100
    assert len(desk.sent) - sent == 2  # the first at once, the other nine in one


def test_an_echo_leaves_what_was_painted_since(browser: Browser, server: harness.Server) -> None:
    tab = harness.new_tab(browser, server)
    tab.open("/?wait=0.6")
    paint(tab, (1, 1))
    tab.page.wait_for_timeout(300)
    tab.page.mouse.move(*centre(tab, 3, 3))
    tab.page.mouse.down()  # a stroke that goes on while Python answers the one before
    expect(tab.page.locator("#board")).to_contain_text("7")
    tab.page.mouse.move(*centre(tab, 3, 5))
    tab.page.mouse.up()
    painted = board(c7=[(1, 1), (3, 3), (3, 4), (3, 5)])
    assert heard(tab) == painted
    assert shown(tab) == [tuple(pixel) for pixel in painted.pixels().permute(1, 2, 0).flatten(0, 1).tolist()]
    button(tab, "Undo").click()  # nor did the echo take the undo steps
    button(tab, "Undo").click()
    assert heard(tab) == Board.blank(16)
    tab.page.context.close()


def test_another_board_from_python_is_shown(desk: Tab) -> None:
    paint(desk, (1, 1))
    heard(desk)
    button(desk, "White board").click()
    assert heard(desk) == Board(16, bytes([WHITE]) * 256)
    assert set(shown(desk)) == {(255, 255, 255)}
    desk.page.get_by_role("combobox").click()
    desk.page.get_by_role("option", name="32").click()
    assert heard(desk) == Board.blank(32)
    assert shown(desk) == [(0, 0, 0)] * 1024
    desk.page.mouse.click(*centre(desk, 31, 31, size=32))
    assert heard(desk) == board(32, c7=[(31, 31)])


def test_letters_used_as_colours_stay_on_the_board(desk: Tab) -> None:
    runs = desk.page.locator("#runs").inner_text()
    canvas(desk).focus()
    for key in "0123456789abcdef":
        desk.page.keyboard.press(key)
    expect(desk.page.get_by_role("radio", name="magenta")).to_be_checked()
    desk.wait_idle()
    assert desk.page.get_by_role("dialog").count() == 0
    assert desk.page.locator("#runs").inner_text() == runs


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size_px", [DESKTOP_PX, PHONE_PX])
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
    targets = [
        found.bounding_box()
        for role in ("radio", "button")
        for found in tab.page.locator(".pixel-board").get_by_role(role).all()  # type: ignore[arg-type]
    ]
    assert len(targets) == 22
    assert all(target and target["width"] >= 32 and target["height"] >= 44 for target in targets)
    tab.page.context.close()
