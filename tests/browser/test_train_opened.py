"""The Train page without a run in its link: its buttons, which are in fragments, change the whole page."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from convlab.training import runs, worker
from convlab.training.runs import Run
from convlab.training.settings import Settings
from tests.browser import harness
from tests.browser.harness import Tab
from tests.browser.test_train import WAIT_MS, button, expect_shown, home, open_page, server, start, stop, tab
from tests.few import few

__all__ = ["home", "server", "tab"]


@pytest.fixture(scope="module")
def last(home: Path) -> Run:
    """A run that has ended, the only one of its name."""
    run = runs.create(Settings.parse({"epochs": 1, "lr": 0.3, "device": "cpu"}), "mine")
    worker.train(run, data=lambda key: few())
    return run


def test_a_last_run_opens(tab: Tab, last: Run) -> None:
    open_page(tab)
    tab.wait_idle()
    tab.page.get_by_role("button", name=re.compile("^mine, ")).click()
    expect_shown(tab, last.id)
    assert f"run={last.id}" in tab.page.url
    button(tab, "Use its settings").click()  # they stand in another part of the page
    expect(tab.page.get_by_role("spinbutton", name="lr", exact=True)).to_have_value("0.3", timeout=WAIT_MS)


def test_all_runs_open_as_a_table(tab: Tab, last: Run) -> None:
    open_page(tab)
    tab.wait_idle()
    button(tab, "All runs").click()
    expect(tab.page.get_by_test_id("stDataFrame")).to_be_visible(timeout=WAIT_MS)
    assert "experiment=past" in tab.page.url


def test_what_trains_is_shown_from_a_plain_page(
    tab: Tab, last: Run, browser: Browser, server: harness.Server
) -> None:
    id = start(tab)
    other = harness.new_tab(browser, server)
    open_page(other)
    button(other, "Show it").click()
    expect_shown(other, id)
    assert f"run={id}" in other.page.url
    stop(tab)
