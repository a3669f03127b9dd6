"""What holds on every page: no barrier, nothing asked of others, no complaint, readable, fits a phone."""

from typing import get_args

import pytest
from playwright.sync_api import Browser, expect

from convlab.ui.kernels.controls import Experiment
from tests.browser import harness
from tests.browser.harness import DESKTOP_PX, PHONE_PX, Scheme, Tab
from tests.sources import ROOT

SMALLEST_TEXT_PX = 13
WAIT_MS = 30_000

PAGES = ("/", *(f"/{path.stem}" for path in sorted((ROOT / "pages").glob("*.py"))))
RGB_7X7 = "|".join([";".join(["0 1 -1 0.5 -0.25 0.125 1"] * 7)] * 3).replace(" ", "+").replace(";", "%3B")
STATES = (
    f"/kernels?colour=rgb&size=32&padding=3&kernel={RGB_7X7}",
    "/kernels?padding=same&stride=2",
    "/kernels?picture=board",
    "/kernels?picture=upload&kernel=nonsense",
)

SMALL_TEXT = """(least) => {
  const found = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      const parent = node.parentElement;
      const seen = parent?.checkVisibility({ visibilityProperty: true, opacityProperty: true });
      const text = node.textContent.trim().slice(0, 60);
      if (!text || !seen) return;
      const range = document.createRange();
      range.selectNodeContents(node);
      const { width, height } = range.getBoundingClientRect();
      const size = parseFloat(getComputedStyle(parent).fontSize);
      if (width > 1 && height > 1 && size < least) found.push(`${size} px: ${text}`);
      return;
    }
    if (["STYLE", "SCRIPT", "NOSCRIPT", "TEMPLATE"].includes(node.nodeName)) return;
    if (node.shadowRoot) walk(node.shadowRoot);
    node.childNodes.forEach(walk);
  };
  walk(document.body);
  return found;
}"""

TOO_WIDE = """() => [document.scrollingElement, ...document.querySelectorAll('[data-testid="stMain"]')]
  .filter((node) => node.scrollWidth > node.clientWidth)
  .map((node) => `${node.tagName}: ${node.scrollWidth} px in ${node.clientWidth}`)"""

# Text that its box cuts off, or ends with dots; what only a screen reader hears is a pixel wide.
CUT_TEXT = """() => {
  const found = [];
  const walk = (root) => {
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) walk(node.shadowRoot);
      const texts = [...node.childNodes].filter((child) => child.nodeType === Node.TEXT_NODE);
      if (!texts.some((text) => text.textContent.trim()) || node.clientWidth <= 1) continue;
      if (!node.checkVisibility({ visibilityProperty: true })) continue;
      const { overflowX, clipPath, clip } = getComputedStyle(node);
      const cuts = (overflowX === "hidden" || overflowX === "clip") && clipPath === "none" && clip === "auto";
      if (cuts && node.scrollWidth > node.clientWidth + 1) found.push(node.textContent.trim().slice(0, 60));
    }
  };
  walk(document.body);
  return found;
}"""

Look = tuple[tuple[int, int], Scheme]
EACH: list[Look] = [(size_px, scheme) for size_px in (DESKTOP_PX, PHONE_PX) for scheme in get_args(Scheme)]
OPPOSITE: list[Look] = [(DESKTOP_PX, "light"), (PHONE_PX, "dark")]
CASES = [
    *((path, *look) for path in PAGES for look in EACH),
    *((path, *look) for path in STATES for look in OPPOSITE),
]


Tabs = dict[tuple[int, int], Tab]


@pytest.fixture(scope="module")
def tabs(browser: Browser, app_server: harness.Server) -> Tabs:
    """One tab for each size of window."""
    return {
        size_px: harness.new_tab(browser, app_server, size_px=size_px) for size_px in (DESKTOP_PX, PHONE_PX)
    }


@pytest.fixture(scope="module")
def kernels(browser: Browser, app_server: harness.Server) -> Tabs:
    """The Kernels page in both sizes; the tests turn from one experiment to the next."""
    looks = {size_px: harness.new_tab(browser, app_server, size_px=size_px) for size_px, _scheme in OPPOSITE}
    for size_px, scheme in OPPOSITE:
        opened(looks[size_px], "/kernels", size_px, scheme)
    return looks


def opened(tab: Tab, path: str, size_px: tuple[int, int], scheme: Scheme = "light") -> Tab:
    """The tab, at that path and as it was when new."""
    tab.page.set_viewport_size({"width": size_px[0], "height": size_px[1]})
    tab.page.emulate_media(color_scheme=scheme)
    tab.errors.clear()
    tab.requests.clear()
    tab.open(path)
    return tab


def seen(tab: Tab, size_px: tuple[int, int], scheme: Scheme) -> None:
    """The page that is open, in another window."""
    tab.page.set_viewport_size({"width": size_px[0], "height": size_px[1]})
    tab.page.emulate_media(color_scheme=scheme)
    tab.wait_idle()


def check(tab: Tab) -> None:
    """One heading, readable, not too wide, no barrier, no complaint, nothing asked of an outside host."""
    assert tab.page.get_by_role("heading", level=1).count() == 1
    assert tab.page.evaluate(TOO_WIDE) == []
    assert tab.axe() == []
    assert tab.page.evaluate(SMALL_TEXT, SMALLEST_TEXT_PX) == []
    assert tab.outside_requests() == []
    assert tab.errors == []


@pytest.mark.parametrize(
    ("path", "size_px", "scheme"),
    CASES,
    ids=lambda value: str(value[0]) if isinstance(value, tuple) else None,
)
def test_every_page(tabs: Tabs, path: str, size_px: tuple[int, int], scheme: Scheme) -> None:
    check(opened(tabs[size_px], path, size_px, scheme))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_in_both_languages(tabs: Tabs, path: str) -> None:
    """Chinese, then English without a load: whole in both windows; what a component says changes too."""
    tab = opened(tabs[DESKTOP_PX], f"{path}?lang=zh", DESKTOP_PX)
    for language, button in (("zh", "演示"), ("en", "Present")):
        if language == "en":
            seen(tab, DESKTOP_PX, "light")
            tab.choose("语言", "English")
        expect(tab.page.locator("html")).to_have_attribute("lang", language, timeout=WAIT_MS)
        expect(tab.page.locator("button.present")).to_have_text(button, timeout=WAIT_MS)
        for size_px, scheme in OPPOSITE:
            seen(tab, size_px, scheme)
            if language == "zh":
                check(tab)
            assert tab.page.evaluate(TOO_WIDE) == []
            assert tab.page.evaluate(CUT_TEXT) == []


@pytest.mark.parametrize("size_px", [DESKTOP_PX, PHONE_PX], ids=["desktop", "phone"])
@pytest.mark.parametrize("number", range(1, len(get_args(Experiment))), ids=get_args(Experiment)[1:])
def test_every_experiment(kernels: Tabs, number: int, size_px: tuple[int, int]) -> None:
    tab = kernels[size_px]
    choices = tab.page.get_by_role("radiogroup", name="Go deeper").get_by_role("radio")
    choices.nth(number).click()
    expect(choices.nth(number)).to_be_checked(timeout=WAIT_MS)
    tab.wait_idle()
    check(tab)


@pytest.mark.parametrize(("size_px", "scheme"), OPPOSITE, ids=["desktop", "phone"])
def test_the_kernel_tools(tabs: Tabs, size_px: tuple[int, int], scheme: Scheme) -> None:
    tab = opened(tabs[size_px], "/kernels", size_px, scheme)
    tab.page.get_by_role("button", name="Change the kernel").click()
    tool = tab.page.get_by_role("button", name="Normalise to sum 1")
    expect(tool).to_be_visible(timeout=WAIT_MS)
    check(tab)
    expect(tool).to_be_visible()  # so it was there while it was checked


@pytest.mark.parametrize(("size_px", "scheme"), OPPOSITE, ids=["desktop", "phone"])
def test_the_menu_covers_nothing_and_opens(tabs: Tabs, size_px: tuple[int, int], scheme: Scheme) -> None:
    tab = opened(tabs[size_px], "/kernels", size_px, scheme)
    for name in ("Probe", "Home"):
        tab.page.get_by_role("link", name=name, exact=True).first.click(timeout=WAIT_MS)
        tab.wait_idle()
    expect(tab.page.get_by_role("heading", name="ConvLab", level=1)).to_be_visible(timeout=WAIT_MS)
    tab.page.get_by_test_id("stMainMenu").get_by_role("button").click(timeout=WAIT_MS)
    expect(tab.page.get_by_test_id("stMainMenuPopover")).to_be_visible(timeout=WAIT_MS)


def test_on_a_phone_the_menu_goes_with_the_head_of_the_page(tabs: Tabs) -> None:
    tab = opened(tabs[PHONE_PX], "/train", PHONE_PX)
    menu = tab.page.get_by_test_id("stMainMenu").get_by_role("button")
    scroll = "(node, to) => node.scrollTo({ top: to, behavior: 'instant' })"
    for to, shown in ((300, False), (0, True)):
        tab.page.get_by_test_id("stMain").evaluate(scroll, to)
        expect(menu).to_be_visible(visible=shown, timeout=WAIT_MS)
    seen(tab, DESKTOP_PX, "light")
    tab.page.get_by_test_id("stMain").evaluate(scroll, 300)
    expect(menu).to_be_visible(timeout=WAIT_MS)
