"""A page in front of a class: large type, controls folded, the picture large; keys P, C and B; the link."""

import io
import re
from typing import cast

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

from convlab.ui.lessons import LESSONS
from tests.browser import harness
from tests.browser.conftest import OpenTab
from tests.browser.harness import Scheme, Tab
from tests.browser.test_everywhere import PAGES, SMALL_TEXT, TOO_WIDE, WAIT_MS

PROJECTOR_PX = (1920, 1080)
# No picture; nothing is compared yet.
WORDS_ALONE = {"/", "/compare", *(f"/{name}" for name, lesson in LESSONS.items() if not lesson.in_head)}
LEAST_PX = 20.0  # of type there; in smaller windows in proportion
STATES = (
    "/kernels?size=128",
    "/kernels?colour=rgb&size=32&padding=1",
    "/kernels?experiment=matrix",
    "/probe?experiment=change",
    "/feature_maps?layer=conv2",
    "/feature_maps?network=net_res&layer=add1",
)

# What is written on each canvas since it has its size: by its height in pixels of the screen.
WATCH_CANVAS = """() => {
  const known = new Map();
  const own = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
    const { canvas } = this;
    const size = `${canvas.width} ${canvas.height}`;
    if (known.get(canvas)?.size !== size) known.set(canvas, { size, texts: {} });
    const high = Math.abs(this.getTransform().d) * parseFloat(this.font.match(/([\\d.]+)px/)[1]);
    known.get(canvas).texts[high] ??= text;
    return own.call(this, text, ...rest);
  };
  window.written = () => [...known].filter(([canvas]) => canvas.isConnected && canvas.offsetHeight)
    .flatMap(([canvas, { texts }]) => Object.entries(texts).map(([high, text]) =>
      [high * canvas.getBoundingClientRect().height / canvas.height, text]));
}"""
# The same look at every text as SMALL_TEXT, in pixels of the screen.
SMALL_ON_SCREEN = SMALL_TEXT.replace(
    "parseFloat(getComputedStyle(parent).fontSize)",
    """parseFloat(getComputedStyle(parent).fontSize) * parent.currentCSSZoom * (() => {
      const plot = parent.closest(".js-plotly-plot");
      return plot ? plot.getBoundingClientRect().width / plot.offsetWidth : 1;
    })()""",
)
# The largest picture, chart or row of maps that is in the window: its height as a share of the window's.
TALLEST = """() => {
  const found = [];
  const walk = (node) => {
    if (node.matches?.("canvas, svg, .lab, .columns")) {
      const { top, bottom } = node.getBoundingClientRect();
      found.push((Math.min(bottom, innerHeight) - Math.max(top, 0)) / innerHeight);
    }
    for (const child of [...(node.shadowRoot?.children ?? []), ...node.children]) walk(child);
  };
  walk(document.querySelector('[data-testid="stMain"]'));
  return Math.max(...found);
}"""


def presented(tab: Tab, path: str, size_px: tuple[int, int] = PROJECTOR_PX, scheme: Scheme = "light") -> Tab:
    """The tab at a path, presenting from its link on."""
    tab.page.set_viewport_size({"width": size_px[0], "height": size_px[1]})
    tab.page.emulate_media(color_scheme=scheme)
    tab.errors.clear()
    tab.open(f"{path}{'&' if '?' in path else '?'}present=1")
    expect(tab.page.locator("html[data-present=folded]")).to_be_attached(timeout=WAIT_MS)
    tab.wait_idle()
    return tab


@pytest.fixture(scope="module")
def tab(browser: Browser, app_server: harness.Server) -> Tab:
    tab = harness.new_tab(browser, app_server, size_px=PROJECTOR_PX)
    tab.page.add_init_script(f"({WATCH_CANVAS})()")
    return tab


def button(tab: Tab, name: str) -> Locator:
    """One of the presentation's own."""
    return tab.page.locator(".st-key-presentation").get_by_role("button", name=name)


def rows(tab: Tab) -> Locator:
    """The page's rows of controls, as far as they are seen."""
    return tab.page.locator('[class*="st-key-"][class*="-row"]:visible')


@pytest.mark.parametrize("path", [*PAGES, *STATES])
def test_the_last_row_can_read_it(tab: Tab, path: str) -> None:
    presented(tab, path)
    assert tab.page.evaluate(SMALL_ON_SCREEN, LEAST_PX - 0.01) == []
    written = tab.page.evaluate("window.written()")
    assert [(size, text) for size, text in written if size < LEAST_PX - 0.1] == []
    assert rows(tab).count() == 0
    if path not in WORDS_ALONE:
        tab.page.wait_for_function(f"({TALLEST})() >= 0.5")  # a page may lay itself out once more
    assert tab.page.evaluate(TOO_WIDE) == []
    assert tab.errors == []


def test_all_lessons_are_in_the_window(tab: Tab) -> None:
    presented(tab, "/")
    cards = tab.page.locator('[class*="st-key-crisp-card-"]')
    boxes = [card.bounding_box() for card in cards.all()]
    assert len(boxes) == sum(bool(lesson.thumbnail) for lesson in LESSONS.values())
    assert all(box and box["y"] + box["height"] <= PROJECTOR_PX[1] for box in boxes)


MATRIX = ("[data-testid=stMetric] >> nth=4", "button.cell.right >> nth=1", ".wall button >> nth=0")


# What is looked at in each: picture and verdict, the row of experiments, and what the chosen one is about.
@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("", (".whys canvas.pixels",)),
        ("experiment=change&change=rotate", (".st-key-probe-amount", ".followed .answer")),
        ("experiment=arena&game=paint", (".pixel-board canvas.cursor", ".followed .answer")),
        ("experiment=surgery&second=shipped:net_fast", (".kernel-cells", ".followed .answer")),
        ("experiment=mistakes&picture=val:sketches:3", ("nav.trail", *MATRIX)),
    ],
)
def test_probe_has_picture_verdict_and_experiment_in_one_window(
    tab: Tab, query: str, parts: tuple[str, ...]
) -> None:
    presented(tab, f"/probe?{query}" if query else "/probe")
    for part in ("canvas.crop", ".lab .answer >> nth=0", ".st-key-probe-experiment", *parts):
        expect(tab.page.locator(part)).to_be_visible(timeout=WAIT_MS)
        box = harness.still(tab.page.locator(part))
        whole = part != ".pixel-board canvas.cursor"  # of that the upper part
        bottom = box["y"] + (box["height"] if whole else 0.8 * box["height"])
        assert 0 <= box["y"] < bottom <= PROJECTOR_PX[1], part
    picture = harness.still(tab.page.locator("canvas.crop"))
    assert picture["height"] >= 0.45 * PROJECTOR_PX[1]
    cut = "nodes => nodes.filter((node) => node.scrollWidth > node.clientWidth).length"
    assert tab.page.locator(".sideways").evaluate_all(cut) == 0


@pytest.mark.parametrize("size_px", [(1440, 900), (1280, 720), (3840, 2160)], ids=str)
def test_a_window_of_another_size_shows_the_same_in_proportion(tab: Tab, size_px: tuple[int, int]) -> None:
    presented(tab, "/kernels", size_px)
    least = LEAST_PX * min(size_px[0] / PROJECTOR_PX[0], size_px[1] / PROJECTOR_PX[1])
    assert tab.page.evaluate(SMALL_ON_SCREEN, least - 0.01) == []
    tab.page.wait_for_function(f"({TALLEST})() >= 0.5")
    assert tab.page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_is_presented_has_no_barrier(tab: Tab, path: str, scheme: Scheme) -> None:
    presented(tab, path, scheme=scheme)
    assert tab.axe() == []


# What a caption says of the pixel, however it says it: the row and the column that were pointed at.
@pytest.mark.parametrize(("row", "column"), [(0, 0), (3, 5), (7, 7)])
def test_pointing_hits_the_pixel_under_the_pointer(tab: Tab, row: int, column: int) -> None:
    presented(tab, "/kernels?size=8")
    canvas = tab.page.locator("[data-part=picture] canvas.cursor")
    box = canvas.bounding_box()
    assert box
    tab.page.mouse.move(
        box["x"] + (column + 0.5) * box["width"] / 8, box["y"] + (row + 0.5) * box["height"] / 8
    )
    caption = tab.page.locator("[data-part=picture] .reading")
    expect(caption).to_contain_text(re.compile(rf"\b{row}\b.*\b{column}\b"), timeout=WAIT_MS)


@pytest.mark.parametrize(("line", "size", "count"), [(0, 2, "10"), (1, 2, "922.5k")])
def test_pointing_at_a_chart_reads_the_value_under_the_pointer(
    tab: Tab, line: int, size: int, count: str
) -> None:
    presented(tab, "/kernels?experiment=parameters")
    dots = tab.page.locator(".js-plotly-plot .scatterlayer .trace").nth(line).locator(".points path")
    dots.nth(size).scroll_into_view_if_needed()
    tab.wait_idle()
    box = dots.nth(size).bounding_box()
    assert box
    tab.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    shown = tab.page.locator(".hoverlayer .hovertext")
    expect(shown).to_contain_text(f"(32, {count})", timeout=WAIT_MS)


def test_p_begins_and_ends_c_shows_the_controls_b_blanks_the_screen(open_tab: OpenTab) -> None:
    tab = open_tab("/kernels", size_px=PROJECTOR_PX)
    page = tab.page
    shown, steps = rows(tab).count(), page.evaluate("history.length")
    assert shown > 0
    expect(button(tab, "Present")).to_have_attribute("aria-keyshortcuts", "P")
    page.keyboard.press("p")
    expect(page).to_have_url(re.compile(r"/kernels\?(.*&)?present=1$"))
    expect(rows(tab)).to_have_count(0)
    page.keyboard.press("c")
    expect(rows(tab)).to_have_count(shown)
    expect(button(tab, "Controls")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("html[data-present=open]")).to_be_attached()
    assert page.evaluate(SMALL_ON_SCREEN, LEAST_PX - 0.01) == []
    page.keyboard.press("c")
    expect(rows(tab)).to_have_count(0)
    page.keyboard.press("b")
    expect(page.locator("html[data-blank]")).to_be_attached()
    darkest, lightest = extremes(tab)
    assert (darkest, lightest) == (0, 0)
    page.keyboard.press("p")  # any key brings the page back, and does nothing else
    expect(page.locator("html[data-blank]")).to_have_count(0)
    expect(page.locator("html[data-present=folded]")).to_be_attached()
    button(tab, "Leave").click()
    expect(page).not_to_have_url(re.compile("present"))
    expect(rows(tab)).to_have_count(shown)
    for name in ("Controls", "Blank"):
        expect(button(tab, name)).to_have_count(0)
    assert page.evaluate("history.length") == steps  # none of this is a step of Back
    assert tab.errors == []


def extremes(tab: Tab) -> tuple[int, int]:
    """Darkest and lightest value of what the window shows."""
    picture = Image.open(io.BytesIO(tab.page.screenshot())).convert("L")
    return cast(tuple[int, int], picture.getextrema())


def test_the_letters_are_typed_where_one_types(open_tab: OpenTab) -> None:
    tab = open_tab("/kernels")
    page = tab.page
    page.get_by_role("button", name="Change the kernel").click()
    field = page.get_by_test_id("stPopoverBody").get_by_role("textbox", name="Factor")
    field.fill("")
    field.press_sequentially("pbc")
    expect(field).to_have_value("pbc")
    page.keyboard.press("Escape")
    cell = page.locator(".kernel input.cell").first
    cell.focus()
    page.keyboard.press("p")
    page.locator("body").press("Control+Shift+p")
    expect(page.locator("html[data-present]")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("present"))


def test_who_presents_goes_on_in_the_next_lesson_and_after_a_reload(open_tab: OpenTab) -> None:
    tab = open_tab("/kernels", size_px=PROJECTOR_PX)
    page, present = tab.page, tab.page.locator("html[data-present]")
    page.keyboard.press("p")
    probe = page.get_by_role("link", name="Probe", exact=True).first
    probe.hover()
    probe.focus()
    assert "present=1" in str(probe.get_attribute("href"))  # so a new tab presents too
    probe.click()
    expect(page).to_have_url(re.compile(r"/probe\?(.*&)?present=1$"), timeout=WAIT_MS)
    expect(page.get_by_role("heading", level=1)).to_have_text("Probe", timeout=WAIT_MS)
    tab.wait_idle()
    expect(present).to_be_attached()
    page.reload()
    tab.wait_idle()
    expect(page.locator("html[data-present=folded]")).to_be_attached(timeout=WAIT_MS)
    page.keyboard.press("p")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kernels", timeout=WAIT_MS)
    tab.wait_idle()
    expect(page).not_to_have_url(re.compile("present"))  # Back is for what was set, not for this
    expect(present).to_have_count(0)


def test_a_control_that_changes_the_link_leaves_the_presentation_in_it(open_tab: OpenTab) -> None:
    tab = open_tab("/feature_maps", size_px=PROJECTOR_PX)
    page = tab.page
    page.keyboard.press("p")
    for name in ("Pooling", "Maths and source"):
        page.get_by_role("radio", name=name).click()
        expect(page).to_have_url(re.compile(r"experiment=\w+&present=1$"), timeout=WAIT_MS)
        tab.wait_idle()
    page.go_back()
    expect(page.get_by_role("radio", name="Pooling")).to_be_checked(timeout=WAIT_MS)
    tab.wait_idle()
    expect(page).to_have_url(re.compile(r"experiment=pooling&present=1$"))


def test_a_list_opens_at_its_field(open_tab: OpenTab) -> None:
    tab = open_tab("/kernels?present=1", size_px=PROJECTOR_PX)
    tab.page.keyboard.press("c")
    field = tab.page.locator(".st-key-kernels-row1").get_by_test_id("stSelectbox").first
    field.click()
    opened = tab.page.get_by_role("listbox")
    expect(opened).to_be_visible(timeout=WAIT_MS)
    at, above = opened.bounding_box(), field.bounding_box()
    assert at
    assert above
    assert abs(at["x"] - above["x"]) < 20
    assert abs(at["width"] - above["width"]) < 20
    assert 0 < at["y"] - above["y"] < 2 * above["height"]
    assert (
        opened.evaluate("node => parseFloat(getComputedStyle(node).fontSize) * node.currentCSSZoom")
        >= LEAST_PX
    )


def test_with_its_controls_kernels_keeps_the_picture_large(open_tab: OpenTab) -> None:
    tab = open_tab("/kernels?present=1", size_px=PROJECTOR_PX)
    tab.page.keyboard.press("c")
    expect(rows(tab)).not_to_have_count(0)
    tab.wait_idle()
    picture = tab.page.locator("[data-part=picture] .stage").bounding_box()
    assert picture
    assert picture["height"] >= 450
    assert picture["y"] + picture["height"] <= PROJECTOR_PX[1]
    for card in tab.page.locator('[class*="st-key-kernels-card-"]').all():
        box = card.bounding_box()
        assert box
        assert box["y"] + box["height"] <= picture["y"]
