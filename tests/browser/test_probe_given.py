"""A picture given to the Probe page in a browser: the route's verdict comes first, Streamlit's behind it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from convlab.pictures import images
from tests.browser import harness
from tests.browser.harness import Tab
from tests.browser.test_probe import WAIT_MS, agree, drop, give, open_page, picture, query, root


@pytest.fixture
def tab(browser: Browser, app_server: harness.Server) -> Iterator[Tab]:
    found = harness.new_tab(browser, app_server)
    yield found
    assert found.errors == []
    assert found.outside_requests() == []
    found.page.context.close()


def test_the_route_answers_before_streamlit_and_says_the_same(tab: Tab) -> None:
    open_page(tab, "?picture=upload&second=shipped:net_fast&temperature=2")
    verdicts = root(tab).locator(".verdicts")
    with tab.page.expect_response("**/verdict") as answered:
        drop(tab, ("one.png", picture(1)))
    assert answered.value.status == 200
    expect(root(tab).locator(".fields input").first).to_have_value("0")
    expect(root(tab).locator(".fields input").nth(1)).to_have_value("15", timeout=WAIT_MS)
    early = verdicts.inner_text()
    tab.wait_idle()
    assert verdicts.inner_text() == early


def test_streamlit_takes_pictures_in_behind_the_verdict_and_loses_none(tab: Tab) -> None:
    open_page(tab, "?picture=upload")
    events: list[str] = []
    tab.page.on("response", lambda one: events.append("verdict") if one.url.endswith("/verdict") else None)
    tab.page.on("request", lambda one: events.append("upload") if "/upload_file/" in one.url else None)
    drop(tab, ("one.png", picture(1)))
    drop(tab, ("two.png", picture(2)))  # while Streamlit has yet to hear of the first
    cards = root(tab).locator(".card")
    expect(cards).to_have_count(2, timeout=WAIT_MS)
    for number in (1, 2):
        cards.nth(number - 1).click()
        expect(cards.nth(number - 1)).to_have_attribute("aria-pressed", "true", timeout=WAIT_MS)
        tab.wait_idle()
        agree(tab, images.load(picture(number)))
    assert events[0] == "verdict"
    assert events.count("upload") == 2


def test_a_picture_reaches_streamlit_where_the_route_is_slow(tab: Tab) -> None:
    open_page(tab, "?picture=upload")
    tab.page.route("**/verdict", lambda route: None)  # no answer
    before = root(tab).get_attribute("data-told")
    drop(tab, ("one.png", picture(1)))
    expect(root(tab)).not_to_have_attribute("data-told", before or "", timeout=WAIT_MS)
    agree(tab, images.load(picture(1)))


def test_from_the_first_look_a_photograph_goes_to_the_network_of_the_photographs(tab: Tab) -> None:
    open_page(tab, "")
    who = root(tab).locator(".verdicts .who")
    expect(who).to_have_text("Net (sketches)")
    assert query(tab) == {}
    with tab.page.expect_response("**/verdict") as answered:
        give(tab, "page", ("one.png", picture(3)))
    assert answered.value.status == 200
    expect(who).to_have_text("Net (photographs)", timeout=WAIT_MS)
    agree(tab, images.load(picture(3)))
    expect(tab.page.get_by_role("combobox", name="Network", exact=True)).to_have_value("Net (photographs)")


def test_a_picture_waits_for_the_lab_that_the_uploader_pushes_aside(tab: Tab) -> None:
    """The uploader comes in front of the lab, which Streamlit makes anew: late, as on a busy machine."""
    open_page(tab, "")
    tab.page.evaluate(
        """() => {
          const listen = document.addEventListener.bind(document);
          document.addEventListener = (name, listener, how) =>
            setTimeout(() => listen(name, listener, how), listener?.uploader ? 1000 : 0);
        }"""
    )
    with tab.page.expect_response("**/verdict") as answered:
        give(tab, "page", ("one.png", picture(3)))
    assert answered.value.status == 200
    agree(tab, images.load(picture(3)))
