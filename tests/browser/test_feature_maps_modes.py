"""Feature maps in a browser: train() and its draws; a picture for a unit is made, and can be stopped."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenTab
from tests.browser.harness import Tab
from tests.browser.test_feature_maps import WAIT_MS, Lab

DROP = "?network=net_dropout&weights=sketches&picture=sketch:bird&layer=conv1_dropout"
SLOW = "?network=net_res_deep&weights=random&experiment=excite&ascent_steps=512&layer=resblocks.4.conv"


def control(tab: Tab, key: str) -> Locator:
    return tab.page.locator(f".st-key-feature_maps-{key}")


def query(tab: Tab) -> dict[str, list[str]]:
    return parse_qs(urlsplit(tab.page.url).query)


def test_train_is_switched_on_and_drawn_again(open_tab: OpenTab) -> None:
    tab = open_tab()
    lab = Lab(tab)
    lab.open(DROP)
    said = control(tab, "training").locator("p").first
    expect(said).to_have_count(0)
    tab.page.get_by_role("radio", name="train()", exact=True).click()
    expect(said).to_contain_text("conv1_dropout dropped", timeout=WAIT_MS)
    tab.wait_idle()
    first, verdict = said.inner_text(), lab.part("verdict").inner_text()
    tab.page.get_by_role("button", name="Draw again").click()
    expect(said).not_to_have_text(first, timeout=WAIT_MS)
    tab.wait_idle()
    assert lab.part("verdict").inner_text() != verdict
    assert query(tab)["mode"] == ["train"]
    assert query(tab)["draw"] == ["1"]
    dropped = lab.part("unit").get_by_text("Dropped in this pass of train()")
    names = lab.find("[data-part=unit] select option").count()
    for channel in range(names):  # some of 32 maps are dropped
        if dropped.count():
            break
        lab.find("[data-part=unit] select").select_option(str(channel))
        tab.wait_idle()
    expect(dropped).to_be_visible()
    assert tab.errors == []
    assert [one for one in tab.axe() if one.impact in ("serious", "critical")] == []


def test_a_long_ascent_is_stopped_and_what_it_made_stays(open_tab: OpenTab) -> None:
    tab = open_tab()
    lab = Lab(tab)
    lab.open(SLOW)
    control(tab, "excite-make").get_by_role("button").click()
    stop = control(tab, "excite-make-stop").get_by_role("button")
    expect(stop).to_be_visible(timeout=WAIT_MS)
    tab.page.get_by_text("/ 512").first.wait_for(timeout=WAIT_MS)
    stop.click()
    told = tab.page.get_by_text("of 512 steps.").last
    expect(told).to_contain_text("Stopped after", timeout=WAIT_MS)
    expect(control(tab, "excite-make").get_by_role("button")).to_be_enabled()
    assert tab.errors == []
