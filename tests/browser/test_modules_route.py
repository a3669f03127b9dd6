"""A control of Modules is answered over a route at once: nothing seen comes back, and Streamlit follows."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from tests.browser import harness
from tests.browser.harness import DESKTOP_PX, Tab
from tests.browser.test_everywhere import WAIT_MS

FIT = "/modules?topic=fit&flatten=true&in_features={}"
# All numbers that the layers' table has shown, one behind the other.
WATCH = """(table) => {
  window.seen = [];
  const look = () => {
    const [, number] = table.textContent.match(/in_features=(\\d+), out_features=32/) ?? [];
    if (number && window.seen.at(-1) !== Number(number)) window.seen.push(Number(number));
  };
  look();
  new MutationObserver(look).observe(table, { subtree: true, childList: true, characterData: true });
}"""


@pytest.fixture(scope="module")
def tab(browser: Browser, app_server: harness.Server) -> Iterator[Tab]:
    made = harness.new_tab(browser, app_server, size_px=DESKTOP_PX)
    yield made
    made.page.context.close()


def opened(tab: Tab, number: int) -> tuple[Locator, Locator]:
    """The field and the layers' table of a page where PyTorch has answered."""
    tab.open(FIT.format(number))
    table = tab.page.locator(".st-key-modules-fit-layers .answer")
    expect(table).to_contain_text(f"in_features={number},", timeout=WAIT_MS)
    tab.wait_idle()
    return tab.page.locator(".st-key-modules-in_features input"), table


def test_held_keys_end_on_the_newest_answer_and_nothing_comes_back(tab: Tab) -> None:
    field, table = opened(tab, 480)
    table.evaluate(WATCH)
    field.focus()
    for _step in range(20):
        tab.page.keyboard.down("ArrowUp")  # held, a key comes again and again
    tab.page.keyboard.up("ArrowUp")
    expect(table).to_contain_text("in_features=500,", timeout=WAIT_MS)
    for number in (507, 511, 512):  # each before Streamlit has heard of the one before
        field.fill(str(number))
        for _again in range(3):
            tab.page.keyboard.down("Enter")
        tab.page.keyboard.up("Enter")
    expect(table).to_contain_text("in_features=512,", timeout=WAIT_MS)
    expect(tab.page.locator(".st-key-modules-fit-said")).to_contain_text("The layers fit", timeout=WAIT_MS)
    expect(tab.page).not_to_have_url(
        re.compile("in_features"), timeout=WAIT_MS
    )  # 512 is what a link leaves out
    tab.wait_idle()
    expect(field).to_have_value("512")
    seen = tab.page.evaluate("window.seen")
    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (480, 512)
    assert tab.errors == []


def test_a_switch_a_list_and_a_button_are_answered_before_streamlit_hears_of_them(tab: Tab) -> None:
    tab.open("/modules?part=regularised&regulariser=dropout")
    said, page = tab.page.locator(".st-key-modules-dropout-said .answer"), tab.page
    expect(said).to_contain_text("maps are dropped", timeout=WAIT_MS)
    tab.wait_idle()

    def acts(act: Callable[[], None], text: str, query: str) -> None:
        sent = len(tab.sent)
        with page.expect_response("**/part") as answered:
            page.once("request", lambda request: told.append(len(tab.sent) - sent))
            told: list[int] = []
            act()
        assert answered.value.ok
        assert told == [0]  # the question is asked while Streamlit knows nothing
        expect(said).to_contain_text(text, timeout=WAIT_MS)
        expect(page).to_have_url(re.compile(query), timeout=WAIT_MS)
        tab.wait_idle()

    def entry(name: str) -> Locator:
        tab.open_list("Layer")
        return page.get_by_role("option", name=name, exact=True)

    single = entry("Dropout")
    acts(single.click, "values are dropped", "dropout_kind=Dropout(&|$)")
    entry("Dropout2d")
    page.keyboard.press("ArrowUp")
    acts(lambda: page.keyboard.press("Enter"), "maps are dropped", "modules(?!.*dropout_kind)")
    again = page.get_by_role("button", name="Draw again")
    acts(again.click, "maps are dropped", "dropout_draw=1")
    expect(again).to_be_focused()
    acts(lambda: page.keyboard.press("Enter"), "maps are dropped", "dropout_draw=2")
    tab.open("/modules?part=saved")
    said = page.locator(".st-key-modules-saved-said .answer")
    expect(said).to_contain_text("strict=True", timeout=WAIT_MS)
    tab.wait_idle()
    acts(page.get_by_text("strict", exact=True).first.click, "strict=False", "strict=0")
    expect(page.get_by_role("switch", name="strict")).to_be_focused()
    acts(lambda: page.keyboard.press("Space"), "strict=True", "modules(?!.*strict)")
    assert tab.errors == []


def test_a_slider_is_answered_as_it_moves(tab: Tab) -> None:
    tab.open("/modules?part=regularised&regulariser=batch_norm")
    said, page = tab.page.locator(".st-key-modules-statistics-said .answer"), tab.page
    expect(said).to_contain_text("Batch 16", timeout=WAIT_MS)
    tab.wait_idle()
    page.locator(".st-key-modules-norm_frozen_from input").focus()
    for last in (15, 14):
        with page.expect_response("**/part"):
            page.keyboard.press("ArrowLeft")
        expect(said).to_contain_text(f"Batch {last}", timeout=WAIT_MS)
        expect(page).to_have_url(re.compile(f"norm_frozen_from={last}"), timeout=WAIT_MS)
        tab.wait_idle()
        expect(said).to_contain_text(f"Batch {last}")
    assert tab.errors == []


def test_where_the_route_is_gone_streamlit_carries_each_change(tab: Tab) -> None:
    field, table = opened(tab, 300)
    refused: list[str] = []

    def refuse(route: Route) -> None:
        refused.append(route.request.url)
        route.fulfill(status=500, json={"error": "no"})

    tab.page.route("**/part", refuse)
    for number in range(301, 306):
        field.fill(str(number))
        field.press("Enter")
        expect(table).to_contain_text(f"in_features={number},", timeout=WAIT_MS)
        tab.wait_idle()
    tab.page.unroute("**/part")
    assert len(refused) == 3  # then it is left alone


def test_a_number_that_does_not_fit_is_put_back_and_the_next_is_answered(tab: Tab) -> None:
    tab.open("/modules?part=capacity&n_chans1=24")
    tab.errors.clear()  # of a route that was gone
    table, field = (
        tab.page.locator(".st-key-modules-width-table .answer"),
        tab.page.locator(".st-key-modules-n_chans1 input"),
    )
    expect(table).to_contain_text("27,950", timeout=WAIT_MS)
    tab.wait_idle()
    for _time in range(4):  # oftener than a route may fail
        field.fill("25")
        field.press("Enter")
        expect(field).to_have_value("24", timeout=WAIT_MS)
        expect(tab.page.get_by_text("takes even numbers only").first).to_be_visible(timeout=WAIT_MS)
        tab.wait_idle()
    with tab.page.expect_response("**/part"):
        field.fill("16")
        field.press("Enter")
    expect(table).not_to_contain_text("27,950", timeout=WAIT_MS)
    expect(tab.page).not_to_have_url(re.compile("n_chans1"), timeout=WAIT_MS)
    assert [error for error in tab.errors if "422" not in error] == []
    tab.errors.clear()
