"""Every experiment of the Probe page, with data, on a desk and on a phone, checked as every page is."""

from typing import get_args

import pytest
from playwright.sync_api import Browser, expect

from convlab.ui.probe.controls import Experiment, Game
from tests.browser import harness
from tests.browser.harness import Tab
from tests.browser.test_everywhere import OPPOSITE, WAIT_MS, Look, check, opened

QUERIES = [
    *(f"experiment={name}" for name in get_args(Experiment)[1:] if name != "arena"),
    *(f"experiment=arena&game={game}" for game in get_args(Game)),
    "experiment=outside&other=plain&score=energy",
    "second=shipped:net&method=grad_cam&over=0",
    "picture=upload&model=checkpoint",
]


@pytest.fixture(scope="module")
def tabs(browser: Browser, app_server: harness.Server) -> dict[tuple[int, int], Tab]:
    """One tab for each size of window."""
    return {size_px: harness.new_tab(browser, app_server, size_px=size_px) for size_px, _scheme in OPPOSITE}


@pytest.mark.parametrize("look", OPPOSITE, ids=["desktop", "phone"])
@pytest.mark.parametrize("query", QUERIES)
def test_every_experiment(tabs: dict[tuple[int, int], Tab], query: str, look: Look) -> None:
    size_px, scheme = look
    tab = opened(tabs[size_px], f"/probe?{query}", size_px, scheme)
    expect(
        tab.page.get_by_role("radiogroup", name="Go deeper").or_(tab.page.get_by_test_id("stAlert"))
    ).not_to_have_count(0, timeout=WAIT_MS)
    check(tab)
