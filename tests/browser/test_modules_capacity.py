"""The part "Width and kernel size" in a browser: each view fits, work goes on while one does other things."""

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import harness
from tests.browser.harness import DESKTOP_PX, Scheme, Tab, still
from tests.browser.test_everywhere import OPPOSITE, check
from tests.browser.test_train import WAIT_MS, home, server, tab

__all__ = ["home", "server", "tab"]  # the fixtures of the Train page's tests
GREY_CELLS = """(canvases) => canvases.map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let n = 0; n < data.length; n += 4)
    count += data[n] === 128 && data[n + 1] === 138 && data[n + 2] === 150;
  return count;
})"""
VIEWS = ("width", "kernel", "ticket")


@pytest.mark.parametrize("varied", VIEWS)
@pytest.mark.parametrize(("size_px", "scheme"), OPPOSITE)
def test_a_view_has_no_barrier_and_fits(
    browser: Browser, server: harness.Server, varied: str, size_px: tuple[int, int], scheme: Scheme
) -> None:
    tab = harness.new_tab(browser, server, size_px=size_px, scheme=scheme)
    tab.open(f"/modules?part=capacity&varied={varied}")
    check(tab)
    tab.page.context.close()


@pytest.mark.parametrize(
    ("varied", "last"),
    [("width", "Memory for backward"), ("kernel", "Train the three"), ("ticket", "13 of 64 stay")],
)
def test_what_there_is_to_learn_is_on_the_first_screen(tab: Tab, varied: str, last: str) -> None:
    tab.open(f"/modules?part=capacity&varied={varied}")
    box = still(tab.page.get_by_text(last).last)
    assert box["y"] + box["height"] <= DESKTOP_PX[1]


def test_what_is_pruned_is_grey_and_no_small_weight_is(tab: Tab) -> None:
    tab.open("/modules?part=capacity&varied=ticket&pruned=80")
    expect(tab.page.get_by_text("Grey is pruned")).to_be_visible()
    counted = tab.page.get_by_role("row").filter(has_text="13 of 64 stay").locator("canvas.entries")
    assert counted.evaluate_all(GREY_CELLS) == [0, 0, 51]
    tab.open("/modules?part=capacity&varied=ticket&pruned=0")
    expect(tab.page.get_by_text("64 of 64 stay")).to_be_visible()
    expect(tab.page.get_by_text("Grey is pruned")).to_have_count(0)


def test_training_goes_on_while_the_share_is_moved_and_stops_when_it_is_told_to(tab: Tab) -> None:
    tab.open("/modules?part=capacity&varied=ticket&ticket_epochs=30&ticket_seeds=5")
    tab.page.get_by_role("button", name="Train 15 networks").click()
    progress = tab.page.get_by_text("/ 450, about")
    try:
        expect(progress).to_be_visible(timeout=WAIT_MS)
        tab.page.get_by_role("slider").press("ArrowRight")
        kept = sum(count - round(0.81 * count) for count in (432, 1152, 16_384, 64))
        expect(tab.page.get_by_text(f"{kept:,} / 18,032")).to_be_visible()
        expect(progress).to_be_visible()
    finally:  # it would go on without its tab, and the tests behind wait for their turn
        main = tab.page.get_by_test_id("stMain")  # while a script runs, Streamlit has a Stop above
        main.get_by_role("button", name="Stop", exact=True).click()
    expect(tab.page.get_by_role("button", name="Train 15 networks")).to_be_visible(timeout=WAIT_MS)
    expect(progress).to_have_count(0)


def test_the_experiment_ends_with_its_verdict(tab: Tab) -> None:
    tab.open("/modules?part=capacity&varied=ticket&ticket_epochs=1&ticket_seeds=2")
    tab.page.get_by_role("button", name="Train 6 networks").click()
    expect(tab.page.get_by_text("The ticket less other first values")).to_be_visible(timeout=WAIT_MS)
    expect(tab.page.get_by_role("cell", name="The same places, other first values")).to_be_visible()
