"""Save and load in a browser: the whole sheet on the first screen, one entry read in every column."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from convlab.networks import state_dicts
from convlab.networks.state_dicts import CHANGES
from convlab.probing import bundled
from convlab.snippets import state_dicts as scripts
from tests.browser.conftest import OpenTab
from tests.browser.harness import DESKTOP_PX, PHONE_PX, Tab, still
from tests.browser.test_everywhere import SMALL_TEXT, SMALLEST_TEXT_PX, TOO_WIDE

PATH = "/modules?part=saved"


def sheet(tab: Tab) -> Locator:
    return tab.page.locator(".st-key-modules-saved")


def line(tab: Tab, name: str) -> Locator:
    return sheet(tab).locator(f'.body .line[data-row="{name}"]')


def test_the_whole_sheet_is_on_the_first_screen(open_tab: OpenTab) -> None:
    tab = open_tab(PATH)
    expect(line(tab, "fc1.bias")).to_be_visible()
    tab.wait_idle()
    box = still(line(tab, "fc1.bias"))
    assert box["y"] + box["height"] <= DESKTOP_PX[1]
    expect(tab.page.get_by_text("6 of the network's 8 tensors are loaded")).to_be_visible()


def test_an_entry_is_read_before_in_the_file_and_after_and_nothing_is_sent(open_tab: OpenTab) -> None:
    tab = open_tab(PATH)
    expect(line(tab, "conv1.weight")).to_be_visible()
    tab.wait_idle()
    sent = len(tab.sent)
    entry_line, name = sheet(tab).locator(".entry"), "conv1.weight[3, 0, 1, 2]"
    for _ in range(10):  # a page that still loads may move from under the pointer
        box = still(line(tab, "conv1.weight").locator("canvas").first)
        tab.page.mouse.move(0, 0)
        tab.page.mouse.move(box["x"] + box["width"] * 5.5 / 27, box["y"] + box["height"] * 3.5 / 16)
        tab.page.wait_for_timeout(200)
        if entry_line.inner_text() == name:
            break
    expect(entry_line).to_have_text(name)
    source = bundled.weights("net").probe.network.state_dict()
    loading = state_dicts.load(CHANGES["renamed"].build(scripts.SEEDS[1]), source)
    values = [float(text.replace("\u2212", "-")) for text in sheet(tab).locator(".value").all_inner_texts()]
    entry = loading.entries[0]
    expected = [float(one[3, 0, 1, 2]) for one in (entry.before, entry.given, entry.after) if one is not None]
    assert values == pytest.approx(expected, rel=1e-4)
    assert values[1] == values[2] != values[0]
    assert len(tab.sent) == sent
    assert tab.errors == []


def test_another_network_is_loaded_into_and_the_books_file_fits(open_tab: OpenTab, shared: Path) -> None:
    tab = open_tab(f"{PATH}&saved_weights=file&saved_into=same")
    file = shared / "data" / "book_birds_vs_airplanes.pt"
    tab.page.locator("input[type=file]").set_input_files(str(file))
    expect(tab.page.get_by_text("<All keys matched successfully>").first).to_be_visible(timeout=20_000)
    tab.page.get_by_role("combobox", name="What is different in the network now").click()
    tab.page.get_by_role("option", name="10 classes instead of 2").click()
    expect(tab.page.get_by_text("size mismatch for fc2.weight").first).to_be_visible(timeout=20_000)
    expect(line(tab, "fc2.bias")).to_contain_text("size mismatch")
    assert tab.errors == []


@pytest.mark.parametrize("into", ["sequential", "batch_norm"])
def test_on_a_phone_nothing_is_too_wide_or_too_small(open_tab: OpenTab, into: str) -> None:
    tab = open_tab(f"{PATH}&saved_into={into}", size_px=PHONE_PX, scheme="dark")
    tab.wait_idle()
    assert tab.page.evaluate(TOO_WIDE) == []
    assert tab.page.evaluate(SMALL_TEXT, SMALLEST_TEXT_PX) == []
    assert tab.axe() == []
    assert tab.errors == []
