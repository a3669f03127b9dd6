"""Numbers as people type and paste them, in any browser's language: read as meant, or refused and named."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from convlab.ui import words
from tests.browser import harness
from tests.browser.conftest import OpenTab
from tests.browser.harness import Tab
from tests.browser.test_everywhere import WAIT_MS

NOTE = ".st-key-number_fields .note"
LOCALES = ("de-DE", "zh-CN")
READ = {
    "0,5": "0.5",
    "0.25": "0.25",
    "\uff11\uff0e\uff15": "1.5",  # full width
    "\uff0d\uff12": "-2",
    "\u22121": "-1",
    "1e-3": "0.001",
    "1/4": "0.25",
    " 3 ": "3",
}
REFUSED = ("1,000", "1.000,5", "1,5\t2", "1\n2\n3", "50%", "\u00bd", "[1]", "abc", "1e400", "\u0663")


@pytest.fixture(params=LOCALES)
def tab(request: pytest.FixtureRequest, browser: Browser, app_server: harness.Server) -> Iterator[Tab]:
    """A tab of a browser in another language, which may read the clipboard; the lab's was chosen."""
    width, height = harness.DESKTOP_PX
    context = browser.new_context(locale=request.param, viewport={"width": width, "height": height})
    context.add_cookies([{"name": words.COOKIE, "value": "en", "url": app_server.url}])
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield Tab(context.new_page(), app_server.url)
    context.close()


def field(tab: Tab, label: str) -> Locator:
    return tab.page.get_by_role("spinbutton", name=label, exact=True).first


def enter(tab: Tab, at: Locator, text: str, how: str) -> None:
    """Replace what a field holds, and press Enter."""
    at.click()
    at.press("Control+A")
    if how == "type":
        tab.page.keyboard.type(text)
    else:
        tab.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        at.press("Control+V")
    at.press("Enter")


def assert_said_below(tab: Tab, at: Locator, text: str) -> None:
    """A word about it lies right below the field, or above it where the screen ends, and moves nothing."""
    note = tab.page.locator(NOTE)
    expect(note).to_contain_text(text, timeout=WAIT_MS)
    expect(note).to_be_visible()
    box, field_box = note.bounding_box(), at.bounding_box()
    assert box
    assert field_box
    gaps = box["y"] - (field_box["y"] + field_box["height"]), field_box["y"] - (box["y"] + box["height"])
    assert 0 <= max(gaps) < 12
    assert box["y"] + box["height"] <= tab.page.evaluate("window.innerHeight")
    assert abs(box["x"] - field_box["x"]) < 16
    assert tab.page.get_by_test_id("stToast").count() == 0


def test_a_number_is_read_as_people_write_it(tab: Tab) -> None:
    tab.open("/kernels")
    bias = field(tab, "bias")
    expect(bias).to_have_attribute("type", "text", timeout=WAIT_MS)
    for n, (text, value) in enumerate(READ.items()):
        enter(tab, bias, text, "paste" if n % 2 else "type")
        expect(bias).to_have_value(value, timeout=WAIT_MS)
        expect(bias).to_have_attribute("aria-valuenow", value)
        expect(tab.page).to_have_url(re.compile(rf"bias={re.escape(value)}(\.0)?$"), timeout=WAIT_MS)
    assert tab.errors == []


def test_what_has_no_one_reading_leaves_the_last_number_and_is_said(tab: Tab) -> None:
    tab.open("/kernels?bias=0.75")
    bias = field(tab, "bias")
    expect(bias).to_have_attribute("type", "text", timeout=WAIT_MS)
    for text in REFUSED:
        enter(tab, bias, text, "paste")
        assert_said_below(tab, bias, repr(text)[1:-1])
        expect(bias).to_have_value("0.75")
    tab.wait_idle()
    expect(tab.page).to_have_url(re.compile(r"/kernels\?bias=0\.75$"))
    bias.press("Control+A")
    bias.press("Delete")  # who goes on has read it
    expect(tab.page.locator(NOTE)).to_be_hidden()
    bias.press("Enter")
    assert_said_below(tab, bias, "This value does not fit here")
    expect(bias).to_have_value("0.75")
    assert tab.axe() == []


def test_a_number_beyond_the_ends_leaves_the_last_and_the_field_says_what_it_takes(tab: Tab) -> None:
    tab.open("/modules?part=step")
    count, rate = field(tab, "Pictures"), field(tab, "Learning rate")
    expect(rate).to_have_attribute("type", "text", timeout=WAIT_MS)
    for at, text, told, kept in (
        (count, "-3", "'-3' does not fit here: write a whole number from 1 to 32.", "8"),
        (rate, "0", "'0' does not fit here: write a number above 0, at most 10.", "0.01"),
        (count, "abc", "'abc' is not a number: write a whole one, such as 3.", "8"),
        (rate, "11", "'11' does not fit here: write a number above 0, at most 10.", "0.01"),
    ):
        enter(tab, at, text, "type")
        assert_said_below(tab, at, told)
        expect(at).to_have_value(kept)
        expect(at).not_to_have_attribute("aria-invalid", "true")
    tab.wait_idle()
    expect(tab.page).to_have_url(re.compile(r"/modules\?part=step$"))
    assert tab.errors == []


def test_leaving_a_field_and_its_arrows_read_it_first(tab: Tab) -> None:
    tab.open("/train")
    rate, epochs = field(tab, "lr"), field(tab, "Epochs")
    expect(rate).to_have_attribute("type", "text", timeout=WAIT_MS)
    rate.click()
    rate.press("Control+A")
    tab.page.keyboard.type("0,02")
    epochs.click()
    expect(rate).to_have_value("0.02")
    expect(tab.page).to_have_url(re.compile(r"lr=0\.02$"), timeout=WAIT_MS)
    epochs.press("Control+A")
    tab.page.keyboard.type("\uff12\uff10")
    epochs.press("ArrowUp")
    expect(epochs).to_have_value("21")
    expect(tab.page).to_have_url(re.compile(r"epochs=21&lr=0\.02$"), timeout=WAIT_MS)
    for text in ("2,7", "2.5", "1/2"):
        enter(tab, epochs, text, "type")
        assert_said_below(tab, epochs, f"'{text}' is not a whole number")
        expect(epochs).to_have_value("21")
    enter(tab, epochs, "1e2", "type")
    expect(epochs).to_have_value("100")


STEPS = (
    ("arrows", "/train?lr=0.0015", "lr", ("0.0025", "0.0035", "0.0025", "0.0015")),  # too narrow for buttons
    ("arrows", "/kernels?bias=-0.123456", "bias", ("-0.023456", "0.076544", "-0.023456", "-0.123456")),
    ("buttons", "/kernels?bias=0.25", "bias", ("0.35", "0.45", "0.35", "0.25")),
)


@pytest.mark.parametrize(("by", "path", "label", "values"), STEPS)
def test_a_step_keeps_the_digits_of_the_number(
    by: str, path: str, label: str, values: tuple[str, ...], open_tab: OpenTab
) -> None:
    tab = open_tab(path)
    at = field(tab, label)
    expect(at).to_have_attribute("type", "text", timeout=WAIT_MS)
    box = tab.page.get_by_test_id("stNumberInput").filter(has=at).first
    for way, value in zip(("Up", "Up", "Down", "Down"), values, strict=True):
        box.get_by_test_id(f"stNumberInputStep{way}").click() if by == "buttons" else at.press(f"Arrow{way}")
        expect(at).to_have_value(value)
        expect(at).to_have_attribute("aria-valuenow", value)
        expect(tab.page).to_have_url(re.compile(rf"{label}={re.escape(value)}$"), timeout=WAIT_MS)
    tab.wait_idle()
    expect(at).to_have_value(values[-1])
    assert tab.errors == []


def test_a_step_beyond_an_end_is_none(open_tab: OpenTab) -> None:
    tab = open_tab("/train?more=1&label_smoothing=0.02")
    at = field(tab, "label_smoothing")
    expect(at).to_have_attribute("type", "text", timeout=WAIT_MS)
    at.press("ArrowDown")
    expect(at).to_have_value("0.02")
    at.press("ArrowUp")
    expect(at).to_have_value("0.07")
    expect(tab.page).to_have_url(re.compile(r"label_smoothing=0\.07"), timeout=WAIT_MS)


def test_the_square_of_the_probe_lab_takes_whole_numbers_within_reach(tab: Tab) -> None:
    tab.open("/probe")
    lab = tab.page.locator(".root .cropper")
    side = lab.get_by_role("spinbutton", name="Side (px)")
    enter(tab, side, "\uff11\uff12\uff10", "paste")
    expect(side).to_have_value("120", timeout=WAIT_MS)
    expect(tab.page).to_have_url(re.compile(r"window=\d+%2C\d+%2C120$"), timeout=WAIT_MS)
    for text in ("2,5", "", "1\n2", "ten"):
        enter(tab, side, text, "paste") if text else side.fill("")
        side.press("Enter")
        expect(lab.get_by_role("alert")).to_contain_text("no whole number of pixels", timeout=WAIT_MS)
        expect(side).to_have_value("120")
    side.press("ArrowUp")
    expect(side).to_have_value("121")


def test_a_text_field_says_that_what_it_holds_is_refused_and_where_it_stands_why(open_tab: OpenTab) -> None:
    tab = open_tab("/kernels?size=16")
    tab.page.get_by_role("button", name="Change the kernel").click()
    field = tab.page.get_by_role("textbox", name="The kernel as numbers")
    for text, refused in (("cat", "'cat' is not a weight"), ("1 0", ""), ("0,5,1", "The commas in")):
        field.fill(text)
        tab.page.get_by_role("button", name="Take these weights").click()
        if refused:
            expect(field).to_have_attribute("aria-invalid", "true", timeout=WAIT_MS)
            why = tab.page.locator(f"#{field.get_attribute('aria-describedby')}")
            expect(why).to_contain_text(refused)
        else:
            expect(field).not_to_have_attribute("aria-invalid", "true", timeout=WAIT_MS)
    tab.wait_idle()
    assert tab.errors == []


def test_before_a_class_the_word_lies_at_its_field_too(open_tab: OpenTab) -> None:
    tab = open_tab("/kernels?present=1", size_px=(1920, 1080))
    tab.page.keyboard.press("c")  # the controls
    bias = field(tab, "bias")
    expect(bias).to_be_visible(timeout=WAIT_MS)
    enter(tab, bias, "abc", "type")
    assert_said_below(tab, bias, "'abc' is not a number")
