"""The kernel slides over the picture: in ten seconds whatever the size, in steps, by the slider."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenTab
from tests.browser.kernels_page import WAIT_MS, Lab

FLYING = ".flying"


@pytest.fixture
def small(lab: Lab) -> Lab:
    """The cat at 24 px, 22 x 22 places for a window."""
    lab.open(size=24)
    return lab


def hidden(lab: Lab, row: int, column: int) -> bool:
    """Whether the player covers this place of the 22 x 22 output."""
    marks = lab.canvas("out", "marks")
    y, x = (int((place + 0.5) * size / 22) for place, size in zip((row, column), marks.shape, strict=False))
    return bool(marks[y, x, 3] > 0)


def index(lab: Lab) -> int:
    """The place of the kernel, counted row by row."""
    row, column = lab.place()
    return row * 22 + column


def test_the_player_steps_plays_holds_and_hides_what_is_to_come(small: Lab) -> None:
    small.button("Restart").click()
    assert small.place() == (0, 0)
    small.button("Step back").click()
    assert small.place() == (21, 21)
    small.button("Step").click()
    small.button("Step").click()
    assert small.place() == (0, 1)
    small.point("out", 9, 9, 22, 22)
    small.root.get_by_label("Speed").select_option("0.5")
    small.button("Play").click()  # from the start, wherever one has pointed
    expect(small.find(".arithmetic h3")).not_to_have_text("Output pixel: row 9, column 9", timeout=WAIT_MS)
    assert small.place() < (9, 9)
    assert hidden(small, 21, 21)
    small.button("Pause").click()
    held = index(small)
    small.tab.page.wait_for_timeout(700)  # it would have gone on
    assert index(small) == held
    assert hidden(small, 21, 21)
    small.button("Step").click()
    assert index(small) == held + 1
    expect(small.find(FLYING)).to_have_count(0, timeout=WAIT_MS)
    assert hidden(small, 21, 21)  # stepping goes on where the player stood
    assert not hidden(small, *small.place())
    small.button("Step back").click()
    assert hidden(small, *divmod(held + 1, 22))
    small.button("Play").click()  # and so does playing
    expect(small.button("Pause")).to_be_visible()
    assert index(small) >= held
    small.point("out", 5, 5, 22, 22)
    expect(small.button("Play")).to_be_visible()
    assert small.place() == (5, 5)
    assert not hidden(small, 21, 21)


def test_the_slider_leads_to_every_place_and_is_read_out(small: Lab) -> None:
    sent = len(small.tab.sent)
    slider = small.root.get_by_role("slider", name="Place of the kernel")
    slider.press("Home")
    for _ in range(23):
        slider.press("ArrowRight")
    assert small.place() == (1, 1)
    expect(slider).to_have_attribute("aria-valuetext", "row 1, column 1")
    assert hidden(small, 1, 2)
    slider.press("End")
    assert small.place() == (21, 21)
    assert not hidden(small, 21, 21)
    small.point("out", 3, 4, 22, 22)
    expect(slider).to_have_attribute("aria-valuetext", "row 3, column 4")
    small.tab.wait_idle()
    assert len(small.tab.sent) == sent


def test_products_fly_into_their_cell_which_is_covered_until_then(lab: Lab) -> None:
    lab.open(size=8)
    before = lab.root.bounding_box()
    lab.button("Play").click()
    expect(lab.find(FLYING)).to_have_count(10, timeout=WAIT_MS)  # nine and their sum
    flying = lab.find(FLYING).all_inner_texts()
    row, column = lab.place()
    marks = lab.canvas("out", "marks")
    y, x = (int((place + 0.15) * size / 6) for place, size in zip((row, column), marks.shape, strict=False))
    assert marks[y, x, 3] == 255 or not lab.find(FLYING).count()
    assert len(flying) == 10
    lab.button("Pause").click()
    expect(lab.find(FLYING)).to_have_count(0, timeout=WAIT_MS)
    assert lab.root.bounding_box() == before  # nothing has jumped


def test_the_player_reaches_the_end_shows_all_and_sends_nothing(small: Lab) -> None:
    sent = len(small.tab.sent)
    small.root.get_by_label("Speed").select_option("2")
    small.find(".out canvas.cursor").focus()
    small.tab.page.keyboard.press("Space")
    expect(small.find(".arithmetic h3")).to_have_text("Output pixel: row 21, column 21", timeout=WAIT_MS)
    expect(small.button("Play")).to_have_attribute("aria-pressed", "false")
    assert not hidden(small, 21, 21)
    small.find(".out canvas.cursor").focus()
    small.tab.page.keyboard.press("Space")  # from the end it begins anew
    expect(small.button("Pause")).to_have_attribute("aria-pressed", "true")
    assert (0, 0) <= small.place() < (2, 0)
    small.tab.page.keyboard.press("Space")
    expect(small.button("Play")).to_be_visible()
    small.tab.wait_idle()
    assert len(small.tab.sent) == sent


# The tests from here on close the tab that those above share.


def test_who_wants_little_motion_sees_steps_and_no_flight(open_tab: OpenTab) -> None:
    lab = Lab(open_tab())
    lab.tab.page.emulate_media(reduced_motion="reduce")
    lab.open(size=8)
    lab.tab.page.evaluate("() => { window.flown = 0; }")
    lab.root.evaluate(
        """(root) => new MutationObserver(() => { window.flown += root.querySelectorAll(".flying").length; })
             .observe(root, { childList: true, subtree: true })"""
    )
    lab.button("Play").click()
    expect(lab.find(".arithmetic h3")).to_have_text("Output pixel: row 0, column 2", timeout=WAIT_MS)
    lab.tab.page.keyboard.press("Escape")
    assert lab.tab.page.evaluate("window.flown") == 0


def seconds(page: Page, lab: Lab, rows: int) -> tuple[float, float]:
    """How long the first row and the whole of a square output take, by the page's clock."""
    title, step_ms, passed, first = lab.find(".arithmetic h3"), 100, 0, 0.0
    lab.button("Play").click()
    assert lab.place()[0] == 0
    while lab.button("Pause").count():
        page.clock.run_for(step_ms)
        passed += step_ms
        row = int(re.findall(r"\d+", title.inner_text())[0])
        first = first or (passed / 1000 if row else 0)
        assert passed < 30_000
    assert lab.place() == (rows - 1, rows - 1)
    return first, passed / 1000


@pytest.mark.parametrize("size", [8, 128])
def test_ten_seconds_whatever_the_size_the_first_row_slowly(size: int, open_tab: OpenTab) -> None:
    tab = open_tab("/")
    tab.page.clock.install()
    lab = Lab(tab)
    lab.open(size=size)
    tab.page.clock.pause_at(tab.page.evaluate("Date.now()") + 1000)
    first, whole = seconds(tab.page, lab, size - 2)
    assert 8 <= whole <= 12
    assert first >= 0.3 * whole
    assert first > 2 * (whole - first) / (size - 3)  # than the mean of the others
    lab.root.get_by_label("Speed").select_option("2")
    assert 4 <= seconds(tab.page, lab, size - 2)[1] <= 6
