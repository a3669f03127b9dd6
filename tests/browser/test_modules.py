"""The Modules page in a browser, part by part: the first screen, a phone, before a class, the keyboard."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from convlab.ui.modules.controls import PartName
from convlab.ui.modules.parts import PARTS
from tests.browser import harness
from tests.browser.harness import DESKTOP_PX, PHONE_PX, Scheme, still
from tests.browser.test_everywhere import OPPOSITE, TOO_WIDE, Tabs, check, opened
from tests.browser.test_presentation import LEAST_PX, PROJECTOR_PX, SMALL_ON_SCREEN, WATCH_CANVAS, presented

# Where the row of controls ends in the window.
CONTROLS_END = """() => Math.max(...[...document.querySelectorAll('[class*="st-key-modules-row"]')]
  .map((row) => row.getBoundingClientRect().bottom))"""


@pytest.fixture(scope="module")
def tabs(browser: Browser, app_server: harness.Server) -> Iterator[Tabs]:
    """One tab for each size of window."""
    sizes = (DESKTOP_PX, PHONE_PX, PROJECTOR_PX)
    made = {size_px: harness.new_tab(browser, app_server, size_px=size_px) for size_px in sizes}
    made[PROJECTOR_PX].page.add_init_script(f"({WATCH_CANVAS})()")
    yield made
    for tab in made.values():
        tab.page.context.close()


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("size_px", "scheme"), OPPOSITE)
def test_a_part_has_no_barrier_and_fits(
    tabs: Tabs, part: PartName, size_px: tuple[int, int], scheme: Scheme
) -> None:
    tab = opened(tabs[size_px], f"/modules?part={part}", size_px, scheme)
    check(tab)
    expect(tab.page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("part", PARTS)
def test_the_first_screen_shows_what_there_is_to_learn(tabs: Tabs, part: PartName) -> None:
    tab = opened(tabs[DESKTOP_PX], f"/modules?part={part}", DESKTOP_PX)
    assert tab.page.evaluate(CONTROLS_END) <= 0.4 * DESKTOP_PX[1]


def test_all_of_net_is_on_the_first_screen(tabs: Tabs) -> None:
    tab = opened(tabs[DESKTOP_PX], "/modules", DESKTOP_PX)
    last = tab.page.locator('.st-key-modules-tree .line[data-row="fc2.bias"]')
    box = still(last)
    assert box["y"] + box["height"] <= DESKTOP_PX[1]


@pytest.mark.parametrize("part", PARTS)
def test_the_last_row_can_read_it(tabs: Tabs, part: PartName) -> None:
    tab = presented(tabs[PROJECTOR_PX], f"/modules?part={part}")
    assert tab.page.evaluate(SMALL_ON_SCREEN, LEAST_PX - 0.01) == []
    written = tab.page.evaluate("window.written()")
    assert [(size, text) for size, text in written if size < LEAST_PX - 0.1] == []
    assert tab.page.evaluate(TOO_WIDE) == []
    assert tab.axe() == []
    assert tab.errors == []


@pytest.mark.parametrize("topic", ["holders", "fit", "forms", "calls"])
@pytest.mark.parametrize(("size_px", "scheme"), OPPOSITE)
def test_each_view_of_what_is_registered_fits(
    tabs: Tabs, topic: str, size_px: tuple[int, int], scheme: Scheme
) -> None:
    check(opened(tabs[size_px], f"/modules?topic={topic}", size_px, scheme))


# Words and numbers in tables that end in another line than they begin in.
BROKEN = """(cells) => {
  const found = [];
  for (const cell of cells) {
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      for (const { 0: word, index } of node.textContent.matchAll(/[\\w.]+/g)) {
        const range = document.createRange();
        range.setStart(node, index);
        range.setEnd(node, index + word.length);
        if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) found.push(word);
      }
    }
  }
  return found;
}"""
CELLS = '[data-testid="stTable"] :is(th, td), .answer :is(th, td)'
WITH_TABLES = (
    "topic=holders", "topic=fit", "topic=forms", "part=capacity", "part=moved", "part=moved&moving=mixed",
 "part=depth&depth_view=blocks",
)  # fmt: skip


@pytest.mark.parametrize("query", WITH_TABLES)
def test_no_word_in_a_table_is_broken_on_a_phone(tabs: Tabs, query: str) -> None:
    tab = opened(tabs[PHONE_PX], f"/modules?{query}", PHONE_PX)
    cells = tab.page.locator(CELLS)  # in a component too
    assert cells.count() > 0
    assert cells.evaluate_all(BROKEN) == []
    assert tab.page.evaluate(TOO_WIDE) == []
    assert tab.axe() == []


def test_a_wide_table_scrolls_by_keyboard_on_a_phone(tabs: Tabs) -> None:
    tab = opened(tabs[PHONE_PX], "/modules?topic=holders", PHONE_PX)
    box = tab.page.get_by_role("region", name="Table that scrolls sideways").first
    box.focus()
    tab.page.keyboard.press("ArrowRight")
    tab.page.wait_for_function("(box) => box.scrollLeft > 0", arg=box.element_handle())


@pytest.mark.parametrize("size_px", [DESKTOP_PX, PHONE_PX, PROJECTOR_PX])
def test_all_of_a_line_of_code_is_seen(tabs: Tabs, size_px: tuple[int, int]) -> None:
    for tree_of in ("net", "net_batch_norm", "net_res_deep"):
        path = f"/modules?tree_of={tree_of}"
        tab = (
            presented(tabs[size_px], path)
            if size_px == PROJECTOR_PX
            else opened(tabs[size_px], path, size_px)
        )
        code = tab.page.locator(".st-key-modules-tree .code")
        expect(code).to_be_visible()
        assert code.evaluate("(node) => node.scrollWidth - node.clientWidth") <= 1


@pytest.mark.parametrize("part", [name for name in PARTS if name != "registered"])
def test_a_button_beside_the_chosen_one_has_all_its_edges(tabs: Tabs, part: PartName) -> None:
    tab = opened(tabs[PHONE_PX], f"/modules?part={part}", PHONE_PX)
    edges = tab.page.locator(".st-key-modules-part button").evaluate_all(
        """(buttons) => buttons.flatMap((button) => ["Left", "Right", "Top", "Bottom"].map(
          (side) => getComputedStyle(button)[`border${side}Color`]))"""
    )
    assert len(edges) == 4 * len(PARTS)
    assert not [edge for edge in edges if edge == "rgba(0, 0, 0, 0)" or edge.endswith("/ 0)")]


@pytest.mark.parametrize(
    ("path", "act"),
    [("/modules?part=capacity&n_chans1=13", "Depth"), ("/kernels?size=16&stride=99", "Shift the picture")],
)
def test_the_warning_of_a_link_goes_with_the_first_thing_that_one_does(
    tabs: Tabs, path: str, act: str
) -> None:
    tab = opened(tabs[DESKTOP_PX], path, DESKTOP_PX)
    warning = tab.page.get_by_text("Part of the link could not be used")
    expect(warning).to_be_visible()
    tab.wait_idle()
    expect(warning).to_be_visible()
    tab.page.get_by_role("radio", name=act, exact=True).click()
    expect(tab.page.get_by_role("radio", name=act, exact=True)).to_be_checked()
    expect(warning).to_have_count(0, timeout=30_000)
    tab.wait_idle()
    assert tab.errors == []


@pytest.mark.parametrize(("deeper", "follows"), [("notice", False), ("code", True)])
def test_below_a_part_only_an_open_script_follows_its_controls(
    tabs: Tabs, deeper: str, follows: bool
) -> None:
    tab = opened(tabs[DESKTOP_PX], f"/modules?part=depth&experiment={deeper}", DESKTOP_PX)
    sent, seed = len(tab.received), tab.page.locator(".st-key-modules-depth_seed input")
    seed.fill("77")
    seed.press("Enter")
    expect(tab.page).to_have_url(re.compile("depth_seed=77"))
    tab.wait_idle()
    messages = [bytes(message) for message in tab.received[sent:] if isinstance(message, bytes)]
    assert any(b"modules.depth_seed" in message for message in messages)
    assert any(b"modules.experiment" in message for message in messages) == follows
    if follows:
        expect(tab.page.locator(".stCode code").last).to_contain_text("torch.manual_seed(77)")


def test_parts_are_chosen_with_the_keyboard(tabs: Tabs) -> None:
    tab = opened(tabs[DESKTOP_PX], "/modules", DESKTOP_PX)
    for _stop in range(30):
        tab.page.keyboard.press("Tab")
        if tab.page.evaluate("document.activeElement?.closest('.st-key-modules-part') !== null"):
            break
    else:
        raise AssertionError("Tab never reaches the row of parts")
    if len(PARTS) > 1:
        tab.page.keyboard.press("ArrowRight")
        tab.page.keyboard.press("Enter")
        second = list(PARTS)[1]
        expect(tab.page).to_have_url(f"{tab.base_url}/modules?part={second}")
