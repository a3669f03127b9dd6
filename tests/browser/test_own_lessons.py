"""Own lessons in a browser: a page is kept, its question asked; a lesson is ordered, saved and shared."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import harness
from tests.browser.conftest import OpenTab
from tests.browser.harness import PHONE_PX, Tab

LESSON = """# Monday

+++
id = "first"
title = "How many weights?"
lesson = "kernels"
link = "stride=2"
kind = "number"
unit = "weights"
told = 9
+++
How many weights has this kernel?

# Why
Three by three.
+++
id = "second"
title = "Channels"
lesson = "kernels"
link = "colour=rgb"
kind = "choice"
told = "b"

[[choices]]
key = "a"
text = "nine"
otherwise = "Nine is right for a grey picture."

[[choices]]
key = "b"
text = "twenty-seven"
+++
And of a colour picture?
"""


def typed(page: Page, name: str, text: str) -> None:
    page.get_by_role("textbox", name=name, exact=True).fill(text)


def opened(open_tab: OpenTab, tmp_path: Path) -> Tab:
    """A tab with the lesson above, from its file."""
    file = tmp_path / "monday.md"
    file.write_text(LESSON)
    tab = open_tab("/lessons")
    tab.page.get_by_role("button", name="Open a file").click()
    tab.page.locator("input[type=file]").set_input_files(file)
    expect(tab.page.get_by_label("Title of the lesson")).to_have_value("Monday")
    tab.page.keyboard.press("Escape")
    tab.wait_idle()
    return tab


def test_a_page_is_kept_and_its_question_is_asked_there(open_tab: OpenTab) -> None:
    tab = open_tab("/kernels?stride=2")
    page = tab.page
    page.get_by_role("button", name="Keep as a station").click()
    typed(page, "Title", "One kernel")
    typed(page, "Question", "How many weights?")
    page.get_by_role("radio", name="A number").click()
    page.get_by_role("spinbutton", name="The right number").fill("9")
    typed(page, "Unit", "weights")
    typed(page, "Note, shown with the answer", "Three by three.")
    page.get_by_role("button", name="Keep", exact=True).click()  # with the last field still being typed in
    expect(page.get_by_text("Kept as station 1 of My lesson.")).to_be_visible()
    page.get_by_role("link", name="Open the lesson").click()
    page.get_by_role("link", name="Start").click()
    card = page.locator(".st-key-course-card")
    expect(card).to_contain_text("How many weights?")
    expect(page).to_have_url(re.compile(r"/kernels\?.*stride=2"))
    card.get_by_role("textbox").fill("9")
    card.get_by_role("button", name="Answer", exact=True).click()
    expect(card).to_contain_text("Three by three.")
    assert tab.errors == []
    assert tab.outside_requests() == []


def test_a_lesson_is_put_in_order_by_keyboard_and_saved(open_tab: OpenTab, tmp_path: Path) -> None:
    tab = opened(open_tab, tmp_path)
    page = tab.page
    second = page.get_by_role("checkbox", name=re.compile("Channels"))
    second.focus()
    page.keyboard.press("Space")
    up = page.get_by_role("button", name="Up", exact=True)
    expect(up).to_be_enabled()
    up.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-own-station-1")).to_contain_text("Channels")
    with page.expect_download() as given:
        page.get_by_role("button", name="Save as a file").click()
    assert given.value.suggested_filename == "Monday.md"
    text = given.value.path().read_text()
    assert text.index('id = "second"') < text.index('id = "first"')


def test_a_shared_link_opens_the_lesson_elsewhere(open_tab: OpenTab, tmp_path: Path) -> None:
    tab = opened(open_tab, tmp_path)
    tab.page.get_by_role("button", name="Share").click()
    tab.page.get_by_role("button", name="Make a link").click()
    address = tab.page.locator("code", has_text="course=").inner_text()
    assert address.startswith(tab.base_url)
    other = open_tab(address.removeprefix(tab.base_url).strip(), size_px=PHONE_PX, scheme="dark")
    expect(other.page.get_by_role("heading", name="Monday")).to_be_in_viewport()
    expect(other.page.get_by_role("link", name="Start")).to_be_in_viewport()
    assert other.axe() == []


def test_what_is_opened_of_it_has_no_barrier(open_tab: OpenTab, tmp_path: Path) -> None:
    tab = opened(open_tab, tmp_path)
    tab.page.get_by_role("button", name="Change").last.click()
    expect(tab.page.get_by_role("button", name="Save", exact=True)).to_be_visible()
    assert tab.axe() == []
    tab.page.set_viewport_size({"width": harness.DESKTOP_PX[0], "height": harness.DESKTOP_PX[1]})
    tab.open("/probe")
    tab.page.get_by_role("button", name="Keep as a station").click()
    keep = tab.page.get_by_role("button", name="Keep", exact=True)
    expect(keep).to_be_in_viewport()
    assert tab.axe() == []


def test_before_a_class_nothing_is_kept(open_tab: OpenTab) -> None:
    tab = open_tab("/kernels?present=1")
    expect(tab.page.get_by_role("button", name="Keep as a station")).to_be_hidden()
