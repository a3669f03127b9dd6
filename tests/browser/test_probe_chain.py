"""From a cell of the confusion matrix to what fools the network, by keyboard, and back with the browser."""

import re

from playwright.sync_api import Page, expect

from tests.browser import harness
from tests.browser.conftest import OpenTab
from tests.browser.harness import PHONE_PX
from tests.browser.test_everywhere import WAIT_MS

FOCUSED = "document.activeElement?.shadowRoot?.activeElement?.textContent ?? ''"


def test_the_chain_by_keyboard_and_back(open_tab: OpenTab) -> None:
    tab = open_tab("/probe?experiment=mistakes")
    page: Page = tab.page
    cells, wall, way = (page.locator(name) for name in ("button.cell.right:enabled", ".wall", "nav.trail"))
    expect(cells.first).to_be_visible(timeout=WAIT_MS)
    tab.wait_idle()
    cells.first.press("Enter")
    expect(page).to_have_url(re.compile("cell="), timeout=WAIT_MS)
    expect(page.locator("button.cell[aria-pressed=true]")).to_have_count(1, timeout=WAIT_MS)
    tab.wait_idle()
    count = page.locator("button.cell[aria-pressed=true]").inner_text()
    wall.first.locator("button").nth(0).press("ArrowRight")
    second = wall.first.locator("button").nth(1)
    expect(second).to_be_focused()
    second.press("Enter")
    expect(way).to_contain_text(f"2 of {count}", timeout=WAIT_MS)
    page.wait_for_function(f"({FOCUSED}).includes('What it gets wrong')", timeout=WAIT_MS)
    expect(page.locator(".answer").first).to_be_in_viewport()
    tab.wait_idle()
    way.get_by_role("button", name="The least change").press("Enter")
    expect(page.get_by_text("is enough").or_(page.get_by_text("No change was found"))).to_be_visible(
        timeout=WAIT_MS
    )
    expect(way).to_be_in_viewport()  # the way back
    tab.wait_idle()
    page.go_back()
    expect(page.get_by_role("radio", name="What it gets wrong")).to_be_checked(timeout=WAIT_MS)
    expect(way).to_contain_text(f"2 of {count}")
    tab.wait_idle()
    page.go_back()
    expect(way).to_have_count(0, timeout=WAIT_MS)
    expect(page.locator("button.cell[aria-pressed=true]")).to_have_count(1)


HOLD = """() => {
  const send = WebSocket.prototype.send;
  const held = [];
  WebSocket.prototype.send = function (data) { held.push([this, data]); };
  window.release = () => {
    WebSocket.prototype.send = send;
    for (const [socket, data] of held) send.call(socket, data);
  };
}"""
# Where the lab stands, from the next press on.
FOLLOW = """() => {
  window.tops = [];
  const look = () => {
    const lab = document.querySelector(".st-key-probe-asked");
    if (lab) window.tops.push(lab.getBoundingClientRect().top);
    requestAnimationFrame(look);
  };
  addEventListener("click", look, { once: true });
}"""
DRAWN = "figure => figure.querySelector('canvas').toDataURL()"


def test_a_mistake_is_explained_before_streamlit_hears_and_streamlit_says_the_same(open_tab: OpenTab) -> None:
    tab = open_tab("/probe?experiment=mistakes&second=shipped:net_sketches")
    page: Page = tab.page
    wall, verdicts, map_ = (page.locator(name) for name in (".wall", ".verdicts", ".whys figure"))
    expect(wall.first).to_be_visible(timeout=WAIT_MS)
    wall.first.locator("button").first.scroll_into_view_if_needed()
    page.evaluate(FOLLOW)
    wall.first.locator("button").first.click()
    expect(page.locator("nav.trail")).to_contain_text("1 of", timeout=WAIT_MS)
    tab.wait_idle()
    assert page.evaluate("Math.max(...window.tops)") < 200  # the trail came in front of the lab, which stayed
    before, drawn = verdicts.inner_text(), map_.first.evaluate(DRAWN)
    page.evaluate(HOLD)
    with page.expect_response("**/verdict") as answered:
        wall.first.locator("button").nth(2).click()
    assert answered.value.status == 200
    expect(verdicts).not_to_have_text(before, use_inner_text=True, timeout=WAIT_MS)
    said, maps = verdicts.inner_text(), [one.evaluate(DRAWN) for one in map_.all()]
    below = map_.first.inner_text()
    assert len(maps) == 2
    assert maps[0] != drawn
    page.evaluate("window.release()")
    expect(page.locator("nav.trail")).to_contain_text("3 of", timeout=WAIT_MS)
    tab.wait_idle()
    assert verdicts.inner_text() == said
    assert [one.evaluate(DRAWN) for one in map_.all()] == maps
    assert map_.first.inner_text() == below


def test_on_a_phone_the_trail_covers_nothing_of_the_verdict(open_tab: OpenTab) -> None:
    tab = open_tab("/probe?experiment=mistakes", size_px=PHONE_PX)
    page, press = tab.page, tab.page.locator(".wall").first.locator("button")
    for n in range(2):  # the first press brings the lab to the top, the next ones find it there
        press.nth(n).click(timeout=WAIT_MS)
        expect(page.locator("nav.trail")).to_contain_text(f"{n + 1} of", timeout=WAIT_MS)
        tab.wait_idle()
    trail, said = harness.still(page.locator("nav.trail")), harness.still(page.locator(".verdicts"))
    assert trail["y"] + trail["height"] <= said["y"]
