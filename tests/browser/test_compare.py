"""A comparison in a browser: one button begins it, and its bars grow in place until the last run is done."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from convlab.comparison import sweep as sweeps
from tests.browser import harness
from tests.few import few_sketches

DESIGNS, SEEDS = 3, 2
# At each redraw: how many seeds are drawn as done, and how many means have an interval.
RECORD = """(root) => {
  window.grown = [];
  const count = (what) => root.querySelectorAll(`.track.val ${what}`).length;
  const look = () => window.grown.push([count(".dot:not(.live)"), count(".reach:not([hidden])")]);
  look();
  new MutationObserver(look).observe(root, { attributes: true, attributeFilter: ["data-updates"] });
}"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[harness.Server]:
    monkeypatch.setenv("CONVLAB_HOME", str(tmp_path))
    monkeypatch.setenv("CONVLAB_SLOTS", "1")  # one after another: the bars grow by one seed at a time
    few_sketches()
    with harness.serve() as running:
        yield running


def test_the_bars_grow_until_all_runs_are_done(browser: Browser, server: harness.Server) -> None:
    tab = harness.new_tab(browser, server)
    tab.page.goto(f"{tab.base_url}/compare?preset=kernel_sizes&seeds={SEEDS}&epochs=1")
    main = tab.page.get_by_test_id("stMainBlockContainer")
    start = main.get_by_role("button", name=re.compile("^Start"))
    expect(start).to_be_enabled(timeout=120_000)
    tab.wait_idle()
    start.click()
    bars = tab.page.locator(".root:has(> .bars)")
    expect(bars.locator(".row")).to_have_count(DESIGNS, timeout=120_000)
    bars.evaluate(RECORD)
    expect(bars.locator(".track.val .dot:not(.live)")).to_have_count(DESIGNS * SEEDS, timeout=240_000)
    expect(bars.locator(".track.val .reach:visible")).to_have_count(DESIGNS, timeout=60_000)
    grown = tab.page.evaluate("window.grown")
    assert grown == sorted(grown)  # no bar is ever taken back
    assert grown[0][0] < DESIGNS * SEEDS
    (found,) = sweeps.all_sweeps()
    assert found.progress().done == DESIGNS * SEEDS
    assert tab.errors == []
    assert tab.outside_requests() == []
    tab.page.context.close()
